#include "augment/rand_augment.h"

#include <algorithm>

#include "augment/affine.h"
#include "augment/enhance.h"
#include "augment/point_operations.h"

namespace ijepa {

namespace {

constexpr double kLevels = 10;  // a magnitude of 10 is the whole range of an argument

double draw_magnitude(Random& random, const RandAugment& policy) {
  double magnitude = policy.magnitude;
  if (policy.is_uniform)
    magnitude *= random.uniform();
  else if (policy.magnitude_std > 0)
    magnitude += policy.magnitude_std * random.normal();
  return std::clamp(magnitude, 0.0, policy.magnitude_max);
}

double either_sign(Random& random, double value) { return random.uniform() < 0.5 ? value : -value; }

// `level`: the magnitude as a share of the range, mostly up to 1.
double draw_argument(Random& random, Operation operation, double level, bool is_increasing) {
  switch (operation) {
    case Operation::kAutoContrast:
    case Operation::kEqualize:
    case Operation::kInvert: return 0;
    case Operation::kRotate: return either_sign(random, 30 * level);
    case Operation::kPosterize: {
      const int bits = static_cast<int>(4 * level);
      return is_increasing ? 4 - bits : bits;
    }
    case Operation::kSolarize: {
      const int threshold = std::min(256, static_cast<int>(256 * level));
      return is_increasing ? 256 - threshold : threshold;
    }
    case Operation::kSolarizeAdd: return std::min(128, static_cast<int>(110 * level));
    case Operation::kColor:
    case Operation::kContrast:
    case Operation::kBrightness:
    case Operation::kSharpness:
      return is_increasing ? std::max(0.1, 1 + either_sign(random, 0.9 * level)) : 0.1 + 1.8 * level;
    case Operation::kShearX:
    case Operation::kShearY: return either_sign(random, 0.3 * level);
    case Operation::kTranslateX:
    case Operation::kTranslateY: return either_sign(random, 0.45 * level);
  }
  return 0;
}

AffineMap map_of(const DrawnOperation& drawn, const Planes& picture) {
  const double a = drawn.argument;
  switch (drawn.operation) {
    case Operation::kShearX: return {1, a, 0, 0, 1, 0};
    case Operation::kShearY: return {1, 0, 0, a, 1, 0};
    case Operation::kTranslateX: return {1, 0, a * static_cast<double>(picture.width), 0, 1, 0};
    case Operation::kTranslateY: return {1, 0, 0, 0, 1, a * static_cast<double>(picture.height)};
    default: return rotation(a, picture.height, picture.width);
  }
}

}  // namespace

std::vector<DrawnOperation> draw_rand_augment(Random& random, const RandAugment& policy) {
  std::vector<DrawnOperation> drawn;
  for (int64_t i = 0; i < policy.layers; ++i) {
    const auto operation = static_cast<Operation>(random.below(kOperations));
    if (random.uniform() >= policy.probability) continue;
    const double level = draw_magnitude(random, policy) / kLevels;
    drawn.push_back({operation, draw_argument(random, operation, level, policy.is_increasing)});
  }
  return drawn;
}

void apply(const DrawnOperation& drawn, const Planes& picture, Interpolation interpolation, const Colour& fill,
           AugmentScratch& scratch) {
  const double argument = drawn.argument;
  switch (drawn.operation) {
    case Operation::kAutoContrast: return autocontrast(picture);
    case Operation::kEqualize: return equalize(picture);
    case Operation::kInvert: return invert(picture);
    case Operation::kPosterize: return posterize(picture, static_cast<int>(argument));
    case Operation::kSolarize: return solarize(picture, static_cast<int>(argument));
    case Operation::kSolarizeAdd: return solarize_add(picture, static_cast<uint8_t>(argument));
    case Operation::kColor: return adjust_saturation(picture, argument);
    case Operation::kContrast: return adjust_contrast(picture, argument);
    case Operation::kBrightness: return adjust_brightness(picture, argument);
    case Operation::kSharpness: return adjust_sharpness(picture, argument, scratch.bytes);
    case Operation::kRotate:
    case Operation::kShearX:
    case Operation::kShearY:
    case Operation::kTranslateX:
    case Operation::kTranslateY:
      return transform(picture, map_of(drawn, picture), interpolation, fill, scratch);
  }
}

}  // namespace ijepa
