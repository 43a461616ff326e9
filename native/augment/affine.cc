#include "augment/affine.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace ijepa {

namespace {

constexpr int64_t kBorder = 2;  // what interpolation reaches beyond a picture, where its edge goes on

// One axis of a map: a pixel with the centre (x, y) comes from the place x * along + y * across + shift of it.
struct Axis {
  double along, across, shift;

  bool keeps_rows() const { return along == 0 && across == 1 && shift == 0; }
  bool keeps_columns() const { return along == 1 && across == 0 && shift == 0; }
  Axis transposed() const { return {across, along, shift}; }
};

// Where along an axis the pixels of a row come from: the first of the four pixels around each place, and their weights.
class RowTaps {
 public:
  explicit RowTaps(int64_t columns) : places_(static_cast<size_t>(columns)), first_(places_.size()) {
    weights_.fill(std::vector<float>(places_.size()));
  }

  void place(const Axis& axis, int64_t row, int64_t length, Interpolation interpolation);

  // The columns whose places are inside the picture: all between are, too, and only theirs are known.
  int64_t begin() const { return begin_; }
  int64_t end() const { return end_; }
  const int32_t* first() const { return first_.data(); }
  const float* weights(size_t i) const { return weights_[i].data(); }
  // Each first pixel is that of the column before + 1.
  bool are_in_line() const;

