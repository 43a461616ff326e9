// RandAugment's operations against timm's calls of Pillow, and its draws against timm's.

#include "augment/rand_augment.h"

#include <algorithm>
#include <cmath>

#include "augment/affine.h"
#include "augment/point_operations.h"
#include "augment_golden.h"

using namespace ijepa;
using namespace ijepa::test;

namespace {

constexpr int kDraws = 10'000;
constexpr Colour kFill{124, 116, 104};

// timm's names, by Operation.
const std::array<std::string, kOperations> kNames{"AutoContrast", "Equalize",   "Invert",        "Rotate",     "Posterize",
                                                  "Solarize",     "SolarizeAdd", "Color",        "Contrast",   "Brightness",
                                                  "Sharpness",    "ShearX",     "ShearY",        "TranslateXRel",
                                                  "TranslateYRel"};

void expect_draws_of(const std::string& name, const RandAugment& policy) {
  std::array<std::vector<double>, kOperations> found;
  for (uint64_t i = 0; i < kDraws; ++i) {
    Random random{11, i};
    for (const auto& [operation, argument] : draw_rand_augment(random, policy))
      found[static_cast<size_t>(operation)].push_back(argument);
  }
  const auto counts = augmentation_golden().at("draws/" + name + "/counts");
  for (size_t i = 0; i < kOperations; ++i) {
    const auto golden = static_cast<double>(counts[static_cast<int64_t>(i)].item<int64_t>());
    expect_count(name + ", " + kNames[i], static_cast<double>(found[i].size()), golden, kDraws);
    expect_distribution("draws/" + name + "/" + kNames[i], found[i]);
  }
}

// The formula of Pillow's AFFINE with its cubic or linear weights, pixel by pixel.
double weight(double t, int64_t pixel, Interpolation interpolation) {
  const auto f = static_cast<float>(t);
  if (interpolation == Interpolation::kBilinear) return pixel == 1 ? 1 - f : pixel == 2 ? f : 0;
  const float weights[]{f * (-1 + f * (2 - f)), 1 + f * f * (f - 2), f * (1 + f * (1 - f)), f * f * (f - 1)};
  return weights[pixel];
}

at::Tensor mapped(const at::Tensor& pixels, const AffineMap& m, Interpolation interpolation) {
  const at::Tensor result = pixels.clone();
  const int64_t height = pixels.size(1), width = pixels.size(2);
  const auto in = pixels.accessor<uint8_t, 3>();
  auto out = result.accessor<uint8_t, 3>();
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t row = 0; row < height; ++row) {
      for (int64_t column = 0; column < width; ++column) {
        const double x = static_cast<double>(column) + 0.5, y = static_cast<double>(row) + 0.5;
        const double from_x = m[0] * x + m[1] * y + m[2], from_y = m[3] * x + m[4] * y + m[5];
        if (from_x < 0 || from_x >= static_cast<double>(width) || from_y < 0 || from_y >= static_cast<double>(height)) {
          out[c][row][column] = kFill[static_cast<size_t>(c)];
          continue;
        }
        const double left = std::floor(from_x - 0.5), top = std::floor(from_y - 0.5);
        double sum = 0;
        for (int64_t i = 0; i < 4; ++i) {
          for (int64_t j = 0; j < 4; ++j) {
            const int64_t line = std::clamp<int64_t>(static_cast<int64_t>(top) + i - 1, 0, height - 1);
            const int64_t place = std::clamp<int64_t>(static_cast<int64_t>(left) + j - 1, 0, width - 1);
            sum += weight(from_y - 0.5 - top, i, interpolation) * weight(from_x - 0.5 - left, j, interpolation) *
                   in[c][line][place];
          }
        }
        out[c][row][column] = static_cast<uint8_t>(std::clamp(sum, 0.0, 255.0));
      }
    }
  }
  return result;
}

}  // namespace

TEST("each operation has Pillow's pixels as timm calls it, within one grey level") {
  AugmentScratch scratch;
  int count = 0;
  for (size_t i = 0; i < kOperations; ++i) {
    for (const auto& [suffix, filter] :
         {std::pair{"-bicubic", Interpolation::kBicubic}, {"-bilinear", Interpolation::kBilinear}}) {
      count += for_each_golden(kNames[i] + suffix, [&](auto pixels, double argument, auto expected, auto name) {
        apply({static_cast<Operation>(i), argument}, planes_of(pixels), filter, kFill, scratch);
        EXPECT_NOTE(name, difference(pixels, expected) <= 1);
      });
    }
  }
  EXPECT(count == 2 * (3 + 4 + 4 + 3 + 4 * 3) + 2 * 2 * (4 + 2 + 2 + 3 + 3));
}

