// Colour jitter and random erasing against Pillow's pixels and torchvision's and timm's draws.

#include <functional>

#include "augment/color_jitter.h"
#include "augment/enhance.h"
#include "augment/random_erasing.h"
#include "augment_golden.h"

using namespace ijepa;
using namespace ijepa::test;

namespace {

constexpr int kDraws = 10'000;
constexpr double kGreyLevel = 1;
const std::array<std::string, 4> kJitterNames{"brightness", "contrast", "saturation", "hue"};

}  // namespace

TEST("brightness, contrast, saturation and hue are Pillow's within one grey level") {
  for (size_t kind = 0; kind < 4; ++kind) {
    const int count = for_each_golden(kJitterNames[kind], [&](auto pixels, double factor, auto expected, auto name) {
      apply({static_cast<JitterKind>(kind), factor}, planes_of(pixels));
      EXPECT_NOTE(name, difference(pixels, expected) <= kGreyLevel);
    });
    EXPECT(count >= 8);
  }
}

TEST("factor 1 changes nothing, also in pictures of one row or column") {
  for (const auto& [height, width] : {std::pair{1, 7}, {7, 1}, {2, 2}, {5, 3}}) {
    const auto picture = torch::arange(3 * height * width).mul(11).to(at::kByte).view({3, height, width});
    const auto pixels = picture.clone();
    std::vector<uint8_t> scratch;
    for (const auto kind : {JitterKind::kBrightness, JitterKind::kContrast, JitterKind::kSaturation})
      apply({kind, 1}, planes_of(pixels));
    adjust_sharpness(planes_of(pixels), 1, scratch);
    EXPECT(torch::equal(pixels, picture));
  }
}

TEST("jitter is drawn as torchvision draws it") {
  const ColorJitter jitter{.brightness = 0.4, .contrast = 1.5, .saturation = 0.2, .hue = 0.1};
  std::array<std::vector<double>, 4> factors;
  std::map<int, int> orders;
  for (uint64_t i = 0; i < kDraws; ++i) {
    Random random{3, i};
    int code = 0;
    const auto steps = draw_color_jitter(random, jitter);
    EXPECT(steps.size() == 4);
    for (const JitterStep& step : steps) {
      factors[static_cast<size_t>(step.kind)].push_back(step.factor);
      code = 4 * code + static_cast<int>(step.kind);
    }
    ++orders[code];
  }
  for (size_t kind = 0; kind < 4; ++kind) expect_distribution("draws/jitter/" + kJitterNames[kind], factors[kind]);
  const auto golden = augmentation_golden().at("draws/jitter/orders");
  EXPECT(orders.size() == 24);
  for (const auto& [code, count] : orders)
    expect_count("order " + std::to_string(code), count, static_cast<double>(golden[code].item<int64_t>()), kDraws);
}

TEST("what is off takes no part, and takes no draw") {
  Random random{1}, untouched{1};
  EXPECT(draw_color_jitter(random, {}).empty());
  EXPECT(!draw_erasing(random, {224, 224}, {}));
  EXPECT(random.next() == untouched.next());
  const auto steps = draw_color_jitter(random, {.hue = 0.3});
  EXPECT(steps.size() == 1 && steps[0].kind == JitterKind::kHue && std::abs(steps[0].factor) <= 0.3);
}

TEST("boxes are erased where timm erases them") {
  for (const ImageSize size : {ImageSize{224, 224}, {96, 160}}) {
    std::array<std::vector<double>, 4> found;  // top, height, left, width
    for (uint64_t i = 0; i < kDraws; ++i) {
      Random random{5, i};
      const auto patch = draw_erasing(random, size, {.probability = 0.25, .mode = ErasingMode::kConst});
      if (!patch) continue;
      EXPECT(patch->top >= 0 && patch->left >= 0 && patch->height < size.height && patch->width < size.width &&
             patch->top + patch->height <= size.height && patch->left + patch->width <= size.width);
      found[0].push_back(static_cast<double>(patch->top)), found[1].push_back(static_cast<double>(patch->height));
      found[2].push_back(static_cast<double>(patch->left)), found[3].push_back(static_cast<double>(patch->width));
    }
    const std::string name = "draws/erasing/" + std::to_string(size.height) + "x" + std::to_string(size.width) + "/";
    const auto count = augmentation_golden().at(name + "count").item<int64_t>();
    expect_count(name, static_cast<double>(found[0].size()), static_cast<double>(count), kDraws);
    const std::array<const char*, 4> sides{"top", "height", "left", "width"};
    for (size_t i = 0; i < 4; ++i) expect_distribution(name + sides[i], found[i]);
  }
}

TEST("what is erased is the mean, one normal colour or normal noise, the same for equal keys") {
  const auto patch = [](ErasingMode mode, uint64_t key) {
    Random random{9, key};
    return *draw_erasing(random, {224, 224}, {.probability = 1, .mode = mode});
  };
  EXPECT(torch::equal(patch(ErasingMode::kConst, 0).values, torch::zeros({3, 1, 1})));
  EXPECT(patch(ErasingMode::kRand, 0).values.numel() == 3);
  std::vector<at::Tensor> noise;
  for (uint64_t key = 0; key < 40; ++key) {
    const auto drawn = patch(ErasingMode::kPixel, key);
    EXPECT(drawn.values.sizes() == std::vector<int64_t>({3, drawn.height, drawn.width}));
    EXPECT(torch::equal(drawn.values, patch(ErasingMode::kPixel, key).values));
    noise.push_back(drawn.values.flatten());
  }
  const auto all = torch::cat(noise).to(at::kDouble);
  const double deviations = 5 / std::sqrt(static_cast<double>(all.numel()));
  EXPECT(std::abs(all.mean().item<double>()) <= deviations);
  EXPECT(std::abs(all.square().mean().item<double>() - 1) <= std::sqrt(2) * deviations);
  EXPECT(std::abs(all.pow(4).mean().item<double>() - 3) <= std::sqrt(96) * deviations);
}

TEST("patches are painted as their pixels would look, no other pixel is touched") {
  const auto pixels = torch::full({2, 3, 5, 6}, 7, at::kByte);
  const auto values = torch::tensor({0.0f, 10.0f, -10.0f}).view({3, 1, 1});
  paint({{1, 1, 2, 3, 4, values}}, {0.5, 0.4, 0.3}, {0.2, 0.2, 0.2}, pixels);
  const auto part = pixels[1].narrow(1, 1, 3).narrow(2, 2, 4);
  EXPECT(torch::equal(part, torch::tensor({128, 255, 0}, at::kByte).view({3, 1, 1}).expand({3, 3, 4})));
  EXPECT((pixels == 7).sum().item<int64_t>() == 2 * 3 * 5 * 6 - 3 * 3 * 4);
}

TEST_MAIN
