#include "corrupt/perturbation.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "augment/affine.h"
#include "augment/enhance.h"
#include "base/error.h"
#include "corrupt/blur.h"
#include "corrupt/fingerprint.h"
#include "image/resize.h"

namespace ijepa {

namespace {

struct Described {
  std::string_view name;
  double most;
  bool is_whole;
  const char* expected;
};

// In the order of PerturbationKind.
constexpr std::array<Described, 7> kDescribed{{{"grey", 1, false, "a strength of grey from 0 to 1"},
                                               {"hue", 0.5, false, "a strength of hue from 0 to 0.5"},
                                               {"blur", 0.5, false, "a strength of blur from 0 to 0.5"},
                                               {"shuffle", 64, true, "a strength of shuffle that is a whole number from 0 to 64"},
                                               {"flip", 1, true, "a strength of flip of 0 or 1"},
                                               {"rotation", 180, false, "a strength of rotation from 0 to 180"},
                                               {"crop", 0.9, false, "a strength of crop from 0 to 0.9"}}};

Colour mean_colour(const Planes& picture) {
  Colour colour;
  for (int64_t c = 0; c < 3; ++c) {
    const uint8_t* const plane = picture.plane(c);
    const int64_t sum = std::accumulate(plane, plane + picture.area(), int64_t{0});
    colour[static_cast<size_t>(c)] = static_cast<uint8_t>((2 * sum + picture.area()) / (2 * picture.area()));
  }
  return colour;
}

double either_way(Random& random, double value) { return random.uniform() < 0.5 ? -value : value; }

// So much of each side, at a uniform place.
void crop_somewhere(const Planes& picture, double cut, Random& random) {
  const auto kept = [cut](int64_t side) {
    return std::max<int64_t>(1, std::lround(static_cast<double>(side) * (1 - cut)));
  };
  const int64_t height = kept(picture.height), width = kept(picture.width);
  const int64_t top = random.below(picture.height - height + 1), left = random.below(picture.width - width + 1);
  crop(picture, top, left, height, width);
}

}  // namespace

std::optional<PerturbationKind> perturbation_named(std::string_view name) {
  const auto found = std::ranges::find(kDescribed, name, &Described::name);
  if (found == kDescribed.end()) return std::nullopt;
  return static_cast<PerturbationKind>(found - kDescribed.begin());
}

const char* wrong_strength(const Perturbation& perturbation) {
  const Described& described = kDescribed[static_cast<size_t>(perturbation.kind)];
  const double strength = perturbation.strength;
  const bool is_right = strength >= 0 && strength <= described.most && (!described.is_whole || std::trunc(strength) == strength);
  return is_right ? nullptr : described.expected;
}

void perturb(const Planes& picture, const Perturbation& perturbation, AugmentScratch& scratch) {
  const char* const expected = wrong_strength(perturbation);
  IJEPA_CHECK(expected == nullptr, ErrorCode::kArgument,
              std::string("Expected ") + expected + ", got " + std::to_string(perturbation.strength));
  const double strength = perturbation.strength;
  if (strength == 0) return;
  Random random{perturbation.seed, fingerprint(picture), static_cast<uint64_t>(perturbation.kind)};
  switch (perturbation.kind) {
    case PerturbationKind::kGrey: return adjust_saturation(picture, 1 - strength);
    case PerturbationKind::kHue: return adjust_hue(picture, either_way(random, strength));
    case PerturbationKind::kBlur:
      return gaussian_blur(picture, strength * static_cast<double>(std::min(picture.height, picture.width)));
    case PerturbationKind::kShuffle: {
      const auto side = static_cast<int64_t>(strength);
      return shuffle_patches(picture, side, draw_order(random, side * side), scratch);
    }
    case PerturbationKind::kFlip: return flip(picture);
    case PerturbationKind::kRotation: return rotate(picture, either_way(random, strength), scratch);
    case PerturbationKind::kCrop: return crop_somewhere(picture, strength, random);
  }
}

// R. A. Fisher and F. Yates (1938), from the last to the first as R. Durstenfeld has it.
std::vector<int64_t> draw_order(Random& random, int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count; i > 1; --i)
    std::swap(order[static_cast<size_t>(i - 1)], order[static_cast<size_t>(random.below(i))]);
  return order;
}

void shuffle_patches(const Planes& picture, int64_t side, std::span<const int64_t> order, AugmentScratch& scratch) {
  const int64_t height = picture.height / side, width = picture.width / side;
  for (int64_t c = 0; c < 3; ++c) {
    uint8_t* const plane = picture.plane(c);
    scratch.bytes.assign(plane, plane + picture.area());
    for (int64_t place = 0; place < side * side; ++place) {
      const int64_t from = order[static_cast<size_t>(place)];
      for (int64_t y = 0; y < height; ++y) {
        const int64_t to_row = place / side * height + y, from_row = from / side * height + y;
        std::copy_n(scratch.bytes.data() + from_row * picture.width + from % side * width, width,
                    plane + to_row * picture.width + place % side * width);
      }
    }
  }
}

void flip(const Planes& picture) {
  for (int64_t row = 0; row < 3 * picture.height; ++row) {
    uint8_t* const begin = picture.data + row * picture.width;
    std::reverse(begin, begin + picture.width);
  }
}

void rotate(const Planes& picture, double degrees, AugmentScratch& scratch) {
  transform(picture, rotation(degrees, picture.height, picture.width), Interpolation::kBicubic, mean_colour(picture), scratch);
}

void crop(const Planes& picture, int64_t top, int64_t left, int64_t height, int64_t width) {
  const at::Tensor planes = at::from_blob(picture.data, {3, picture.height, picture.width}, at::kByte);
  const at::Tensor part = planes.permute({1, 2, 0}).narrow(0, top, height).narrow(1, left, width);
  const at::Tensor enlarged = resize(part, {picture.height, picture.width}, Interpolation::kBicubic);
  planes.copy_(enlarged.permute({2, 0, 1}));
}

}  // namespace ijepa
