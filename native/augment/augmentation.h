#pragma once

// What happens to a training picture after its crop and flip.

#include "augment/color_jitter.h"
#include "augment/random_erasing.h"

namespace ijepa {

// Field by field the AugmentationOptions of binding.gyp.d.ts.
struct Augmentation {
  ColorJitter color_jitter;
  RandomErasing erasing;
  std::array<double, 3> mean{}, std{};  // of the normalisation, with pixels scaled to [0, 1]
};

}  // namespace ijepa