 private:
  std::vector<double> places_;
  std::vector<int32_t> first_;
  std::array<std::vector<float>, 4> weights_;
  int64_t begin_ = 0, end_ = 0;
};

void RowTaps::place(const Axis& axis, int64_t row, int64_t length, Interpolation interpolation) {
  const auto columns = static_cast<int32_t>(places_.size());
  const double slope = axis.along, offset = axis.across * (static_cast<double>(row) + 0.5), shift = axis.shift;
  double* const places = places_.data();
  for (int32_t x = 0; x < columns; ++x) places[x] = slope * (x + 0.5) + offset + shift;
  const auto is_inside = [&](int64_t x) { return places[x] >= 0 && places[x] < static_cast<double>(length); };
  for (begin_ = 0; begin_ < columns && !is_inside(begin_);) ++begin_;
  for (end_ = columns; end_ > begin_ && !is_inside(end_ - 1);) --end_;
  int32_t* __restrict const first = first_.data();
  float* __restrict const before = weights_[0].data();
  float* __restrict const left = weights_[1].data();
  float* __restrict const right = weights_[2].data();
  float* __restrict const after = weights_[3].data();
  const bool is_cubic = interpolation == Interpolation::kBicubic;
  for (int64_t x = begin_; x < end_; ++x) {
    const int32_t pixel = static_cast<int32_t>(places[x] + 0.5) - 2;
    const auto t = static_cast<float>(places[x] - 0.5 - static_cast<double>(pixel + 1));
    first[x] = pixel;
    // Of a place that lies t of the way from the second pixel to the third. Pillow's cubic is Keys' with a = -1.
    before[x] = is_cubic ? t * (-1 + t * (2 - t)) : 0;
    left[x] = is_cubic ? 1 + t * t * (t - 2) : 1 - t;
    right[x] = is_cubic ? t * (1 + t * (1 - t)) : t;
    after[x] = is_cubic ? t * t * (t - 1) : 0;
  }
}

bool RowTaps::are_in_line() const {
  if (begin_ == end_) return true;
  const int32_t* const first = first_.data();
  const int32_t distance = first[begin_] - static_cast<int32_t>(begin_);
  int32_t other = 0;
  for (auto x = static_cast<int32_t>(begin_); x < static_cast<int32_t>(end_); ++x) other |= (first[x] - x) ^ distance;
  return other == 0;
}

// Cut off at the point, as Pillow does.
inline uint8_t level(float value) { return static_cast<uint8_t>(static_cast<int>(std::min(std::max(value, 0.0f), 255.0f))); }

// `line` begins kBorder before the row's first pixel.
void filter(const float* line, const RowTaps& taps, bool are_in_line, uint8_t* __restrict out) {
  const float *const a = taps.weights(0), *const b = taps.weights(1), *const c = taps.weights(2), *const d = taps.weights(3);
  const int32_t* const first = taps.first();
  const int64_t begin = taps.begin(), end = taps.end();
  if (are_in_line) {
    const float* const from = line + kBorder + (begin < end ? first[begin] : 0);
    for (int64_t x = begin; x < end; ++x) {
      const float* const at = from + (x - begin);
      out[x] = level(a[x] * at[0] + b[x] * at[1] + c[x] * at[2] + d[x] * at[3]);
    }
  } else {
    for (int64_t x = begin; x < end; ++x) {
      const float* const at = line + kBorder + first[x];
      out[x] = level(a[x] * at[0] + b[x] * at[1] + c[x] * at[2] + d[x] * at[3]);
    }
  }
}

// A map that keeps rows: each is filtered along itself.
void move_along_rows(const Planes& picture, const Axis& axis, Interpolation interpolation, const Colour& fill) {
  const int64_t width = picture.width;
  RowTaps taps(width);
  std::vector<float> line(static_cast<size_t>(width + 2 * kBorder));
  for (int64_t row = 0; row < picture.height; ++row) {
    if (row == 0 || axis.across != 0) taps.place(axis, row, width, interpolation);
    const bool are_in_line = taps.are_in_line();
    for (int64_t channel = 0; channel < 3; ++channel) {
      uint8_t* const values = picture.plane(channel) + row * width;
      std::copy_n(values, width, line.begin() + kBorder);
      std::fill_n(line.begin(), kBorder, values[0]);
      std::fill_n(line.end() - kBorder, kBorder, values[width - 1]);
      filter(line.data(), taps, are_in_line, values);
      std::fill(values, values + taps.begin(), fill[static_cast<size_t>(channel)]);
      std::fill(values + taps.end(), values + width, fill[static_cast<size_t>(channel)]);
    }
  }
}

// Rows of pixels become columns. By blocks, whose lines all stay in the cache.
void transpose(const Planes& from, const Planes& to) {
  constexpr int64_t kBlock = 32;
  for (int64_t channel = 0; channel < 3; ++channel) {
    const uint8_t* const in = from.plane(channel);
    uint8_t* __restrict const out = to.plane(channel);
    const int64_t height = from.height, width = from.width;
    for (int64_t top = 0; top < height; top += kBlock)
      for (int64_t left = 0; left < width; left += kBlock)
        for (int64_t x = left; x < std::min(left + kBlock, width); ++x)
          for (int64_t y = top; y < std::min(top + kBlock, height); ++y) out[x * height + y] = in[y * width + x];
  }
}

// Red, green, blue and nothing of one pixel.
using Pixel = float __attribute__((vector_size(16)));
using Levels = int32_t __attribute__((vector_size(16)));

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

inline Pixel load(const float* at) {
  Pixel pixel;
  std::memcpy(&pixel, at, sizeof(pixel));
  return pixel;
}

// Cut off at the point.
inline Levels levels_of(Pixel pixel) {
  constexpr Pixel kLeast{0, 0, 0, 0}, kMost{255, 255, 255, 255};
  pixel = pixel < kLeast ? kLeast : pixel;
  return __builtin_convertvector(pixel > kMost ? kMost : pixel, Levels);
}

// Any map: the 4 x 4 pixels around each place.
void move_anywhere(const Planes& picture, const Axis& x_axis, const Axis& y_axis, Interpolation interpolation,
                   const Colour& fill, std::vector<float>& scratch) {
  const Canvas canvas(picture, scratch);
  const int64_t width = picture.width, step = canvas.row();
  RowTaps across(width), down(width);
  for (int64_t row = 0; row < picture.height; ++row) {
    across.place(x_axis, row, width, interpolation);
    down.place(y_axis, row, picture.height, interpolation);
    const int64_t begin = std::max(across.begin(), down.begin());
    const int64_t end = std::max(begin, std::min(across.end(), down.end()));
    std::array<uint8_t*, 3> out;
    for (size_t c = 0; c < 3; ++c) {
      out[c] = picture.plane(static_cast<int64_t>(c)) + row * width;
      std::fill(out[c], out[c] + begin, fill[c]);
      std::fill(out[c] + end, out[c] + width, fill[c]);
    }
    for (int64_t x = begin; x < end; ++x) {
      const float a = across.weights(0)[x], b = across.weights(1)[x], c = across.weights(2)[x], d = across.weights(3)[x];
      const auto weigh = [&](const float* at) {
        return a * load(at) + b * load(at + 4) + c * load(at + 8) + d * load(at + 12);
      };
      const float* const first = canvas.at(across.first()[x], down.first()[x]);
      const Pixel pixel = down.weights(0)[x] * weigh(first) + down.weights(1)[x] * weigh(first + step) +
                          down.weights(2)[x] * weigh(first + 2 * step) + down.weights(3)[x] * weigh(first + 3 * step);
      const Levels levels = levels_of(pixel);
      for (size_t i = 0; i < 3; ++i) out[i][x] = static_cast<uint8_t>(levels[i]);
    }
  }
}

}  // namespace

AffineMap rotation(double degrees, int64_t height, int64_t width) {
  const double angle = -degrees * std::numbers::pi / 180, cosine = std::cos(angle), sine = std::sin(angle);
  const double x = static_cast<double>(width) / 2, y = static_cast<double>(height) / 2;
  return {cosine, sine, -cosine * x - sine * y + x, -sine, cosine, sine * x - cosine * y + y};
}

void transform(const Planes& picture, const AffineMap& map, Interpolation interpolation, const Colour& fill,
               AugmentScratch& scratch) {
  const Axis x_axis{map[0], map[1], map[2]}, y_axis{map[3], map[4], map[5]};
  if (y_axis.keeps_rows()) return move_along_rows(picture, x_axis, interpolation, fill);
  if (!x_axis.keeps_columns()) return move_anywhere(picture, x_axis, y_axis, interpolation, fill, scratch.floats);
  scratch.bytes.resize(static_cast<size_t>(3 * picture.area()));
  const Planes turned{scratch.bytes.data(), picture.width, picture.height};
  transpose(picture, turned);
  move_along_rows(turned, y_axis.transposed(), interpolation, fill);
  transpose(turned, picture);
}

}  // namespace ijepa
