// The sensitivity suite's changes against torchvision's pixels, their draws, and what they refuse.

#include "augment/enhance.h"
#include "base/error.h"
#include "corrupt/blur.h"
#include "corrupt/perturbation.h"
#include "corrupt_golden.h"
#include "expect_error.h"

using namespace ijepa;
using namespace ijepa::test;

namespace {

const std::vector<std::string> kNames{"grey", "hue", "blur", "shuffle", "flip", "rotation", "crop"};
const std::vector<double> kStrengths{1, 0.25, 0.05, 4, 1, 20, 0.4};
constexpr double kGreyLevel = 1;
// Pillow turns by a right angle without interpolation, and works in float32 elsewhere: a pixel that lies just outside for one is
// the fill.
constexpr double kMeanLevels = 0.05;

const std::map<std::string, at::Tensor>& perturbation_golden() {
  static const auto golden = read_golden(fixture("golden/perturbations.safetensors"));
  return golden;
}

// change(picture, argument) for each golden "NAME/PICTURE/ARGUMENT", given to check(pixels, golden, that name).
template <typename Change, typename Check>
void for_each_golden(const std::string& change_name, Change change, Check check) {
  int count = 0;
  for (const auto& [name, golden] : perturbation_golden()) {
    if (!name.starts_with(change_name + "/")) continue;
    const auto first = name.find('/'), last = name.rfind('/');
    const std::string picture = name.substr(first + 1, last - first - 1);
    const at::Tensor pixels = perturbation_golden().at(picture).clone();
    change(planes_of(pixels), std::stod(name.substr(last + 1)), picture);
    check(pixels, golden, name);
    ++count;
  }
  EXPECT(count >= 2);
}

void expect_within_a_level(const at::Tensor& pixels, const at::Tensor& golden, const std::string& name) {
  const double found = difference(pixels, golden);
  EXPECT_NOTE(name + ": " + std::to_string(found), found <= kGreyLevel);
}

at::Tensor perturbed(const at::Tensor& picture, const std::string& name, double strength, uint64_t seed = 0) {
  const at::Tensor pixels = picture.clone();
  AugmentScratch scratch;
  perturb(planes_of(pixels), {*perturbation_named(name), strength, seed}, scratch);
  return pixels;
}

at::Tensor noise(int64_t height, int64_t width) {
  torch::manual_seed(4);
  return torch::randint(0, 256, {3, height, width}, at::kByte);
}

}  // namespace

TEST("grey, hue, flip and crop are torchvision's within one grey level") {
  for_each_golden("grey", [](const Planes& picture, double, auto) { adjust_saturation(picture, 0); }, expect_within_a_level);
  for_each_golden("hue", [](const Planes& picture, double turn, auto) { adjust_hue(picture, turn); }, expect_within_a_level);
  for_each_golden("flip", [](const Planes& picture, double, auto) { flip(picture); }, expect_within_a_level);
  const auto cut = [](const Planes& picture, double index, const std::string& name) {
    const at::Tensor box = perturbation_golden().at("boxes/" + name)[static_cast<int64_t>(index)];
    const auto* const sides = box.const_data_ptr<int64_t>();
    crop(picture, sides[0], sides[1], sides[2], sides[3]);
  };
  for_each_golden("crop", cut, expect_within_a_level);
}

TEST("patches lie where an order says, the rest stays") {
  AugmentScratch scratch;
  const auto shuffle = [&](const Planes& picture, double side, auto) {
    const at::Tensor order = perturbation_golden().at("orders/" + std::to_string(static_cast<int>(side)));
    shuffle_patches(picture, static_cast<int64_t>(side), {order.const_data_ptr<int64_t>(), static_cast<size_t>(order.numel())},
                    scratch);
  };
  for_each_golden("shuffle", shuffle, [](const auto& pixels, const auto& golden, const auto& name) {
    EXPECT_NOTE(name, torch::equal(pixels, golden));
  });
}

