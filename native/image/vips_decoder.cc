#ifdef IJEPA_HAVE_LIBVIPS

#include "image/vips_decoder.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>
#include <utility>

#include <vips/vips.h>

#include "base/error.h"
#include "image/orientation.h"
#include "image/png_chunks.h"
#include "image/tiff_directory.h"
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

// A new image each time, as its rows can be read once; null where libvips failed.
ImagePointer open(std::span<const uint8_t> bytes, ImageKind kind) {
  // libjpeg tells corrupt data by warnings; those of other libraries cost no pixel.
  const VipsFailOn fail_on = kind == ImageKind::kJpeg ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
  VipsImage* image = nullptr;
  find_loader(kind)(const_cast<uint8_t*>(bytes.data()), bytes.size(), &image, "access",
                    VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, nullptr);
  return ImagePointer(image);
}

bool is_rgb_or_grey(VipsInterpretation type) {
  return type == VIPS_INTERPRETATION_sRGB || type == VIPS_INTERPRETATION_RGB ||
         type == VIPS_INTERPRETATION_RGB16 || type == VIPS_INTERPRETATION_B_W ||
         type == VIPS_INTERPRETATION_GREY16;
}

// Throws kImageRefused for pixels that have no plain meaning in RGB (floats, Lab, many bands).
void check_pixels(const VipsImage& image, ImageKind kind) {
  const bool is_cmyk = image.Type == VIPS_INTERPRETATION_CMYK && image.Bands >= 4;
  const bool has_8_or_16_bits = image.BandFmt == VIPS_FORMAT_UCHAR || image.BandFmt == VIPS_FORMAT_USHORT;
  IJEPA_CHECK(has_8_or_16_bits && (is_cmyk || (is_rgb_or_grey(image.Type) && image.Bands <= 4)),
              ErrorCode::kImageRefused,
              "a " + std::string(image_kind_name(kind)) + " picture of " + std::to_string(image.Bands) +
                  " bands of type " + vips_enum_nick(VIPS_TYPE_BAND_FORMAT, image.BandFmt) +
                  " in colour space " + vips_enum_nick(VIPS_TYPE_INTERPRETATION, image.Type) +
                  ", where grey, RGB or CMYK of 8 or 16 bits is expected");
}

// Throws kImageRefused for colours that libvips gives as they are stored, as if they were red, green and
// blue.
void check_tiff_colours(std::span<const uint8_t> tiff) {
  constexpr uint32_t kCompression = 259, kPhotometric = 262, kJpeg = 7;
  enum : uint32_t { kWhiteIsZero, kBlackIsZero, kRgb, kPalette, kMask, kCmyk, kYCbCr };
  const TiffDirectory directory(tiff);
  const uint32_t colours = directory.find(kPhotometric).value_or(kRgb);
  if (colours <= kCmyk && colours != kMask) return;
  if (colours == kYCbCr && directory.find(kCompression) == kJpeg) return;  // libjpeg gives RGB
  throw Error(ErrorCode::kImageRefused,
              "a TIFF with colours of kind " + std::to_string(colours) +
                  " (PhotometricInterpretation), where grey, RGB, CMYK, a palette or "
                  "JPEG's YCbCr is expected");
}

// Whether the last band of a TIFF is not said to be alpha, and so means nothing; libvips takes it for alpha.
bool has_meaningless_band(std::span<const uint8_t> tiff) {
  constexpr uint32_t kExtraSamples = 338, kUnspecified = 0;
  return TiffDirectory(tiff).find(kExtraSamples) == kUnspecified;
}

}  // namespace

