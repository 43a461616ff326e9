#include "corrupt/edges.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ijepa {

namespace {

struct Gradients {
  std::vector<int> across, down, size;  // [H, W]
};

Gradients sobel(const Plane& plane) {
  const Plane source = padded(plane, 1, 1, Border::kNearest);
  Gradients found;
  for (int64_t y = 0; y < plane.height; ++y) {
    const float *above = source.row(y), *here = source.row(y + 1), *below = source.row(y + 2);
    for (int64_t x = 0; x < plane.width; ++x) {
      const float across = above[x + 2] + 2 * here[x + 2] + below[x + 2] - above[x] - 2 * here[x] - below[x];
      const float down = below[x] + 2 * below[x + 1] + below[x + 2] - above[x] - 2 * above[x + 1] - above[x + 2];
      found.across.push_back(static_cast<int>(across));
      found.down.push_back(static_cast<int>(down));
      found.size.push_back(std::abs(found.across.back()) + std::abs(found.down.back()));
    }
  }
  return found;
}

class Canny {
 public:
  Canny(const Plane& plane, int low, int high)
      : height_(plane.height), width_(plane.width), low_(low), high_(high), gradients_(sobel(plane)) {}

  Plane find() {
    Plane edges(height_, width_);
    std::vector<int64_t> found;
    const auto add = [&](int64_t y, int64_t x) {
      edges.row(y)[x] = 1;
      found.push_back(y * width_ + x);
    };
    for (int64_t y = 0; y < height_; ++y)
      for (int64_t x = 0; x < width_; ++x)
        if (size(y, x) > high_ && is_ridge(y, x)) add(y, x);
    while (!found.empty()) {
      const int64_t y = found.back() / width_, x = found.back() % width_;
      found.pop_back();
      for (int64_t row = std::max<int64_t>(0, y - 1); row <= std::min(y + 1, height_ - 1); ++row)
        for (int64_t column = std::max<int64_t>(0, x - 1); column <= std::min(x + 1, width_ - 1); ++column)
          if (edges.row(row)[column] == 0 && size(row, column) > low_ && is_ridge(row, column)) add(row, column);
    }
    return edges;
  }

 private:
  int size(int64_t y, int64_t x) const {
    if (y < 0 || x < 0 || y >= height_ || x >= width_) return 0;
    return gradients_.size[static_cast<size_t>(y * width_ + x)];
  }

  // Whether the gradient is largest here along its direction, one of four.
  bool is_ridge(int64_t y, int64_t x) const {
    constexpr int64_t kTan22 = 13573;  // of 22.5 degrees, in 2^-15
    const auto at = static_cast<size_t>(y * width_ + x);
    const int64_t here = gradients_.size[at], across = std::abs(gradients_.across[at]);
    const int64_t down = int64_t{std::abs(gradients_.down[at])} << 15;
    if (down < across * kTan22) return here > size(y, x - 1) && here >= size(y, x + 1);
    if (down > across * kTan22 + (across << 16)) return here > size(y - 1, x) && here >= size(y + 1, x);
    const int64_t side = (gradients_.across[at] ^ gradients_.down[at]) < 0 ? -1 : 1;
    return here > size(y - 1, x - side) && here > size(y + 1, x + side);
  }

  int64_t height_, width_;
  int low_, high_;
  Gradients gradients_;
};

struct Move {
  int64_t down, across;
  float length;
};

// To neighbours above and on the left, with knight's moves; those below and on the right are their opposites.
constexpr Move kMoves[] = {{0, -1, 1},         {-1, 0, 1},          {-1, -1, 1.4f},      {-1, 1, 1.4f},
                           {-1, -2, 2.1969f}, {-1, 2, 2.1969f}, {-2, -1, 2.1969f}, {-2, 1, 2.1969f}};

void shorten(Plane& distances, int64_t y, int64_t x, int direction) {
  for (const Move& move : kMoves) {
    const int64_t row = y + direction * move.down, column = x + direction * move.across;
    if (row < 0 || column < 0 || row >= distances.height || column >= distances.width) continue;
    distances.row(y)[x] = std::min(distances.row(y)[x], distances.row(row)[column] + move.length);
  }
}

}  // namespace

Plane edges(const Plane& plane, int low, int high) { return Canny(plane, low, high).find(); }

Plane distances(const Plane& edges) {
  Plane found(edges.height, edges.width, 8192);
  for (size_t i = 0; i < edges.values.size(); ++i)
    if (edges.values[i] != 0) found.values[i] = 0;
  for (int64_t y = 0; y < found.height; ++y)
    for (int64_t x = 0; x < found.width; ++x) shorten(found, y, x, 1);
  for (int64_t y = found.height - 1; y >= 0; --y)
    for (int64_t x = found.width - 1; x >= 0; --x) shorten(found, y, x, -1);
  return found;
}

}  // namespace ijepa