TEST("blur is torchvision's but for the edge, which it reflects, and skimage repeats") {
  for_each_golden(
      "blur", [](const Planes& picture, double sigma, auto) { gaussian_blur(picture, sigma); },
      [](const at::Tensor& pixels, const at::Tensor& golden, const std::string& name) {
        const auto inner = [](const at::Tensor& all) {
          return all.narrow(1, 8, all.size(1) - 16).narrow(2, 8, all.size(2) - 16);
        };
        expect_within_a_level(inner(pixels), inner(golden), name);
      });
}

TEST("rotation is torchvision's, its outside the mean colour") {
  AugmentScratch scratch;
  for_each_golden(
      "rotation", [&](const Planes& picture, double degrees, auto) { rotate(picture, degrees, scratch); },
      [](const at::Tensor& pixels, const at::Tensor& golden, const std::string& name) {
        const double found = mean_difference(pixels, golden);
        EXPECT_NOTE(name + ": " + std::to_string(found), found <= kMeanLevels);
      });
}

TEST("strength 0 changes nothing, strengths that have no meaning are refused") {
  const at::Tensor picture = noise(40, 33);
  for (const std::string& name : kNames) {
    EXPECT_NOTE(name, torch::equal(perturbed(picture, name, 0), picture));
    for (const double strength : {-0.1, 181.0, std::nan("")})
      EXPECT_NOTE(name, code_of([&] { perturbed(picture, name, strength); }) == ErrorCode::kArgument);
  }
  EXPECT(code_of([&] { perturbed(picture, "shuffle", 2.5); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { perturbed(picture, "flip", 0.5); }) == ErrorCode::kArgument);
  EXPECT(!perturbation_named("fog"));
}

TEST("the same picture and seed give the same pixels; what is drawn is another's with another seed") {
  const at::Tensor picture = noise(60, 52);
  for (size_t i = 0; i < kNames.size(); ++i) {
    const at::Tensor pixels = perturbed(picture, kNames[i], kStrengths[i], 7);
    EXPECT_NOTE(kNames[i], !torch::equal(pixels, picture));
    EXPECT_NOTE(kNames[i], torch::equal(perturbed(picture, kNames[i], kStrengths[i], 7), pixels));
  }
  EXPECT(!torch::equal(perturbed(picture, "shuffle", 4, 8), perturbed(picture, "shuffle", 4, 7)));
  EXPECT(!torch::equal(perturbed(picture, "crop", 0.4, 8), perturbed(picture, "crop", 0.4, 7)));
}

TEST("hue and rotation go either way, of many pictures about as often") {
  for (const auto& [name, strength] : {std::pair{"hue", 0.2}, {"rotation", 90.0}}) {
    const at::Tensor picture = noise(24, 24);
    std::vector<at::Tensor> seen;
    int first = 0;
    for (uint64_t seed = 0; seed < 200; ++seed) {
      const at::Tensor pixels = perturbed(picture, name, strength, seed);
      if (seen.empty() || (seen.size() == 1 && !torch::equal(pixels, seen[0]))) seen.push_back(pixels);
      first += torch::equal(pixels, seen[0]);
      EXPECT(torch::equal(pixels, seen[0]) || torch::equal(pixels, seen[1]));
    }
    EXPECT(seen.size() == 2 && first > 65 && first < 135);
  }
}

TEST("orders are permutations, every one about as often") {
  Random random{1};
  std::map<std::vector<int64_t>, int> counts;
  for (int i = 0; i < 2400; ++i) ++counts[draw_order(random, 4)];
  EXPECT(counts.size() == 24);
  for (const auto& [order, count] : counts) EXPECT(count > 55 && count < 150);
}

TEST("pictures of all sizes, one pixel and one line included") {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 40}, {40, 1}, {2, 3}, {7, 9}, {96, 128}})
    for (size_t i = 0; i < kNames.size(); ++i)
      EXPECT(perturbed(noise(height, width), kNames[i], kStrengths[i]).sizes() == noise(height, width).sizes());
}

TEST_MAIN
