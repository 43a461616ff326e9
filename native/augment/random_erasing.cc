#include "augment/random_erasing.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cmath>

namespace ijepa {

namespace {

constexpr int kTries = 10;
constexpr double kSmallest = 0.02, kLargest = 1.0 / 3, kNarrowest = 0.3;

// In the range that timm draws from; its log-ratio is of height by width.
ImageSize draw_sides(Random& random, double area) {
  const double target = area * (kSmallest + (kLargest - kSmallest) * random.uniform());
  const double ratio = std::exp(std::log(kNarrowest) * (1 - 2 * random.uniform()));
  return {std::llrint(std::sqrt(target * ratio)), std::llrint(std::sqrt(target / ratio))};
}

at::Tensor draw_values(Random& random, const ImageSize& sides, ErasingMode mode) {
  if (mode == ErasingMode::kConst) return at::zeros({3, 1, 1}, at::kFloat);
  const at::Generator generator = at::detail::createCPUGenerator(random.next());
  if (mode == ErasingMode::kRand) return at::randn({3, 1, 1}, generator, at::kFloat);
  return at::randn({3, sides.height, sides.width}, generator, at::kFloat);
}

}  // namespace

std::optional<ErasedPatch> draw_erasing(Random& random, const ImageSize& picture, const RandomErasing& erasing) {
  if (erasing.probability <= 0 || random.uniform() >= erasing.probability) return std::nullopt;
  const double area = static_cast<double>(picture.height) * static_cast<double>(picture.width);
  for (int i = 0; i < kTries; ++i) {
    const ImageSize sides = draw_sides(random, area);
    if (sides.height >= picture.height || sides.width >= picture.width) continue;
    const int64_t top = random.below(picture.height - sides.height + 1);
    const int64_t left = random.below(picture.width - sides.width + 1);
    return ErasedPatch{0, top, left, sides.height, sides.width, draw_values(random, sides, erasing.mode)};
  }
  return std::nullopt;
}

void paint(const std::vector<ErasedPatch>& patches, const std::array<double, 3>& mean, const std::array<double, 3>& std,
           const at::Tensor& pixels) {
  for (const ErasedPatch& patch : patches) {
    for (size_t c = 0; c < 3; ++c) {
      const auto channel = static_cast<int64_t>(c);
      const at::Tensor levels = patch.values[channel].mul(std[c]).add_(mean[c]).mul_(255).round_().clamp_(0, 255);
      patch.of(pixels, patch.row)[channel].copy_(levels);
    }
  }
}

}  // namespace ijepa
