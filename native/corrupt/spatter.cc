#include "corrupt/spatter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "corrupt/edges.h"
#include "corrupt/smooth.h"

namespace ijepa {

namespace {

constexpr std::array<float, 3> kWater{175, 238, 238}, kMud{63, 42, 20};

Plane liquid(const Planes& picture, const Spatter& spatter, std::span<const float> normals) {
  Plane layer(picture.height, picture.width);
  for (size_t i = 0; i < normals.size(); ++i)
    layer.values[i] = static_cast<float>(spatter.mean + spatter.deviation * static_cast<double>(normals[i]));
  smooth(layer, {spatter.sigma, spatter.sigma});
  for (float& value : layer.values)
    if (value < static_cast<float>(spatter.threshold)) value = 0;
  return layer;
}

Plane ones(int64_t side) { return {side, side, 1}; }

// cv2.blur of 3 x 3.
Plane box_blur(const Plane& plane) {
  Plane sums = correlate(plane, ones(3));
  for (float& value : sums.values) value /= 9;
  return sums;
}

// cv2.equalizeHist of whole levels from 0 to 255.
void equalize(Plane& plane) {
  std::array<int64_t, 256> histogram{}, table{};
  for (const float value : plane.values) ++histogram[static_cast<size_t>(value)];
  size_t level = 0;
  while (histogram[level] == 0) ++level;
  const auto total = static_cast<int64_t>(plane.values.size());
  if (histogram[level] == total) return;
  const float scale = 255.0f / static_cast<float>(total - histogram[level]);
  for (int64_t sum = 0; ++level < 256;) table[level] = std::lrint(static_cast<float>(sum += histogram[level]) * scale);
  for (float& value : plane.values) value = static_cast<float>(table[static_cast<size_t>(value)]);
}

// How thick the water is: from the distance to the edges of drops, as lit from one side. 0 to 1.
Plane water(const Plane& liquid) {
  Plane levels = liquid;
  for (float& value : levels.values) value = static_cast<float>(static_cast<uint8_t>(static_cast<int>(value * 255)));
  Plane depth = distances(edges(levels, 50, 150));
  for (float& value : depth.values) value = std::min(value, 20.0f);
  depth = box_blur(depth);
  for (float& value : depth.values) value = std::floor(value + 1e-4f);
  equalize(depth);
  Plane relief(3, 3);
  relief.values = {-2, -1, 0, -1, 1, 1, 0, 1, 2};
  depth = correlate(depth, relief);
  for (float& value : depth.values) value = std::clamp(value, 0.0f, 255.0f);
  depth = box_blur(depth);
  float most = 0;
  for (size_t i = 0; i < depth.values.size(); ++i)
    most = std::max(most, depth.values[i] = std::nearbyint(depth.values[i]) * levels.values[i]);
  if (most > 0)
    for (float& value : depth.values) value /= most;
  return depth;
}

Plane mud(const Plane& liquid, double sigma) {
  Plane cover = liquid;
  for (float& value : cover.values) value = value > 0 ? 1 : 0;
  smooth(cover, {sigma, sigma});
  for (float& value : cover.values)
    if (value < 0.8f) value = 0;
  return cover;
}

}  // namespace

void spatter(const Planes& picture, const Spatter& spatter, std::span<const float> normals) {
  const Plane layer = liquid(picture, spatter, normals);
  const Plane cover = spatter.is_mud ? mud(layer, spatter.strength) : water(layer);
  const auto strength = static_cast<float>(spatter.strength);
  for (size_t c = 0; c < 3; ++c) {
    uint8_t* const levels = picture.plane(static_cast<int64_t>(c));
    for (size_t i = 0; i < cover.values.size(); ++i) {
      const float level = levels[i], covered = cover.values[i];
      levels[i] = to_level(spatter.is_mud ? level * (1 - covered) + kMud[c] * covered : level + strength * covered * kWater[c]);
    }
  }
}

}  // namespace ijepa
