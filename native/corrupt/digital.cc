#include "corrupt/digital.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "corrupt/plane.h"
#include "image/jpeg_encoder.h"
#include "image/picture.h"

namespace ijepa {

namespace {

struct Range {
  int64_t begin, end;
};

// By output pixel, the input pixels under Pillow's box filter.
std::vector<Range> boxes(int64_t from, int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<Range> ranges;
  for (int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale, support = 0.5 * scale;
    const auto is_under = [&](int64_t x) {
      const double at = (static_cast<double>(x) - centre + 0.5) / scale;
      return at > -0.5 && at <= 0.5;
    };
    int64_t begin = std::max<int64_t>(0, static_cast<int64_t>(centre - support + 0.5));
    int64_t end = std::min(from, static_cast<int64_t>(centre + support + 0.5));
    while (begin + 1 < end && !is_under(begin)) ++begin;
    while (begin + 1 < end && !is_under(end - 1)) --end;
    ranges.push_back({begin, end});
  }
  return ranges;
}

// Along lines whose values are `step` apart, rounded to whole levels.
void shrink(const uint8_t* in, int64_t step, const std::vector<Range>& ranges, uint8_t* out) {
  for (const auto& [begin, end] : ranges) {
    int64_t sum = 0;
    for (int64_t i = begin; i < end; ++i) sum += in[i * step];
    const int64_t count = end - begin;
    *out = static_cast<uint8_t>((2 * sum + count) / (2 * count));
    out += step;
  }
}

// By output pixel, the nearest input pixel, with the rounding of Pillow, which adds up.
std::vector<int64_t> nearest(int64_t from, int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<int64_t> places;
  double at = 0.5 * scale;
  for (int64_t i = 0; i < to; ++i, at += scale) places.push_back(std::min(static_cast<int64_t>(at), from - 1));
  return places;
}

// [height, width] -> [rows, columns].
std::vector<uint8_t> shrunk(const uint8_t* plane, int64_t height, int64_t width, int64_t rows, int64_t columns) {
  std::vector<uint8_t> narrow(static_cast<size_t>(height * columns)), small(static_cast<size_t>(rows * columns));
  const auto across = boxes(width, columns), down = boxes(height, rows);
  for (int64_t y = 0; y < height; ++y) shrink(plane + y * width, 1, across, narrow.data() + y * columns);
  for (int64_t x = 0; x < columns; ++x) shrink(narrow.data() + x, columns, down, small.data() + x);
  return small;
}

}  // namespace

void lower_contrast(const Planes& picture, double factor) {
  for (int64_t c = 0; c < 3; ++c) {
    uint8_t* const plane = picture.plane(c);
    const int64_t sum = std::accumulate(plane, plane + picture.area(), int64_t{0});
    const double mean = static_cast<double>(sum) / static_cast<double>(picture.area());
    for (int64_t i = 0; i < picture.area(); ++i) plane[i] = to_level(static_cast<float>((plane[i] - mean) * factor + mean));
  }
}

// With hue and saturation as they are, red, green and blue grow as the value does, the largest of them.
void raise_brightness(const Planes& picture, double amount) {
  uint8_t *red = picture.plane(0), *green = picture.plane(1), *blue = picture.plane(2);
  const auto levels = static_cast<float>(255 * amount);
  for (int64_t i = 0; i < picture.area(); ++i) {
    const uint8_t most = std::max({red[i], green[i], blue[i]});
    const float value = std::min(static_cast<float>(most) + levels, 255.0f);
    for (uint8_t* const channel : {red, green, blue})
      channel[i] = to_level(most == 0 ? value : static_cast<float>(channel[i]) * value / static_cast<float>(most));
  }
}

// With hue and value as they are, what red, green and blue lack of the value grows as the saturation does. Grey has the hue
// of red.
void change_saturation(const Planes& picture, const Saturation& saturation) {
  uint8_t *red = picture.plane(0), *green = picture.plane(1), *blue = picture.plane(2);
  for (int64_t i = 0; i < picture.area(); ++i) {
    const float most = std::max({red[i], green[i], blue[i]}), least = std::min({red[i], green[i], blue[i]});
    const double before = most == 0 ? 0 : static_cast<double>((most - least) / most);
    const auto after = static_cast<float>(std::clamp(before * saturation.factor + saturation.amount, 0.0, 1.0));
    if (most == least) {
      green[i] = blue[i] = to_level(most * (1 - after));
      continue;
    }
    const float growth = after * most / (most - least);
    for (uint8_t* const channel : {red, green, blue})
      channel[i] = to_level(most - (most - static_cast<float>(channel[i])) * growth);
  }
}

void pixelate(const Planes& picture, double factor) {
  const auto small = [factor](int64_t side) {
    return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(side) * factor));
  };
  const int64_t height = picture.height, width = picture.width, rows = small(height), columns = small(width);
  const auto down = nearest(rows, height), across = nearest(columns, width);
  for (int64_t c = 0; c < 3; ++c) {
    uint8_t* out = picture.plane(c);
    const auto pixels = shrunk(out, height, width, rows, columns);
    for (const int64_t row : down)
      for (const int64_t column : across) *out++ = pixels[static_cast<size_t>(row * columns + column)];
  }
}

void compress_jpeg(const Planes& picture, int quality) {
  const at::Tensor planes = at::from_blob(picture.data, {3, picture.height, picture.width}, at::kByte);
  const auto bytes = encode_jpeg(planes.permute({1, 2, 0}).contiguous(), quality);
  planes.copy_(Picture(bytes, {}).decode().permute({2, 0, 1}));
}

}  // namespace ijepa
