#pragma once

// Enlarging by linear interpolation with the grid of scipy.ndimage.zoom: first and last pixels stay first and last.

#include "corrupt/plane.h"

namespace ijepa {

// What imagecorruptions calls clipped_zoom: the middle of the plane, so much smaller, made as large as the plane or, where
// rounding has it so, larger by a few pixels; factor >= 1.
Plane zoom_middle(const Plane& plane, double factor);

}  // namespace ijepa
