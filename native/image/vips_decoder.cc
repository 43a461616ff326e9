// The formats that libvips reads, by its C interface: PNG, WebP, GIF, TIFF, AVIF, and JPEG where libjpeg-turbo is missing.

#ifdef IJEPA_HAVE_LIBVIPS

#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>
#include <vector>

#include <vips/vips.h>

#include "base/error.h"
#include "image/decoder.h"
#include "image/vips_library.h"

namespace ijepa {

namespace {

constexpr int kStripRows = 64;

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
using ImagePointer = std::unique_ptr<VipsImage, Unref>;
using RegionPointer = std::unique_ptr<VipsRegion, Unref>;
using Loader = int (*)(void*, size_t, VipsImage**, ...);

Loader find_loader(ImageKind kind) {
  switch (kind) {
    case ImageKind::kPng: return vips_pngload_buffer;
    case ImageKind::kWebp: return vips_webpload_buffer;
    case ImageKind::kGif: return vips_gifload_buffer;
    case ImageKind::kTiff: return vips_tiffload_buffer;
    case ImageKind::kAvif: return vips_heifload_buffer;
    default: return vips_jpegload_buffer;
  }
}

bool is_rgb_or_grey(VipsInterpretation type) {
  return type == VIPS_INTERPRETATION_sRGB || type == VIPS_INTERPRETATION_RGB || type == VIPS_INTERPRETATION_RGB16 ||
         type == VIPS_INTERPRETATION_B_W || type == VIPS_INTERPRETATION_GREY16;
}

// Throws kImageRefused for pixels that have no plain meaning in RGB (floats, Lab, many bands).
void check_pixels(const VipsImage& image, ImageKind kind) {
  const bool is_cmyk = image.Type == VIPS_INTERPRETATION_CMYK && image.Bands >= 4;
  const bool has_8_or_16_bits = image.BandFmt == VIPS_FORMAT_UCHAR || image.BandFmt == VIPS_FORMAT_USHORT;
  IJEPA_CHECK(has_8_or_16_bits && (is_cmyk || (is_rgb_or_grey(image.Type) && image.Bands <= 4)), ErrorCode::kImageRefused,
              "a " + std::string(image_kind_name(kind)) + " picture of " + std::to_string(image.Bands) + " bands of type " +
                  vips_enum_nick(VIPS_TYPE_BAND_FORMAT, image.BandFmt) + " in colour space " +
                  vips_enum_nick(VIPS_TYPE_INTERPRETATION, image.Type) +
                  ", where grey, RGB or CMYK of 8 or 16 bits is expected");
}

class VipsDecoder final : public ImageDecoder {
 public:
  VipsDecoder(std::span<const uint8_t> bytes, ImageKind kind, AlphaPolicy alpha)
      : ImageDecoder({}), bytes_(bytes), kind_(kind), alpha_(alpha) {
    call([this] { return read_header(); });
  }

  at::Tensor decode() override {
    const at::Tensor image = at::empty({header_.height, header_.width, 3}, at::kByte);
    call([&] { return read_rows(image.mutable_data_ptr<uint8_t>()); });
    return image;
  }

 private:
  template <typename Attempt>
  void call(const Attempt& attempt) {
    VipsLibrary::get().call(ErrorCode::kImageDecode, "damaged " + std::string(image_kind_name(kind_)), attempt);
  }

  // A new image each time, as its rows can be read once; null where libvips failed.
  ImagePointer open() const {
    // libjpeg tells corrupt data by warnings; those of other libraries cost no pixel.
    const VipsFailOn fail_on = kind_ == ImageKind::kJpeg ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
    VipsImage* image = nullptr;
    find_loader(kind_)(const_cast<uint8_t*>(bytes_.data()), bytes_.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL,
                       "fail_on", fail_on, nullptr);
    return ImagePointer(image);
  }

  bool read_header() {
    const ImagePointer image = open();
    if (!image) return false;
    check_pixels(*image, kind_);
    header_ = {image->Ysize, image->Xsize, vips_image_get_orientation(image.get())};
    return true;
  }

  // By a region on this thread: libvips' own sinks would hand every strip to a pool of threads.
  bool read_rows(uint8_t* out) {
    const ImagePointer image = open();
    if (!image) return false;
    const RegionPointer region(vips_region_new(image.get()));
    for (int top = 0; top < image->Ysize; top += kStripRows) {
      const VipsRect strip{0, top, image->Xsize, std::min(kStripRows, image->Ysize - top)};
      if (vips_region_prepare(region.get(), &strip) != 0) return false;
      for (int y = top; y < top + strip.height; ++y, out += 3 * header_.width)
        convert_row(*image, VIPS_REGION_ADDR(region.get(), 0, y), out);
    }
    return true;
  }

  void convert_row(const VipsImage& image, const uint8_t* in, uint8_t* out) {
    const int64_t width = header_.width, bands = image.Bands;
    if (image.BandFmt == VIPS_FORMAT_USHORT) {
      narrow_row_.resize(static_cast<size_t>(width * bands));
      to_8_bits(reinterpret_cast<const uint16_t*>(in), narrow_row_.data(), width * bands);
      in = narrow_row_.data();
    }
    if (image.Type != VIPS_INTERPRETATION_CMYK) return to_rgb(in, image.Bands, alpha_, out, width);
    for (int64_t x = 0; x < width; ++x) cmyk_to_rgb(in + x * bands, out + x * 3, 1);  // a fifth band may be alpha
  }

  std::span<const uint8_t> bytes_;
  ImageKind kind_;
  AlphaPolicy alpha_;
  std::vector<uint8_t> narrow_row_;
};

}  // namespace

std::unique_ptr<ImageDecoder> open_vips(std::span<const uint8_t> bytes, ImageKind kind, AlphaPolicy alpha) {
  return std::make_unique<VipsDecoder>(bytes, kind, alpha);
}

}  // namespace ijepa

#endif
