#include "corrupt/elastic.h"

#include <algorithm>
#include <cmath>

#include "corrupt/smooth.h"

namespace ijepa {

namespace {

// Linear between the four nearest pixels.
float sample(const Plane& plane, double y, double x, Border border) {
  const double top = std::floor(y), left = std::floor(x);
  const auto row = static_cast<int64_t>(top), column = static_cast<int64_t>(left);
  const float* const above = plane.row(inside(row, plane.height, border));
  const float* const below = plane.row(inside(row + 1, plane.height, border));
  const int64_t first = inside(column, plane.width, border), second = inside(column + 1, plane.width, border);
  const auto right = static_cast<float>(x - left), lower = static_cast<float>(y - top);
  const float upper = above[first] + right * (above[second] - above[first]);
  return upper + lower * (below[first] + right * (below[second] - below[first]) - upper);
}

struct Point {
  double x, y;
};

// x = m[0] x' + m[1] y' + m[2], y = m[3] x' + m[4] y' + m[5].
using Affine = std::array<double, 6>;

// That takes each of `from` to `to`, by Cramer's rule.
Affine affine_between(const std::array<Point, 3>& from, const std::array<Point, 3>& to) {
  const auto& [a, b, c] = from;
  const double area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
  Affine found{};
  const auto solve = [&](double at_a, double at_b, double at_c, double* out) {
    out[0] = ((at_b - at_a) * (c.y - a.y) - (at_c - at_a) * (b.y - a.y)) / area;
    out[1] = ((b.x - a.x) * (at_c - at_a) - (c.x - a.x) * (at_b - at_a)) / area;
    out[2] = at_a - out[0] * a.x - out[1] * a.y;
  };
  solve(to[0].x, to[1].x, to[2].x, found.data());
  solve(to[0].y, to[1].y, to[2].y, found.data() + 3);
  return found;
}

// From places in the picture that comes out to those in the one that goes in.
Affine backwards(const Planes& picture, double jitter, const std::array<double, 6>& points) {
  const auto side = static_cast<double>(std::min(picture.height, picture.width) / 3);
  const auto x = static_cast<double>(picture.width / 2), y = static_cast<double>(picture.height / 2);
  const std::array<Point, 3> corners{{{x + side, y + side}, {x + side, y - side}, {x - side, y - side}}};
  auto moved = corners;
  for (size_t i = 0; i < 3; ++i) {
    moved[i].x += jitter * (2 * points[2 * i] - 1);
    moved[i].y += jitter * (2 * points[2 * i + 1] - 1);
  }
  return affine_between(moved, corners);
}

Plane warped(const Plane& plane, const Affine& affine) {
  Plane out(plane.height, plane.width);
  for (int64_t y = 0; y < plane.height; ++y) {
    for (int64_t x = 0; x < plane.width; ++x) {
      const auto right = static_cast<double>(x), down = static_cast<double>(y);
      out.row(y)[x] = sample(plane, affine[3] * right + affine[4] * down + affine[5],
                             affine[0] * right + affine[1] * down + affine[2], Border::kReflect101);
    }
  }
  return out;
}

Plane displacements(const Planes& picture, const Elastic& elastic, std::span<const float> uniforms) {
  Plane field(picture.height, picture.width);
  for (size_t i = 0; i < uniforms.size(); ++i)
    field.values[i] = static_cast<float>(elastic.reach * (2 * static_cast<double>(uniforms[i]) - 1));
  smooth(field, {elastic.down, elastic.across, Border::kReflect, 3});
  for (float& value : field.values) value *= static_cast<float>(elastic.strength);
  return field;
}

}  // namespace

Elastic elastic_by_sides(double strength, int64_t height, int64_t width) {
  return {0.005 * static_cast<double>(height), 0.01 * static_cast<double>(height), 0.01 * static_cast<double>(width), strength};
}

void elastic_transform(const Planes& picture, const Elastic& elastic, std::span<const float> across,
                       std::span<const float> down, const std::array<double, 6>& points) {
  const Plane right = displacements(picture, elastic, across), below = displacements(picture, elastic, down);
  const bool can_jitter = elastic.jitter > 0 && std::min(picture.height, picture.width) >= 3;
  for (int64_t c = 0; c < 3; ++c) {
    Plane plane = read_plane(picture, c);
    if (can_jitter) plane = warped(plane, backwards(picture, elastic.jitter, points));
    Plane out(plane.height, plane.width);
    for (int64_t y = 0; y < plane.height; ++y)
      for (int64_t x = 0; x < plane.width; ++x)
        out.row(y)[x] = sample(plane, static_cast<double>(y) + static_cast<double>(below.row(y)[x]),
                               static_cast<double>(x) + static_cast<double>(right.row(y)[x]), Border::kReflect);
    write_plane(out, picture, c);
  }
}

}  // namespace ijepa
