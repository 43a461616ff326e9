#include "corrupt/blur.h"

#include <cmath>

#include "corrupt/smooth.h"
#include "corrupt/zoom.h"

namespace ijepa {

namespace {

// OpenCV's GaussianBlur of `side` x `side` values.
Plane small_gaussian(int side, double sigma) {
  Plane kernel(side, side);
  const int radius = side / 2;
  double sum = 0;
  const auto value = [&](int i) { return std::exp(-i * i / (2 * sigma * sigma)); };
  for (int i = -radius; i <= radius; ++i) sum += value(i);
  for (int y = -radius; y <= radius; ++y)
    for (int x = -radius; x <= radius; ++x)
      kernel.row(y + radius)[x + radius] = static_cast<float>(value(y) * value(x) / (sum * sum));
  return kernel;
}

Plane disk(const Defocus& defocus) {
  const bool is_small = defocus.radius <= 8;
  const int reach = is_small ? 8 : static_cast<int>(defocus.radius);
  Plane kernel(2 * reach + 1, 2 * reach + 1);
  int count = 0;
  const auto is_within = [&](int y, int x) { return y * y + x * x <= defocus.radius * defocus.radius; };
  for (int y = -reach; y <= reach; ++y)
    for (int x = -reach; x <= reach; ++x) count += is_within(y, x);
  for (int y = -reach; y <= reach; ++y)
    for (int x = -reach; x <= reach; ++x)
      if (is_within(y, x)) kernel.row(y + reach)[x + reach] = 1 / static_cast<float>(count);
  return correlate(kernel, small_gaussian(is_small ? 3 : 5, defocus.edge));
}

// One round of it: every pixel but those near the edge, from the last to the first, becomes one nearby.
size_t take_from_nearby(const Planes& picture, int64_t distance, std::span<const Offset> offsets, size_t next) {
  for (int64_t y = picture.height - distance; y > distance; --y) {
    for (int64_t x = picture.width - distance; x > distance; --x) {
      const Offset offset = offsets[next++];
      const int64_t to = y * picture.width + x, from = to + offset.down * picture.width + offset.across;
      for (int64_t c = 0; c < 3; ++c) picture.plane(c)[to] = picture.plane(c)[from];
    }
  }
  return next;
}

int64_t length_of(const Zoom& zoom) { return static_cast<int64_t>(std::ceil((zoom.end - 1) / zoom.step)); }

}  // namespace

void gaussian_blur(const Planes& picture, double sigma) { smooth(picture, sigma); }

void defocus_blur(const Planes& picture, const Defocus& defocus) {
  const Plane kernel = disk(defocus);
  for (int64_t c = 0; c < 3; ++c) write_plane(correlate(read_plane(picture, c), kernel), picture, c);
}

std::vector<Offset> draw_offsets(Random& random, const Glass& glass, int64_t height, int64_t width) {
  const int64_t distance = glass.distance;
  const int64_t rows = std::max<int64_t>(0, height - 2 * distance), columns = std::max<int64_t>(0, width - 2 * distance);
  std::vector<Offset> offsets(static_cast<size_t>(glass.rounds * rows * columns));
  const auto draw = [&] { return static_cast<int8_t>(random.below(2 * distance) - distance); };
  for (Offset& offset : offsets) offset = {draw(), draw()};
  return offsets;
}

// The reference swaps two views of one array, which makes both the second: a pixel is taken, not exchanged.
void glass_blur(const Planes& picture, const Glass& glass, std::span<const Offset> offsets) {
  smooth(picture, glass.sigma);
  size_t next = 0;
  for (int round = 0; round < glass.rounds; ++round) next = take_from_nearby(picture, glass.distance, offsets, next);
  smooth(picture, glass.sigma);
}

void zoom_blur(const Planes& picture, const Zoom& zoom) {
  const int64_t count = length_of(zoom);
  const double step = (1 + zoom.step) - 1;  // numpy.arange's
  for (int64_t c = 0; c < 3; ++c) {
    const Plane plane = read_plane(picture, c);
    Plane sum = plane;
    for (int64_t i = 0; i < count; ++i) {
      const Plane layer = zoom_middle(plane, 1 + static_cast<double>(i) * step);
      const int64_t rows = std::min(layer.height, sum.height), columns = std::min(layer.width, sum.width);
      for (int64_t y = 0; y < rows; ++y)
        for (int64_t x = 0; x < columns; ++x) sum.row(y)[x] += layer.row(y)[x];
    }
    for (float& value : sum.values) value /= static_cast<float>(count + 1);
    write_plane(sum, picture, c);
  }
}

}  // namespace ijepa
