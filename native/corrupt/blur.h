#pragma once

// ImageNet-C's blurs but for motion's (motion.h).

#include <span>
#include <vector>

#include "augment/planes.h"
#include "base/random.h"

namespace ijepa {

void gaussian_blur(const Planes& picture, double sigma);

// A disk of this radius, its edge smoothed.
struct Defocus {
  double radius, edge;
};
void defocus_blur(const Planes& picture, const Defocus& defocus);

// Smoothed, pixels taken from nearby, smoothed again.
struct Glass {
  double sigma;
  int distance;  // of the pixel that is taken: -distance to distance - 1, both ways
  int rounds;
};
struct Offset {
  int8_t across, down;
};
// As many as glass_blur takes.
std::vector<Offset> draw_offsets(Random& random, const Glass& glass, int64_t height, int64_t width);
void glass_blur(const Planes& picture, const Glass& glass, std::span<const Offset> offsets);

// The mean of the picture and of enlarged ones, by factors from 1 to below `end`.
struct Zoom {
  double end, step;
};
void zoom_blur(const Planes& picture, const Zoom& zoom);

}  // namespace ijepa
