#pragma once

// imagecorruptions' motion blur: a picture that moves and fades along half a Gaussian.

#include "corrupt/plane.h"

namespace ijepa {

struct Motion {
  int radius;    // 2 · radius + 1 steps of a pixel
  double sigma;  // in steps
};

// `degrees` from the horizontal; borders are the nearest pixel.
Plane motion_blur(const Plane& plane, const Motion& motion, double degrees);
void motion_blur(const Planes& picture, const Motion& motion, double degrees);

}  // namespace ijepa
