#pragma once

// ImageNet-C's fog: a plasma fractal over the picture.

#include <span>
#include <vector>

#include "augment/planes.h"

namespace ijepa {

struct Fog {
  double strength;
  double decay;  // of the fractal's steps from each size to half of it
};

// The side of the fractal's square that covers a picture: a power of two.
int64_t fog_side(int64_t height, int64_t width);

// A height map by the diamond-square algorithm on a torus, from 0 to 1, [side, side]; `uniforms`: side² - 1 draws in [0, 1).
std::vector<double> plasma(int64_t side, double decay, std::span<const float> uniforms);

// `uniforms`: as of plasma().
void fog(const Planes& picture, const Fog& fog, std::span<const float> uniforms);

}  // namespace ijepa
