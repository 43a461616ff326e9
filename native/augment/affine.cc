#include "augment/affine.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace ijepa {

namespace {

// Red, green, blue and nothing of one pixel.
using Pixel = float __attribute__((vector_size(16)));
using Weights = std::array<float, 4>;

constexpr int64_t kBorder = 2;  // what interpolation reaches beyond a picture, where its edge goes on

Pixel load(const float* at) {
  Pixel pixel;
  std::memcpy(&pixel, at, sizeof(pixel));
  return pixel;
}

// Of the four pixels around a place that lies `along` of the way from the second to the third. Pillow's cubic is Keys' with
// a = -1.
Weights weights_at(double along, Interpolation interpolation) {
  const auto t = static_cast<float>(along);
  if (interpolation == Interpolation::kBilinear) return {0, 1 - t, t, 0};
  return {t * (-1 + t * (2 - t)), 1 + t * t * (t - 2), t * (1 + t * (1 - t)), t * t * (t - 1)};
}

Pixel weigh(const float* first, int64_t step, const Weights& weights) {
  return weights[0] * load(first) + weights[1] * load(first + step) + weights[2] * load(first + 2 * step) +
         weights[3] * load(first + 3 * step);
}

// Pixels side by side, with a border that repeats the edge: [height + 4, width + 4, 4].
class Canvas {
 public:
  Canvas(const Planes& picture, std::vector<float>& scratch) : row_(4 * (picture.width + 2 * kBorder)) {
    scratch.resize(static_cast<size_t>(row_ * (picture.height + 2 * kBorder)));
    values_ = scratch.data();
    for (int64_t y = 0; y < picture.height; ++y) fill_row(picture, y);
    float* const first = values_ + kBorder * row_;
    float* const last = first + (picture.height - 1) * row_;
    for (int64_t i = 1; i <= kBorder; ++i) {
      std::copy_n(first, row_, first - i * row_);
      std::copy_n(last, row_, last + i * row_);
    }
  }

  int64_t row() const { return row_; }
  // The pixel at (x, y), which may lie in the border.
  const float* at(int64_t x, int64_t y) const { return values_ + (y + kBorder) * row_ + 4 * (x + kBorder); }

 private:
  void fill_row(const Planes& picture, int64_t y) {
    float* const out = values_ + (y + kBorder) * row_ + 4 * kBorder;
    const uint8_t* const red = picture.plane(0) + y * picture.width;
    const uint8_t* const green = red + picture.area();
    const uint8_t* const blue = green + picture.area();
    for (int64_t x = 0; x < picture.width; ++x) {
      out[4 * x] = red[x], out[4 * x + 1] = green[x], out[4 * x + 2] = blue[x], out[4 * x + 3] = 0;
    }
    for (int64_t i = 1; i <= 4 * kBorder; i += 4) {
      std::copy_n(out, 4, out - 3 - i);
      std::copy_n(out + 4 * (picture.width - 1), 4, out + 4 * picture.width + i - 1);
    }
  }

  int64_t row_;
  float* values_;
};

// Where a coordinate lies between pixel centres: `first` of the four pixels around it, and their weights.
struct Taps {
  int64_t first;
  double along;

  // `place`: of a picture, so 0 or more; + 1 keeps what is cut off below it.
  explicit Taps(double place)
      : first(static_cast<int64_t>(place + 0.5) - 2), along(place - 0.5 - static_cast<double>(first + 1)) {}
};

inline Pixel interpolate(const Canvas& canvas, double x, double y, Interpolation interpolation) {
  const Taps across(x), down(y);
  if (down.along == 0) return weigh(canvas.at(across.first, down.first + 1), 4, weights_at(across.along, interpolation));
  if (across.along == 0)
    return weigh(canvas.at(across.first + 1, down.first), canvas.row(), weights_at(down.along, interpolation));
  const Weights columns = weights_at(across.along, interpolation), rows = weights_at(down.along, interpolation);
  const float* const first = canvas.at(across.first, down.first);
  return rows[0] * weigh(first, 4, columns) + rows[1] * weigh(first + canvas.row(), 4, columns) +
         rows[2] * weigh(first + 2 * canvas.row(), 4, columns) + rows[3] * weigh(first + 3 * canvas.row(), 4, columns);
}

// Cut off at the point, as Pillow does.
uint8_t level(float value) { return static_cast<uint8_t>(static_cast<int>(std::clamp(value, 0.0f, 255.0f))); }

}  // namespace

AffineMap rotation(double degrees, int64_t height, int64_t width) {
  const double angle = -degrees * std::numbers::pi / 180, cosine = std::cos(angle), sine = std::sin(angle);
  const double x = static_cast<double>(width) / 2, y = static_cast<double>(height) / 2;
  return {cosine, sine, -cosine * x - sine * y + x, -sine, cosine, sine * x - cosine * y + y};
}

void transform(const Planes& picture, const AffineMap& map, Interpolation interpolation, const Colour& fill,
               std::vector<float>& scratch) {
  const Canvas canvas(picture, scratch);
  const auto width = static_cast<double>(picture.width), height = static_cast<double>(picture.height);
  const AffineMap m = map;
  const int64_t columns = picture.width;
  const Pixel outside{static_cast<float>(fill[0]), static_cast<float>(fill[1]), static_cast<float>(fill[2]), 0};
  uint8_t *red = picture.plane(0), *green = picture.plane(1), *blue = picture.plane(2);
  for (int64_t row = 0; row < picture.height; ++row) {
    const double y = static_cast<double>(row) + 0.5;
    for (int64_t column = 0; column < columns; ++column) {
      const double x = static_cast<double>(column) + 0.5;
      const double from_x = m[0] * x + m[1] * y + m[2], from_y = m[3] * x + m[4] * y + m[5];
      const bool is_inside = from_x >= 0 && from_x < width && from_y >= 0 && from_y < height;
      const Pixel pixel = is_inside ? interpolate(canvas, from_x, from_y, interpolation) : outside;
      *red++ = level(pixel[0]), *green++ = level(pixel[1]), *blue++ = level(pixel[2]);
    }
  }
}

}  // namespace ijepa
