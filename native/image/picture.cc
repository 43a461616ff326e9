#include "image/picture.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "image/announced_size.h"

namespace ijepa {

namespace {

void check_size(const ImageHeader& header, int64_t max_pixels) {
  const std::string size = std::to_string(header.width) + " x " + std::to_string(header.height);
  IJEPA_CHECK(header.height > 0 && header.width > 0, ErrorCode::kImageDecode,
              "a size of " + size + " pixels");
  IJEPA_CHECK(
      header.height <= max_pixels / header.width, ErrorCode::kImageRefused,
      "its header says " + size + " pixels, more than the " + std::to_string(max_pixels) + " of maxPixels");
}

std::unique_ptr<ImageDecoder> open_decoder(std::span<const uint8_t> bytes, const DecodeOptions& options) {
  const ImageKind kind = recognise_image(bytes);
  if (const auto size = read_announced_size(bytes, kind)) check_size(*size, options.max_pixels);
  switch (kind) {
    case ImageKind::kBmp: return open_bmp(bytes, options.alpha);
    case ImageKind::kNetpbm: return open_netpbm(bytes);
#ifdef IJEPA_HAVE_LIBJPEG
    case ImageKind::kJpeg: return open_jpeg(bytes);
#endif
    default: break;
  }
#ifdef IJEPA_HAVE_LIBVIPS
  return open_vips(bytes, kind, options.alpha);
#else
  throw Error(ErrorCode::kImageRefused, "this is a " + std::string(image_kind_name(kind)) +
                                            " picture, and this build has no libvips to read it: install "
                                            "@img/sharp-libvips for this platform and build again");
#endif
}

}  // namespace

Picture::Picture(std::span<const uint8_t> bytes, const DecodeOptions& options)
    : decoder_(open_decoder(bytes, options)),
      orientation_(Orientation::from_code(decoder_->header().orientation)) {
  check_size(decoder_->header(), options.max_pixels);
}

int64_t Picture::height() const {
  return orientation_.transpose ? decoder_->header().width : decoder_->header().height;
}

int64_t Picture::width() const {
  return orientation_.transpose ? decoder_->header().height : decoder_->header().width;
}

at::Tensor Picture::decode() { return turn_upright(decoder_->decode(), orientation_); }

at::Tensor Picture::decode_around(const Box& box) {
  const Box stored = to_stored(box, orientation_, decoder_->header().height, decoder_->header().width);
  return turn_upright(decoder_->decode_around(stored), orientation_);
}

at::Tensor Picture::decode_region(const Box& box, int64_t min_height, int64_t min_width) {
  if (orientation_.transpose) std::swap(min_height, min_width);
  const Box stored = to_stored(box, orientation_, decoder_->header().height, decoder_->header().width);
  return turn_upright(decoder_->decode_region(stored, min_height, min_width), orientation_);
}

at::Tensor ImageDecoder::decode_around(const Box&) { return decode(); }

at::Tensor ImageDecoder::decode_region(const Box& box, int64_t, int64_t) {
  return decode().narrow(0, box.top, box.height).narrow(1, box.left, box.width);
}

}  // namespace ijepa
