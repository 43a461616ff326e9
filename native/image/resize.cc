#include "image/resize.h"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "base/error.h"

namespace ijepa {

namespace {

// Where a length of `inner` begins in the middle of `outer`; Python's round(): halves to even.
int64_t middle(int64_t outer, int64_t inner) {
  return std::llrint(static_cast<double>(outer - inner) / 2);
}

ImageSize size_of(const at::Tensor& image) { return {image.size(0), image.size(1)}; }

at::Tensor pad_black(const at::Tensor& image, const ImageSize& size) {
  if (size_of(image) == size) return image;
  const at::Tensor canvas = at::zeros({size.height, size.width, 3}, at::kByte);
  canvas.narrow(0, (size.height - image.size(0)) / 2, image.size(0))
      .narrow(1, (size.width - image.size(1)) / 2, image.size(1))
      .copy_(image);
  return canvas;
}

at::Tensor crop_middle(const at::Tensor& image, const ImageSize& size) {
  const at::Tensor filled =
      pad_black(image, {std::max(size.height, image.size(0)), std::max(size.width, image.size(1))});
  return filled.narrow(0, middle(filled.size(0), size.height), size.height)
      .narrow(1, middle(filled.size(1), size.width), size.width);
}

ImageSize size_before_crop(const ImageSize& image, const ImageSize& target, double crop_fraction) {
  const auto enlarged = [crop_fraction](int64_t side) {
    return std::max<int64_t>(1, std::floor(static_cast<double>(side) / crop_fraction));
  };
  return cover(image, {enlarged(target.height), enlarged(target.width)});
}

struct Span {
  int64_t begin, length;
};

// Of a side of `from` pixels, resized to `to`, those under the filter of the `seen` ones in the middle.
Span under_filter(int64_t from, int64_t to, int64_t seen, Interpolation interpolation) {
  if (seen >= to) return {0, from};
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double radius = (interpolation == Interpolation::kBicubic ? 2 : 1) * std::max(scale, 1.0);
  const auto first = static_cast<double>(middle(to, seen));
  const double begin = std::floor((first + 0.5) * scale - radius) - 1;  // 1: for what rounds otherwise
  const double end = std::ceil((first + static_cast<double>(seen) - 0.5) * scale + radius) + 1;
  const auto clamped = [from](double at) { return std::clamp<int64_t>(static_cast<int64_t>(at), 0, from); };
  return {clamped(begin), clamped(end) - clamped(begin)};
}

}  // namespace

at::Tensor resize(const at::Tensor& image, const ImageSize& size, Interpolation interpolation) {
  if (size_of(image) == size) return image;
  // [1, 3, H, W]. Permuted last, so that LibTorch sees that its channels are last in memory, and leaves them there.
  const at::Tensor planes = image.unsqueeze(0).permute({0, 3, 1, 2});
  const std::array<int64_t, 2> sides{size.height, size.width};
  const at::Tensor resized = interpolation == Interpolation::kBicubic
                                 ? at::_upsample_bicubic2d_aa(planes, sides, /*align_corners=*/false)
                                 : at::_upsample_bilinear2d_aa(planes, sides, /*align_corners=*/false);
  return resized.squeeze(0).permute({1, 2, 0});
}

ImageSize cover(const ImageSize& image, const ImageSize& target) {
  if (image.width * target.height <= image.height * target.width)
    return {target.width * image.height / image.width, target.width};
  return {target.height, target.height * image.width / image.height};
}

ImageSize contain(const ImageSize& image, const ImageSize& target) {
  const auto scaled = [](int64_t side, int64_t to, int64_t from) {
    return std::max<int64_t>(1, std::llrint(static_cast<double>(side) * static_cast<double>(to) / static_cast<double>(from)));
  };
  if (image.width * target.height >= image.height * target.width)
    return {scaled(image.height, target.width, image.width), target.width};
  return {target.height, scaled(image.width, target.height, image.height)};
}

at::Tensor resize_shortest(const at::Tensor& image, const ImageSize& target, double crop_fraction,
                           Interpolation interpolation, int64_t max_pixels) {
  const ImageSize size = size_before_crop(size_of(image), target, crop_fraction);
  IJEPA_CHECK(size.height <= max_pixels / size.width, ErrorCode::kImageRefused,
              "too narrow: resizing its shortest side makes it " + std::to_string(size.width) + " x " +
                  std::to_string(size.height) + " pixels, more than the " + std::to_string(max_pixels) + " of maxPixels");
  return crop_middle(resize(image, size, interpolation), target);
}

Box seen_by_resize_shortest(const ImageSize& image, const ImageSize& target, double crop_fraction,
                            Interpolation interpolation) {
  const ImageSize size = size_before_crop(image, target, crop_fraction);
  const Span rows = under_filter(image.height, size.height, target.height, interpolation);
  const Span columns = under_filter(image.width, size.width, target.width, interpolation);
  return {rows.begin, columns.begin, rows.length, columns.length};
}

at::Tensor resize_padded(const at::Tensor& image, const ImageSize& target, Interpolation interpolation) {
  return pad_black(resize(image, contain(size_of(image), target), interpolation), target);
}

}  // namespace ijepa
