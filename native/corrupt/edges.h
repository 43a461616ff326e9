#pragma once

// Edges in a plane of whole levels, and the distance to them, as OpenCV finds them.

#include "corrupt/plane.h"

namespace ijepa {

// Canny's edges (1986) by 3 x 3 Sobel filters and the L1 norm of the gradient: 1 on an edge, else 0. Those above `high`, and
// those above `low` that touch them.
Plane edges(const Plane& plane, int low, int high);

// cv2.distanceTransform(DIST_L2, 5): from each pixel to the nearest that is not 0, by steps of 1, 1.4 and 2.1969 (G. Borgefors,
// 1986); 8192 where there is none.
Plane distances(const Plane& edges);

}  // namespace ijepa
