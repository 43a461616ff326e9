#include "corrupt/fog.h"

#include <algorithm>
#include <bit>

#include "corrupt/plane.h"

namespace ijepa {

namespace {

// The map while it grows: points `step` apart are there, those between come next.
class Plasma {
 public:
  Plasma(int64_t side, std::span<const float> uniforms)
      : side_(side), uniforms_(uniforms), heights_(static_cast<size_t>(side * side)) {}

  // Of every square its middle.
  void fill_squares(int64_t step, double wobble) {
    const int64_t half = step / 2;
    for (int64_t y = 0; y < side_; y += step)
      for (int64_t x = 0; x < side_; x += step)
        at(y + half, x + half) = wobbled(at(y, x) + at(y + step, x) + at(y, x + step) + at(y + step, x + step), wobble);
  }

  // Of every diamond its middle: first those on the rows of corners, then those on the rows of middles.
  void fill_diamonds(int64_t step, double wobble) {
    const int64_t half = step / 2;
    for (int64_t y = 0; y < side_; y += step)
      for (int64_t x = half; x < side_; x += step) fill_diamond(y, x, half, wobble);
    for (int64_t y = half; y < side_; y += step)
      for (int64_t x = 0; x < side_; x += step) fill_diamond(y, x, half, wobble);
  }

  std::vector<double> scaled() {
    const auto [least, most] = std::ranges::minmax(heights_);
    for (double& height : heights_) height = (height - least) / (most - least);
    return std::move(heights_);
  }

 private:
  double& at(int64_t y, int64_t x) { return heights_[static_cast<size_t>((y & (side_ - 1)) * side_ + (x & (side_ - 1)))]; }
  void fill_diamond(int64_t y, int64_t x, int64_t half, double wobble) {
    at(y, x) = wobbled(at(y - half, x) + at(y + half, x) + at(y, x - half) + at(y, x + half), wobble);
  }
  double wobbled(double sum, double wobble) { return sum / 4 + wobble * wobble * (2 * static_cast<double>(uniforms_[next_++]) - 1); }

  int64_t side_;
  std::span<const float> uniforms_;
  size_t next_ = 0;
  std::vector<double> heights_;
};

}  // namespace

int64_t fog_side(int64_t height, int64_t width) {
  return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(std::max<int64_t>({height, width, 4}))));
}

std::vector<double> plasma(int64_t side, double decay, std::span<const float> uniforms) {
  Plasma map(side, uniforms);
  double wobble = 100;
  for (int64_t step = side; step >= 2; step /= 2, wobble /= decay) {
    map.fill_squares(step, wobble);
    map.fill_diamonds(step, wobble);
  }
  return map.scaled();
}

void fog(const Planes& picture, const Fog& fog, std::span<const float> uniforms) {
  const int64_t side = fog_side(picture.height, picture.width);
  const auto map = plasma(side, fog.decay, uniforms);
  const double most = *std::max_element(picture.data, picture.data + 3 * picture.area()) / 255.0;
  const auto share = static_cast<float>(most / (most + fog.strength)), levels = static_cast<float>(255 * fog.strength);
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t y = 0; y < picture.height; ++y) {
      uint8_t* const row = picture.plane(c) + y * picture.width;
      const double* const heights = map.data() + y * side;
      for (int64_t x = 0; x < picture.width; ++x)
        row[x] = to_level(share * (static_cast<float>(row[x]) + levels * static_cast<float>(heights[x])));
    }
  }
}

}  // namespace ijepa
