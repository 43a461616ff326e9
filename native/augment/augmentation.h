#pragma once

// What happens to a training picture after its crop and flip.

#include <algorithm>
#include <cmath>

#include "augment/color_jitter.h"
#include "augment/rand_augment.h"
#include "augment/random_erasing.h"

namespace ijepa {

// Field by field the AugmentationOptions of binding.gyp.d.ts.
struct Augmentation {
  RandAugment rand_augment;
  ColorJitter color_jitter;
  RandomErasing erasing;
  std::array<double, 3> mean{}, std{};  // of the normalisation, with pixels scaled to [0, 1]

  // What comes into a picture that is turned, sheared or moved: timm's, the mean.
  Colour fill() const {
    Colour colour;
    for (size_t i = 0; i < 3; ++i) colour[i] = static_cast<uint8_t>(std::clamp(std::nearbyint(255 * mean[i]), 0.0, 255.0));
    return colour;
  }
};

}  // namespace ijepa
