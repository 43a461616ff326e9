#pragma once

// Blends of a picture with what is left of it without one quality, in place, with the pixels of Pillow's ImageEnhance: factor
// 0 takes the quality away, 1 changes nothing, more than 1 exaggerates it. And the shift of hue of torchvision's ColorJitter.

#include <vector>

#include "augment/planes.h"

namespace ijepa {

// From black.
void adjust_brightness(const Planes& picture, double factor);

// From the mean grey.
void adjust_contrast(const Planes& picture, double factor);

// From grey values.
void adjust_saturation(const Planes& picture, double factor);

// From the picture smoothed by a 3 x 3 filter; the outermost pixels stay. `scratch` is overwritten.
void adjust_sharpness(const Planes& picture, double factor, std::vector<uint8_t>& scratch);

// Turns the hue by `shift` of the circle, -0.5 to 0.5, in HSV of 8 bits a channel as Pillow has it.
void adjust_hue(const Planes& picture, double shift);

}  // namespace ijepa
