#pragma once

// ImageNet-C's elastic transform: every pixel comes from a place nearby, neighbours from neighbouring ones.

#include <array>
#include <span>

#include "augment/planes.h"

namespace ijepa {

struct Elastic {
  double reach;        // displacements before they are smoothed: uniform from -reach to reach, in pixels
  double down, across; // deviations by which they are smoothed, in pixels
  double strength;     // by which they are multiplied then
  double jitter = 0;   // of CIFAR-10-C: how far three points of the picture may go first, and with them the rest (affine)
};

// The reference package's, with the sides of the picture; its `strength` alone depends on the severity.
Elastic elastic_by_sides(double strength, int64_t height, int64_t width);

// `across` and `down`: uniform in [0, 1), [H, W]; `points`: x and y of three points, uniform in [0, 1).
void elastic_transform(const Planes& picture, const Elastic& elastic, std::span<const float> across,
                       std::span<const float> down, const std::array<double, 6>& points);

}  // namespace ijepa
