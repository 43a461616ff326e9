#pragma once

// ImageNet-C's changes of colour and of resolution.

#include "augment/planes.h"

namespace ijepa {

// Every channel towards its mean.
void lower_contrast(const Planes& picture, double factor);

// The value of HSV plus `amount`, of 1.
void raise_brightness(const Planes& picture, double amount);

// The saturation of HSV times `factor` plus `amount`, of 1.
struct Saturation {
  double factor, amount;
};
void change_saturation(const Planes& picture, const Saturation& saturation);

// Made so much smaller by Pillow's box filter, then as large again by the nearest pixel.
void pixelate(const Planes& picture, double factor);

// Through a JPEG of this quality.
void compress_jpeg(const Planes& picture, int quality);

}  // namespace ijepa
