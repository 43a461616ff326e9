#include "corrupt/motion.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ijepa {

namespace {

struct Step {
  int64_t down, across;
  float weight;
};

// Steps that leave the picture, and all after them, are left out; the weights of the others stay.
std::vector<Step> steps_of(const Motion& motion, double degrees, int64_t height, int64_t width) {
  const double angle = degrees * std::numbers::pi / 180;
  const auto faded = [&](int i) { return std::exp(-i * i / (2 * motion.sigma * motion.sigma)); };
  double sum = 0;
  const int count = 2 * motion.radius + 1;
  for (int i = 0; i < count; ++i) sum += faded(i);
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) {
    const auto down = -static_cast<int64_t>(std::ceil(i * std::sin(angle) - 0.5));
    const auto across = -static_cast<int64_t>(std::ceil(i * std::cos(angle) - 0.5));
    if (std::abs(down) >= height || std::abs(across) >= width) break;
    steps.push_back({down, across, static_cast<float>(faded(i) / sum)});
  }
  return steps;
}

}  // namespace

Plane motion_blur(const Plane& plane, const Motion& motion, double degrees) {
  const auto steps = steps_of(motion, degrees, plane.height, plane.width);
  int64_t down = 0, across = 0;
  for (const Step& step : steps) {
    down = std::max(down, std::abs(step.down));
    across = std::max(across, std::abs(step.across));
  }
  const Plane source = padded(plane, down, across, Border::kNearest);
  Plane out(plane.height, plane.width);
  for (int64_t y = 0; y < plane.height; ++y) {
    float* __restrict const sums = out.row(y);
    for (const Step& step : steps) {
      const float* __restrict const from = source.row(y + down - step.down) + across - step.across;
      for (int64_t x = 0; x < plane.width; ++x) sums[x] += step.weight * from[x];
    }
  }
  return out;
}

void motion_blur(const Planes& picture, const Motion& motion, double degrees) {
  for (int64_t c = 0; c < 3; ++c) write_plane(motion_blur(read_plane(picture, c), motion, degrees), picture, c);
}

}  // namespace ijepa
