#pragma once

// One channel of a picture in float32, and what lies beyond its edges.

#include <cstdint>
#include <vector>

#include "augment/planes.h"

namespace ijepa {

// [height, width], row-major; of a picture: grey levels, 0 to 255.
struct Plane {
  Plane(int64_t rows, int64_t columns, float value = 0)
      : height(rows), width(columns), values(static_cast<size_t>(rows * columns), value) {}

  float* row(int64_t y) { return values.data() + y * width; }
  const float* row(int64_t y) const { return values.data() + y * width; }

  int64_t height, width;
  std::vector<float> values;
};

// For a line abcd: kNearest aaa|abcd|ddd, kReflect cba|abcd|dcb, kReflect101 dcb|abcd|cba (SciPy's 'nearest' and 'reflect',
// OpenCV's BORDER_REFLECT_101).
enum class Border { kNearest, kReflect, kReflect101 };

// Which of `length` values stands at `index`, however far outside.
int64_t inside(int64_t index, int64_t length, Border border);

// With so many rows more above and below, and columns more on the left and on the right.
Plane padded(const Plane& plane, int64_t rows, int64_t columns, Border border);

Plane read_plane(const Planes& picture, int64_t channel);

// Cut to 0 to 255 and off at the point, as numpy.uint8() does.
void write_plane(const Plane& plane, const Planes& picture, int64_t channel);
uint8_t to_level(float value);

}  // namespace ijepa
