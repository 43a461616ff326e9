#include "corrupt/plane.h"

#include <algorithm>

namespace ijepa {

int64_t inside(int64_t index, int64_t length, Border border) {
  if (index >= 0 && index < length) return index;
  if (border == Border::kNearest || length == 1) return std::clamp<int64_t>(index, 0, length - 1);
  const int64_t period = border == Border::kReflect ? 2 * length : 2 * length - 2;
  const int64_t at = (index % period + period) % period;
  if (at < length) return at;
  return border == Border::kReflect ? period - 1 - at : period - at;
}

Plane padded(const Plane& plane, int64_t rows, int64_t columns, Border border) {
  Plane wide(plane.height + 2 * rows, plane.width + 2 * columns);
  for (int64_t y = 0; y < wide.height; ++y) {
    const float* const from = plane.row(inside(y - rows, plane.height, border));
    float* const to = wide.row(y);
    std::copy_n(from, plane.width, to + columns);
    for (int64_t x = 0; x < columns; ++x) {
      to[x] = from[inside(x - columns, plane.width, border)];
      to[columns + plane.width + x] = from[inside(plane.width + x, plane.width, border)];
    }
  }
  return wide;
}

Plane read_plane(const Planes& picture, int64_t channel) {
  Plane plane(picture.height, picture.width);
  std::copy_n(picture.plane(channel), picture.area(), plane.values.begin());
  return plane;
}

// The thousandth: a level that float32 misses by its last bits is not cut to the one below.
uint8_t to_level(float value) {
  return static_cast<uint8_t>(static_cast<int>(std::min(std::max(value + 1e-3f, 0.0f), 255.0f)));
}

void write_plane(const Plane& plane, const Planes& picture, int64_t channel) {
  std::ranges::transform(plane.values, picture.plane(channel), to_level);
}

}  // namespace ijepa
