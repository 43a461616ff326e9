// AVIF by libvips, with the chroma of subsampled pictures interpolated here.

#ifdef IJEPA_HAVE_LIBVIPS

#include <ATen/ops/empty.h>

#include <utility>

#include "image/avif_planes.h"
#include "image/vips_decoder.h"

namespace ijepa {

namespace {

class AvifDecoder final : public ImageDecoder {
 public:
  AvifDecoder(AvifPlanes planes, AlphaPolicy alpha)
      : ImageDecoder({}),
        planes_(std::move(planes)),
        pixels_(planes_.bytes, ImageKind::kAvif, alpha),
        alpha_(alpha) {
    header_ = pixels_.header();
    header_.orientation = planes_.orientation;
  }

  at::Tensor decode() override {
    const at::Tensor stored = pixels_.decode_bands();
    if (stored.size(2) < 3) return pixels_.decode();  // grey after all
    const at::Tensor colours = avif_planes_to_rgb(stored, planes_);
    const at::Tensor image = at::empty({header_.height, header_.width, 3}, at::kByte);
    to_rgb(colours.const_data_ptr<uint8_t>(), static_cast<int>(colours.size(2)), alpha_,
           image.mutable_data_ptr<uint8_t>(), header_.height * header_.width);
    return image;
  }

 private:
  AvifPlanes planes_;
  VipsDecoder pixels_;
  AlphaPolicy alpha_;
};

}  // namespace

std::unique_ptr<ImageDecoder> open_avif(std::span<const uint8_t> bytes, AlphaPolicy alpha) {
  if (auto planes = separate_avif_planes(bytes))
    return std::make_unique<AvifDecoder>(std::move(*planes), alpha);
  return std::make_unique<VipsDecoder>(bytes, ImageKind::kAvif, alpha);
}

}  // namespace ijepa

#endif
