#pragma once

// ImageNet-C's frost: the picture and one of frost, added. Its photographs are of unclear licence; ours is drawn, with their
// colours, contrasts and spectrum.

#include <vector>

#include "augment/planes.h"
#include "base/random.h"

namespace ijepa {

struct Frost {
  double picture, frost;  // what each counts
};

// `overlay`: as large as the picture.
void frost(const Planes& picture, const Frost& frost, const Planes& overlay);

// Frost, uint8 [3, height, width]; `scale`: 1, or less for what is seen from farther away.
std::vector<uint8_t> draw_frost(Random& random, int64_t height, int64_t width, double scale);

}  // namespace ijepa
