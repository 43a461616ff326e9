#pragma once

// ImageNet-C's snow: flakes that fall over a whitened picture.

#include <span>

#include "augment/planes.h"
#include "corrupt/motion.h"

namespace ijepa {

struct Snow {
  double mean, deviation;  // of the noise that flakes are made of
  double zoom;             // how much it is enlarged
  double threshold;        // noise below it is no flake
  Motion motion;
  double picture;  // what the picture counts; the rest is a whitened one
};

// `normals`: [H, W]; `degrees`: the direction in which flakes fall.
void snow(const Planes& picture, const Snow& snow, std::span<const float> normals, double degrees);

}  // namespace ijepa
