// Mixup and cutmix against timm's: from the same draws equal batches, and draws of the same distribution.

#include "augment/mixup.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "golden.h"
#include "test.h"

using namespace ijepa;
using test::difference;

namespace {

std::map<std::string, at::Tensor> golden() { return test::read_golden(test::fixture("golden/training.safetensors")); }

at::Generator generator(uint64_t seed = 3) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

// What timm drew: the share, the centre of the box or -1, and the share after the box was cut.
struct Draws {
  double share, kept;
  int64_t y, x;
};

Draws draws_of(const at::Tensor& values) {
  const auto at = [&](int64_t i) { return values[i].item<double>(); };
  return {at(0), at(3), static_cast<int64_t>(at(1)), static_cast<int64_t>(at(2))};
}

}  // namespace

TEST("from timm's draws come timm's images and targets, the batch in one or in parts") {
  const auto cases = golden();
  for (const std::string name : {"mixup.0", "mixup.1", "cutmix.0", "cutmix.1", "cutmix.2", "cutmix.3"}) {
    const auto images = cases.at(name + ".images"), labels = cases.at(name + ".labels");
    const auto [share, kept, y, x] = draws_of(cases.at(name + ".draws"));
    const auto mix = y < 0 ? Mix{share} : cutmix_at(share, y, x, {images.size(2), images.size(3)});
    EXPECT_NOTE(name, mix.share == kept);
    for (const int64_t part : {int64_t{6}, int64_t{2}}) {
      std::vector<at::Tensor> mixed;
      for (int64_t begin = 0; begin < 6; begin += part) {
        const auto own = images.narrow(0, begin, part).clone();
        mix_images(own, images.narrow(0, 6 - begin - part, part).flip(0), mix);
        mixed.push_back(own);
      }
      EXPECT_NOTE(name, difference(at::cat(mixed), cases.at(name + ".mixed")) < 1e-6);
    }
    const auto shares = mix_shares(label_shares(labels, 10), mix.share);
    EXPECT_NOTE(name, difference(shares * 0.9 + 0.01, cases.at(name + ".targets")) < 1e-6);
  }
}

TEST("10,000 shares are distributed as timm's, cutmix's as its boxes are cut at the edges") {
  const auto cases = golden();
  const std::vector<std::pair<std::string, MixupOptions>> all = {
      {"mixup", {.mixup = 0.8}}, {"cutmix", {.cutmix = 1}},
      {"both", {.mixup = 0.8, .cutmix = 1, .switch_probability = 0.25}}, {"narrow", {.mixup = 0.2}}};
  for (const auto& [name, options] : all) {
    auto draws = generator();
    constexpr int kDraws = 10'000;
    std::vector<double> shares;
    int cuts = 0;
    for (int i = 0; i < kDraws; ++i) {
      const auto mix = draw_mix(options, {64, 64}, draws);
      shares.push_back(mix.share);
      cuts += mix.box.has_value();
    }
    std::ranges::sort(shares);
    const auto quantiles = cases.at("shares." + name);
    double worst = 0;
    for (int64_t i = 0; i < quantiles.size(0); ++i) {
      // Cutmix's shares are those of whole pixels: the distance is that at a step's nearer side.
      const double value = quantiles[i].item<double>(), expected = static_cast<double>(i + 1) / 100;
      const double below = static_cast<double>(std::ranges::lower_bound(shares, value - 1e-9) - shares.begin()) / kDraws;
      const double upto = static_cast<double>(std::ranges::upper_bound(shares, value + 1e-9) - shares.begin()) / kDraws;
      worst = std::max({worst, below - expected, expected - upto});
    }
    EXPECT_NOTE(name, worst < 0.02);  // 1.63 / √n is exceeded once in a hundred
    const double rate = static_cast<double>(cuts) / kDraws;
    const double wanted = options.mixup == 0 ? 1 : options.cutmix == 0 ? 0 : options.switch_probability;
    EXPECT_NOTE(name, std::abs(rate - wanted) < 0.015);
  }
}

TEST("draws are those of PyTorch's generator, so that a Python script can follow a training") {
  const auto expected = golden().at("draws");
  auto draws = generator(3);
  for (int64_t i = 0; i < expected.size(0); ++i) {
    const auto mix = draw_mix({.mixup = 0.8, .cutmix = 1}, {12, 16}, draws);
    const auto at = [&](int64_t column) { return expected[i][column].item<double>(); };
    const bool cuts = at(1) >= 0;
    EXPECT(mix.box.has_value() == cuts);
    if (!cuts) EXPECT(mix.share == at(0));
    const auto wanted = cuts ? cutmix_at(at(0), static_cast<int64_t>(at(1)), static_cast<int64_t>(at(2)), {12, 16}) : mix;
    EXPECT(mix.share == wanted.share && mix.box == wanted.box);
  }
}

TEST("the generator alone decides what is drawn, and shares are in (0, 1] for any alpha") {
  const MixupOptions options{.mixup = 0.8, .cutmix = 1};
  auto one = generator(), same = generator(), other = generator(4);
  std::vector<double> ones, sames, others;
  for (int i = 0; i < 20; ++i) {
    ones.push_back(draw_mix(options, {32, 48}, one).share);
    sames.push_back(draw_mix(options, {32, 48}, same).share);
    others.push_back(draw_mix(options, {32, 48}, other).share);
  }
  EXPECT(ones == sames && ones != others);
  for (const double alpha : {1e-3, 0.1, 100.0}) {
    for (int i = 0; i < 200; ++i) {
      const double share = draw_mix({.mixup = alpha}, {8, 8}, one).share;
      EXPECT(share >= 0 && share <= 1);
    }
  }
}

TEST("a sample may be its own partner, and a label's shares are 1 and 0") {
  const auto images = torch::rand({1, 3, 4, 4});
  const auto mixed = images.clone();
  mix_images(mixed, images.flip(0), {0.3});
  EXPECT(difference(mixed, images) < 1e-6);
  EXPECT(torch::equal(label_shares(torch::tensor({int64_t{2}, int64_t{0}}), 3),
                      torch::tensor({{0.0f, 0.0f, 1.0f}, {1.0f, 0.0f, 0.0f}})));
}

TEST_MAIN