TEST("maps that keep rows or columns, and all others, follow the formula") {
  torch::manual_seed(5);
  AugmentScratch scratch;
  for (const auto& [height, width] : {std::pair{1, 1}, {3, 40}, {37, 21}, {64, 64}, {50, 131}}) {
    const auto pixels = torch::randint(256, {3, height, width}, at::kByte);
    for (const AffineMap& map :
         {AffineMap{1, 0.27, 0, 0, 1, 0}, {1, 0, -7.4, 0, 1, 0}, {1, 0, 3, 0, 1, 0}, {1, 0, 500, 0, 1, 0},
          {1, 0, 0, -0.3, 1, 0}, {1, 0, 0, 0, 1, 5.6}, {1, 0, 0, 0, 1, -500}, {0.4, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 0},
          {1, 0, 0, 0, 2.5, -9}, rotation(-17, height, width), {1.2, 0.3, -4, 0.1, 0.7, 2}}) {
      for (const auto filter : {Interpolation::kBicubic, Interpolation::kBilinear}) {
        const auto moved = pixels.clone();
        transform(planes_of(moved), map, filter, kFill, scratch);
        EXPECT(difference(moved, mapped(pixels, map, filter)) <= 1);  // the formula is in float64 here
      }
    }
  }
}

TEST("levels at the ends of thresholds, bits and amounts") {
  const auto levels = torch::arange(256, at::kByte).repeat({3, 1, 1});
  const auto changed = [&](auto change) {
    const auto pixels = levels.clone();
    change(planes_of(pixels));
    return pixels;
  };
  const auto inverted = 255 - levels;
  EXPECT(changed([](auto picture) { solarize(picture, 0); }).equal(inverted));
  EXPECT(changed([](auto picture) { solarize(picture, 256); }).equal(levels));
  EXPECT(changed([](auto picture) { solarize(picture, 255); }).equal(at::where(levels < 255, levels, inverted)));
  EXPECT(changed([](auto picture) { solarize_add(picture, 0); }).equal(levels));
  EXPECT(changed([](auto picture) { solarize_add(picture, 200); })
             .equal(at::where(levels < 128, (levels.to(at::kInt) + 200).clamp(0, 255).to(at::kByte), levels)));
  EXPECT(changed([](auto picture) { posterize(picture, 0); }).equal(at::zeros_like(levels)));
  EXPECT(changed([](auto picture) { posterize(picture, 8); }).equal(levels));
  EXPECT(changed([](auto picture) { autocontrast(picture); }).equal(levels));
  const auto dull = at::full({3, 5, 7}, 9, at::kByte);
  autocontrast(planes_of(dull));
  EXPECT(dull.eq(9).all().item<bool>());
}

TEST("policies are drawn as timm draws them") {
  expect_draws_of("rand-m9-mstd0.5-inc1", {.layers = 2, .magnitude = 9, .magnitude_std = 0.5, .is_increasing = true});
  expect_draws_of("rand-m7-n3-p0.8-mstd101", {.layers = 3, .probability = 0.8, .magnitude = 7, .is_uniform = true});
}

TEST("no layers take no draw; extremes stay within the picture's memory, of one pixel too") {
  Random random{1}, untouched{1};
  EXPECT(draw_rand_augment(random, {}).empty() && random.next() == untouched.next());
  AugmentScratch scratch;
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 5}, {4, 1}, {3, 3}}) {
    for (uint64_t i = 0; i < 500; ++i) {
      const auto pixels = torch::randint(256, {3, height, width}, at::kByte);
      Random draws{13, i};
      const RandAugment policy{
          .layers = 5, .probability = 1, .magnitude = 100, .magnitude_max = 100, .is_increasing = i % 2 == 0};
      for (const DrawnOperation& operation : draw_rand_augment(draws, policy))
        apply(operation, planes_of(pixels), i % 3 == 0 ? Interpolation::kBilinear : Interpolation::kBicubic, kFill, scratch);
    }
  }
  EXPECT(scratch.floats.size() > 0);
}

TEST_MAIN