VipsDecoder::VipsDecoder(std::span<const uint8_t> bytes, ImageKind kind, AlphaPolicy alpha)
    : ImageDecoder({}), bytes_(bytes), kind_(kind), alpha_(alpha) {
  if (kind == ImageKind::kTiff) check_tiff_colours(bytes);
  if (kind == ImageKind::kPng) check_png_chunks(bytes);
  call([this] { return read_header(); });
  // libvips stops at the pixels, and the chunk may stand behind them.
  if (kind == ImageKind::kPng && header_.orientation == 1) header_.orientation = read_png_orientation(bytes);
  if (kind == ImageKind::kTiff && has_meaningless_band(bytes)) alpha_ = AlphaPolicy::kIgnore;
}

at::Tensor VipsDecoder::decode() {
  return decode_rows(at::empty({header_.height, header_.width, 3}, at::kByte),
                     [this](const uint8_t* in, uint8_t* out) { convert_row(in, out); });
}

at::Tensor VipsDecoder::decode_bands() {
  const at::Tensor image =
      at::empty({header_.height, header_.width, bands_}, has_16_bits_ ? at::kUInt16 : at::kByte);
  const auto row_bytes = static_cast<size_t>(image.stride(0) * image.element_size());
  return decode_rows(image,
                     [row_bytes](const uint8_t* in, uint8_t* out) { std::copy_n(in, row_bytes, out); });
}

template <typename Attempt>
void VipsDecoder::call(const Attempt& attempt) {
  VipsLibrary::get().call(ErrorCode::kImageDecode, "damaged " + std::string(image_kind_name(kind_)), attempt);
}

bool VipsDecoder::read_header() {
  const ImagePointer image = open(bytes_, kind_);
  if (!image) return false;
  check_pixels(*image, kind_);
  header_ = {image->Ysize, image->Xsize, vips_image_get_orientation(image.get())};
  bands_ = image->Bands;
  has_16_bits_ = image->BandFmt == VIPS_FORMAT_USHORT;
  is_cmyk_ = image->Type == VIPS_INTERPRETATION_CMYK;
  return true;
}

// By a region on this thread: libvips' own sinks would hand every strip to a pool of threads.
at::Tensor VipsDecoder::decode_rows(at::Tensor image,
                                    const std::function<void(const uint8_t*, uint8_t*)>& convert) {
  const auto row_bytes = image.stride(0) * static_cast<int64_t>(image.element_size());
  auto* const first_row = static_cast<uint8_t*>(image.mutable_data_ptr());
  call([&] {
    const ImagePointer source = open(bytes_, kind_);
    if (!source) return false;
    const RegionPointer region(vips_region_new(source.get()));
    for (int top = 0; top < source->Ysize; top += kStripRows) {
      const VipsRect strip{0, top, source->Xsize, std::min(kStripRows, source->Ysize - top)};
      if (vips_region_prepare(region.get(), &strip) != 0) return false;
      for (int y = top; y < top + strip.height; ++y)
        convert(VIPS_REGION_ADDR(region.get(), 0, y), first_row + y * row_bytes);
    }
    return true;
  });
  return image;
}

void VipsDecoder::convert_row(const uint8_t* in, uint8_t* out) {
  const int64_t width = header_.width;
  if (has_16_bits_) {
    narrow_row_.resize(static_cast<size_t>(width * bands_));
    to_8_bits(reinterpret_cast<const uint16_t*>(in), narrow_row_.data(), width * bands_);
    in = narrow_row_.data();
  }
  if (!is_cmyk_) return to_rgb(in, bands_, alpha_, out, width);
  for (int64_t x = 0; x < width; ++x)
    cmyk_to_rgb(in + x * bands_, out + x * 3, 1);  // a fifth band may be alpha
}

std::unique_ptr<ImageDecoder> open_vips(std::span<const uint8_t> bytes, ImageKind kind, AlphaPolicy alpha) {
  if (kind == ImageKind::kGif) return open_gif(bytes, alpha);
  if (kind == ImageKind::kAvif) return open_avif(bytes, alpha);
  return std::make_unique<VipsDecoder>(bytes, kind, alpha);
}

}  // namespace ijepa

#endif
