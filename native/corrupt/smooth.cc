#include "corrupt/smooth.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ijepa {

namespace {

// From the middle to the end; the whole filter has the sum 1.
std::vector<float> half_gaussian(double sigma, double truncate) {
  const auto radius = static_cast<int64_t>(truncate * sigma + 0.5);
  std::vector<double> half;
  for (int64_t i = 0; i <= radius; ++i) half.push_back(std::exp(-0.5 * static_cast<double>(i * i) / (sigma * sigma)));
  const double sum = 2 * std::accumulate(half.begin(), half.end(), 0.0) - half[0];
  std::vector<float> weights;
  for (const double value : half) weights.push_back(static_cast<float>(value / sum));
  return weights;
}

void add_pair(const float* __restrict left, const float* __restrict right, float weight, float* __restrict out, int64_t count) {
  for (int64_t x = 0; x < count; ++x) out[x] += weight * (left[x] + right[x]);
}

void smooth_down(Plane& plane, const std::vector<float>& half, Border border) {
  const auto radius = static_cast<int64_t>(half.size()) - 1;
  const Plane source = padded(plane, radius, 0, border);
  for (int64_t y = 0; y < plane.height; ++y) {
    float* const out = plane.row(y);
    const int64_t middle = y + radius;
    for (int64_t x = 0; x < plane.width; ++x) out[x] = half[0] * source.row(middle)[x];
    for (int64_t i = 1; i <= radius; ++i)
      add_pair(source.row(middle - i), source.row(middle + i), half[static_cast<size_t>(i)], out, plane.width);
  }
}

void smooth_across(Plane& plane, const std::vector<float>& half, Border border) {
  const auto radius = static_cast<int64_t>(half.size()) - 1;
  const Plane source = padded(plane, 0, radius, border);
  for (int64_t y = 0; y < plane.height; ++y) {
    float* const out = plane.row(y);
    const float* const middle = source.row(y) + radius;
    for (int64_t x = 0; x < plane.width; ++x) out[x] = half[0] * middle[x];
    for (int64_t i = 1; i <= radius; ++i) add_pair(middle - i, middle + i, half[static_cast<size_t>(i)], out, plane.width);
  }
}

}  // namespace

void smooth(Plane& plane, const Gaussian& gaussian) {
  const auto has_width = [&](double sigma) { return sigma > 0 && gaussian.truncate * sigma + 0.5 >= 1; };
  if (has_width(gaussian.down)) smooth_down(plane, half_gaussian(gaussian.down, gaussian.truncate), gaussian.border);
  if (has_width(gaussian.across)) smooth_across(plane, half_gaussian(gaussian.across, gaussian.truncate), gaussian.border);
}

void smooth(const Planes& picture, double sigma) {
  for (int64_t c = 0; c < 3; ++c) {
    Plane plane = read_plane(picture, c);
    smooth(plane, {sigma, sigma});
    write_plane(plane, picture, c);
  }
}

Plane correlate(const Plane& plane, const Plane& kernel) {
  const Plane source = padded(plane, kernel.height / 2, kernel.width / 2, Border::kReflect101);
  Plane out(plane.height, plane.width);
  for (int64_t y = 0; y < plane.height; ++y) {
    float* __restrict const sums = out.row(y);
    for (int64_t ky = 0; ky < kernel.height; ++ky) {
      for (int64_t kx = 0; kx < kernel.width; ++kx) {
        const float weight = kernel.row(ky)[kx];
        if (weight == 0) continue;
        const float* __restrict const from = source.row(y + ky) + kx;
        for (int64_t x = 0; x < plane.width; ++x) sums[x] += weight * from[x];
      }
    }
  }
  return out;
}

}  // namespace ijepa
