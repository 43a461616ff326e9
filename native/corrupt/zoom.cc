#include "corrupt/zoom.h"

#include <cmath>

namespace ijepa {

namespace {

struct Between {
  int64_t first, second;
  float share;  // of the second
};

// By output pixel, in a part of `from` pixels.
std::vector<Between> grid(int64_t from, int64_t to) {
  const double step = to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : 1;
  std::vector<Between> places;
  for (int64_t i = 0; i < to; ++i) {
    const double at = std::min(step * static_cast<double>(i), static_cast<double>(from - 1));
    const auto first = static_cast<int64_t>(at);
    places.push_back({first, std::min(first + 1, from - 1), static_cast<float>(at - static_cast<double>(first))});
  }
  return places;
}

struct Part {
  int64_t begin, length;
};

Part middle(int64_t length, double factor) {
  const auto part = static_cast<int64_t>(std::ceil(static_cast<double>(length) / factor));
  return {(length - part) / 2, part};
}

}  // namespace

Plane zoom_middle(const Plane& plane, double factor) {
  const Part rows = middle(plane.height, factor), columns = middle(plane.width, factor);
  const auto enlarged = [&](int64_t length) { return std::llrint(static_cast<double>(length) * factor); };
  Plane out(enlarged(rows.length), enlarged(columns.length));
  const auto down = grid(rows.length, out.height), across = grid(columns.length, out.width);
  std::vector<float> line(static_cast<size_t>(columns.length));
  for (int64_t y = 0; y < out.height; ++y) {
    const auto& [first, second, share] = down[static_cast<size_t>(y)];
    const float* const above = plane.row(rows.begin + first) + columns.begin;
    const float* const below = plane.row(rows.begin + second) + columns.begin;
    for (size_t x = 0; x < line.size(); ++x) line[x] = above[x] + share * (below[x] - above[x]);
    float* to = out.row(y);
    for (const Between& place : across) {
      const float left = line[static_cast<size_t>(place.first)], right = line[static_cast<size_t>(place.second)];
      *to++ = left + place.share * (right - left);
    }
  }
  return out;
}

}  // namespace ijepa
