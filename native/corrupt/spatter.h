#pragma once

// ImageNet-C's spatter: drops of water, or of mud, on the lens.

#include <span>

#include "augment/planes.h"

namespace ijepa {

struct Spatter {
  double mean, deviation;  // of the noise that drops are made of
  double sigma;            // by which it is smoothed
  double threshold;        // below it there is no drop
  double strength;         // of water: how much its colour counts; of mud: the deviation by which drops are smoothed
  bool is_mud;
};

// `normals`: [H, W].
void spatter(const Planes& picture, const Spatter& spatter, std::span<const float> normals);

}  // namespace ijepa
