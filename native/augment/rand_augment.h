#pragma once

// RandAugment (E. Cubuk et al., 2019, arXiv 1909.13719) as timm has it (pytorch-image-models,
// timm/data/auto_augment.py), with Pillow's pixels.

#include <vector>

#include "augment/planes.h"
#include "base/random.h"
#include "image/resize.h"

namespace ijepa {

enum class Operation {
  kAutoContrast,
  kEqualize,
  kInvert,
  kRotate,
  kPosterize,
  kSolarize,
  kSolarizeAdd,
  kColor,
  kContrast,
  kBrightness,
  kSharpness,
  kShearX,
  kShearY,
  kTranslateX,
  kTranslateY,
};
inline constexpr int kOperations = 15;

// Field by field the RandAugmentOptions of binding.gyp.d.ts.
struct RandAugment {
  int64_t layers = 0;          // operations chosen for a picture, one perhaps again; 0: none
  double probability = 0.5;    // of each that is chosen
  double magnitude = 10;       // of 10
  double magnitude_std = 0;    // of its normal noise
  bool is_uniform = false;     // the magnitude is uniform from 0 to `magnitude` instead
  double magnitude_max = 10;
  bool is_increasing = false;  // posterize, solarize and the four blends grow stronger with the magnitude
};

// `argument`: degrees, bits to keep, threshold, amount, factor, shear (pixels a pixel) or shift (of the side).
struct DrawnOperation {
  Operation operation;
  double argument;
};

std::vector<DrawnOperation> draw_rand_augment(Random& random, const RandAugment& policy);

// In place; what comes from outside of the picture becomes `fill`.
void apply(const DrawnOperation& drawn, const Planes& picture, Interpolation interpolation, const Colour& fill,
           AugmentScratch& scratch);

}  // namespace ijepa
