#include "augment/random_crop.h"

#include <algorithm>
#include <cmath>

namespace ijepa {

namespace {

constexpr int kTries = 10;

double uniform_between(Random& random, double low, double high) { return low + (high - low) * random.uniform(); }

// The sides of one try, which may not fit.
ImageSize draw_sides(Random& random, const ImageSize& image, const RandomCrop& crop) {
  const double picture = static_cast<double>(image.height) * static_cast<double>(image.width);
  const double area = picture * uniform_between(random, crop.scale_min, crop.scale_max);
  const double ratio = std::exp(uniform_between(random, std::log(crop.ratio_min), std::log(crop.ratio_max)));
  return {std::llrint(std::sqrt(area / ratio)), std::llrint(std::sqrt(area * ratio))};
}

Box place(Random& random, const ImageSize& image, const ImageSize& sides) {
  const int64_t top = random.below(image.height - sides.height + 1);
  return {top, random.below(image.width - sides.width + 1), sides.height, sides.width};
}

Box largest_centred(const ImageSize& image, const RandomCrop& crop) {
  const double ratio = static_cast<double>(image.width) / static_cast<double>(image.height);
  ImageSize sides = image;
  if (ratio < crop.ratio_min) sides.height = std::llrint(static_cast<double>(image.width) / crop.ratio_min);
  if (ratio > crop.ratio_max) sides.width = std::llrint(static_cast<double>(image.height) * crop.ratio_max);
  sides = {std::clamp<int64_t>(sides.height, 1, image.height), std::clamp<int64_t>(sides.width, 1, image.width)};
  return {(image.height - sides.height) / 2, (image.width - sides.width) / 2, sides.height, sides.width};
}

}  // namespace

Box draw_crop(Random& random, const ImageSize& image, const RandomCrop& crop) {
  if (!crop.retries) {
    const ImageSize sides = draw_sides(random, image, crop);
    return place(random, image, {std::clamp<int64_t>(sides.height, 1, image.height),
                                 std::clamp<int64_t>(sides.width, 1, image.width)});
  }
  for (int i = 0; i < kTries; ++i) {
    const ImageSize sides = draw_sides(random, image, crop);
    const bool fits = sides.height > 0 && sides.height <= image.height && sides.width > 0 && sides.width <= image.width;
    if (fits) return place(random, image, sides);
  }
  return largest_centred(image, crop);
}

}  // namespace ijepa
