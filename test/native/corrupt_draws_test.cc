// Corruptions by name: those of the package on a picture of 224 pixels, their draws, and what they refuse.

#include "base/error.h"
#include "corrupt_golden.h"
#include "expect_error.h"

using namespace ijepa;
using namespace ijepa::test;

namespace {

const std::vector<std::string> kPlain{"defocus_blur", "zoom_blur",        "brightness",    "contrast",
                                      "pixelate",     "jpeg_compression", "gaussian_blur", "saturate"};
const std::vector<std::string> kDrawn{"gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise", "glass_blur", "motion_blur",
                                      "snow",           "fog",        "frost",         "spatter",       "elastic_transform"};

// As many draws as the golden file's, and how far two samples of so many may be from one another: further where one draw
// decides of a whole picture (the photograph of frost, how thick fog is, where snow falls from).
struct Sampled {
  uint64_t draws;
  double slack;
};
Sampled sampled(const std::string& name) {
  if (name == "frost") return {200, 8};
  if (name == "fog" || name == "snow" || name == "spatter") return {40, 8};
  return {40, name == "motion_blur" ? 1.5 : 0.6};
}

std::vector<std::string> all() {
  auto names = kPlain;
  names.insert(names.end(), kDrawn.begin(), kDrawn.end());
  return names;
}

at::Tensor noise(int64_t height, int64_t width) {
  torch::manual_seed(4);
  return torch::randint(0, 256, {3, height, width}, at::kByte);
}

}  // namespace

TEST("of a picture of 224 pixels, what draws nothing is the package's") {
  for (const std::string& name : kPlain) {
    const at::Tensor golden = corrupt_golden("large/" + name);
    for (int severity = 1; severity <= 5; ++severity) {
      const at::Tensor pixels = corrupted(corrupt_golden("large"), name, severity).to(at::kDouble);
      const double found = difference(pixels.view({3, 8, 28, 8, 28}).mean({2, 4}), golden[severity - 1]);
      EXPECT_NOTE(name + " at " + std::to_string(severity) + ": " + std::to_string(found), found <= 1);
    }
  }
}

TEST("what is drawn has the package's mean and deviation, by channel") {
  for (const std::string& name : kDrawn) {
    const auto [count, slack] = sampled(name);
    for (int severity = 1; severity <= 5; ++severity) {
      std::vector<at::Tensor> draws;
      for (uint64_t seed = 0; seed < count; ++seed)
        draws.push_back(corrupted(corrupt_golden("middle"), name, severity, seed).to(at::kDouble));
      const at::Tensor pixels = at::stack(draws), golden = corrupt_golden("statistics/" + name)[severity - 1];
      const std::string note = name + " at " + std::to_string(severity) + ": ";
      const double mean = difference(pixels.mean({0, 2, 3}), golden[0]);
      const double deviation = difference(pixels.std(at::IntArrayRef({0, 2, 3}), false), golden[1]);
      EXPECT_NOTE(note + "mean " + std::to_string(mean), mean <= slack);
      EXPECT_NOTE(note + "deviation " + std::to_string(deviation), deviation <= slack);
    }
  }
}

TEST("severity 0 changes nothing, others are refused") {
  const at::Tensor picture = noise(40, 33);
  for (const std::string& name : all()) {
    EXPECT_NOTE(name, torch::equal(corrupted(picture, name, 0), picture));
    for (const int severity : {-1, 6}) EXPECT(code_of([&] { corrupted(picture, name, severity); }) == ErrorCode::kArgument);
  }
  EXPECT(!corruption_named("rain"));
  EXPECT(!corruption_named(""));
}

TEST("the same picture and seed give the same pixels, another seed or picture others") {
  const at::Tensor picture = noise(96, 90), other = picture.flip(2).contiguous();
  for (const std::string& name : kDrawn) {
    const at::Tensor pixels = corrupted(picture, name, 3, 7);
    EXPECT_NOTE(name, torch::equal(corrupted(picture, name, 3, 7), pixels));
    EXPECT_NOTE(name, !torch::equal(corrupted(picture, name, 3, 8), pixels));
    EXPECT_NOTE(name, !torch::equal(corrupted(other, name, 3, 7).flip(2), pixels));
  }
}

TEST("small pictures have CIFAR-10-C's strengths") {
  const at::Tensor large = noise(85, 85), small = noise(84, 90);
  const auto change = [](const at::Tensor& picture) { return mean_difference(corrupted(picture, "gaussian_noise", 5), picture); };
  EXPECT(change(large) > 2 * change(small));
  // A blur of radius 0.3 smoothed by 3 x 3 values: a pixel by itself, nearly.
  EXPECT(mean_difference(corrupted(noise(32, 32), "defocus_blur", 1), noise(32, 32)) < 30);
}

TEST("every corruption is made of pictures of all sizes, one pixel and one line included") {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 40}, {40, 1}, {2, 3}, {7, 9}, {32, 32}, {96, 128}}) {
    for (const std::string& name : all()) {
      for (int severity = 1; severity <= 5; ++severity) {
        const at::Tensor pixels = corrupted(noise(height, width), name, severity);
        EXPECT(pixels.size(1) == height && pixels.size(2) == width);
      }
    }
  }
}

TEST("pictures of one colour stay of one where nothing is drawn but colours change") {
  for (const std::string& name : kPlain) {
    if (name == "brightness" || name == "saturate") continue;
    const at::Tensor picture = torch::full({3, 90, 90}, 128, at::kByte);
    EXPECT_NOTE(name, difference(corrupted(picture, name, 5), picture) <= 1);
  }
}

TEST_MAIN
