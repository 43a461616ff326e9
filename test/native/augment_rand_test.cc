// RandAugment's operations against timm's calls of Pillow, and its draws against timm's.

#include "augment/rand_augment.h"

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
