#pragma once

// Affine maps of a picture onto its own size, with the pixels of Pillow's Image.transform(AFFINE).

#include <array>

#include "augment/planes.h"
#include "image/resize.h"

namespace ijepa {

// The pixel with the centre (x, y) comes from (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]).
using AffineMap = std::array<double, 6>;

// A turn around the middle of a picture, counterclockwise as one sees it.
AffineMap rotation(double degrees, int64_t height, int64_t width);

// Changes the picture in place; what comes from outside of it becomes `fill`. Interpolates the nearest 4 x 4 or 2 x 2 pixels,
// not antialiased. `scratch` is overwritten.
void transform(const Planes& picture, const AffineMap& map, Interpolation interpolation, const Colour& fill,
               AugmentScratch& scratch);

}  // namespace ijepa
