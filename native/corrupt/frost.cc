#include "corrupt/frost.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "corrupt/noise.h"
#include "corrupt/plane.h"

namespace ijepa {

namespace {

// Means and deviations of red, green and blue in the five photographs of which the reference draws one (two are the same).
struct Tint {
  std::array<float, 3> mean, deviation;
};
constexpr std::array<Tint, 5> kTints{{{{77.7f, 149.1f, 165.7f}, {26.6f, 16.3f, 15.2f}},
                                      {{200.8f, 205.4f, 214.5f}, {21.2f, 22.0f, 22.5f}},
                                      {{200.8f, 205.4f, 214.5f}, {21.2f, 22.0f, 22.5f}},
                                      {{137.6f, 152.8f, 165.1f}, {28.2f, 28.2f, 29.5f}},
                                      {{112.4f, 123.4f, 134.8f}, {44.0f, 42.8f, 41.2f}}}};

// Of the variance, what noise of cells of so many pixels has: the autocorrelation of these photographs, which falls slowly
// from 0.88 at a distance of one pixel to 0.3 at 128. The rest, 0.2, are needles.
struct Octave {
  double cell, variance;
};
constexpr std::array<Octave, 7> kOctaves{{{2, 0.08}, {4, 0.06}, {8, 0.11}, {16, 0.10}, {32, 0.08}, {64, 0.07}, {256, 0.30}}};
constexpr double kNeedles = 0.2;

// Linear between normal draws `cell` pixels apart, at a place by chance.
void add_octave(Plane& field, double cell, double variance, Random& random) {
  const auto nodes = [cell](int64_t length) { return static_cast<int64_t>(static_cast<double>(length) / cell) + 3; };
  const int64_t rows = nodes(field.height), columns = nodes(field.width);
  const auto normals = draw_normals(random, rows * columns);
  const double top = random.uniform(), left = random.uniform();
  // A mean of two neighbours, by uniform shares, keeps 2/3 of their variance; both ways 4/9.
  const auto strength = static_cast<float>(std::sqrt(variance * (cell > 1 ? 9.0 / 4 : 1)));
  for (int64_t y = 0; y < field.height; ++y) {
    const double down = cell > 1 ? static_cast<double>(y) / cell + top : static_cast<double>(y);
    const auto above = static_cast<int64_t>(down);
    const float* const first = normals.data() + above * columns;
    const auto share = static_cast<float>(down - static_cast<double>(above));
    float* const out = field.row(y);
    for (int64_t x = 0; x < field.width; ++x) {
      const double across = cell > 1 ? static_cast<double>(x) / cell + left : static_cast<double>(x);
      const auto before = static_cast<int64_t>(across);
      const auto right = static_cast<float>(across - static_cast<double>(before));
      const float* const node = first + before;
      const float upper = node[0] + right * (node[1] - node[0]);
      const float lower = node[columns] + right * (node[columns + 1] - node[columns]);
      out[x] += strength * (upper + share * (lower - upper));
    }
  }
}

// Straight lines of all directions, light and dark, over a third of the picture.
void add_needles(Plane& field, double scale, double variance, Random& random) {
  constexpr double kCovered = 1.0 / 3, kShortest = 6, kLongest = 40;
  const auto area = static_cast<double>(field.height * field.width);
  const auto strength = static_cast<float>(std::sqrt(variance / kCovered));
  for (double drawn = 0; drawn < kCovered * area;) {
    const double length = std::max(2.0, scale * (kShortest + (kLongest - kShortest) * random.uniform()));
    const double angle = 2 * std::numbers::pi * random.uniform();
    double y = static_cast<double>(field.height) * random.uniform(), x = static_cast<double>(field.width) * random.uniform();
    const float colour = random.uniform() < 0.5 ? strength : -strength;
    for (double along = 0; along < length; ++along, y += std::sin(angle), x += std::cos(angle)) {
      if (y < 0 || x < 0 || y >= static_cast<double>(field.height) || x >= static_cast<double>(field.width)) break;
      field.row(static_cast<int64_t>(y))[static_cast<int64_t>(x)] += colour;
    }
    drawn += length;
  }
}

}  // namespace

void frost(const Planes& picture, const Frost& frost, const Planes& overlay) {
  const auto own = static_cast<float>(frost.picture), other = static_cast<float>(frost.frost);
  for (int64_t i = 0; i < 3 * picture.area(); ++i)
    picture.data[i] = to_level(own * static_cast<float>(picture.data[i]) + other * static_cast<float>(overlay.data[i]));
}

std::vector<uint8_t> draw_frost(Random& random, int64_t height, int64_t width, double scale) {
  const Tint& tint = kTints[static_cast<size_t>(random.below(kTints.size()))];
  Plane field(height, width);
  for (const Octave& octave : kOctaves) add_octave(field, std::max(1.0, octave.cell * scale), octave.variance, random);
  add_needles(field, scale, kNeedles, random);
  std::vector<uint8_t> frost(static_cast<size_t>(3 * height * width));
  auto out = frost.begin();
  for (size_t c = 0; c < 3; ++c)
    out = std::ranges::transform(field.values, out, [&](float value) {
            return to_level(tint.mean[c] + tint.deviation[c] * value);
          }).out;
  return frost;
}

}  // namespace ijepa
