#pragma once

// The box of training's random resized crop.

#include "base/random.h"
#include "image/box.h"
#include "image/resize.h"

namespace ijepa {

struct RandomCrop {
  double scale_min = 0.08, scale_max = 1;          // of the picture's area
  double ratio_min = 3.0 / 4, ratio_max = 4.0 / 3;  // width / height
  // true: ten tries, then the largest centred box within the ratios (torchvision's RandomResizedCrop, after Szegedy et al.,
  // "Going deeper with convolutions", 2015). false: one try, its sides cut to the picture's (the variant of MAE's code).
  bool retries = true;
};

// Area uniform, ratio log-uniform, place uniform; always inside `image`, never empty.
Box draw_crop(Random& random, const ImageSize& image, const RandomCrop& crop);

}  // namespace ijepa
