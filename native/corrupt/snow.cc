#include "corrupt/snow.h"

#include <algorithm>
#include <cmath>

#include "corrupt/zoom.h"

namespace ijepa {

namespace {

// 0 to 255, in whole levels.
Plane flakes(const Planes& picture, const Snow& snow, std::span<const float> normals, double degrees) {
  Plane noise(picture.height, picture.width);
  for (size_t i = 0; i < normals.size(); ++i)
    noise.values[i] = static_cast<float>(snow.mean + snow.deviation * static_cast<double>(normals[i]));
  Plane layer = zoom_middle(noise, snow.zoom);
  for (float& value : layer.values) value = value < static_cast<float>(snow.threshold) ? 0 : std::min(value, 1.0f);
  layer = motion_blur(layer, snow.motion, degrees);
  for (float& value : layer.values) value = std::nearbyint(value * 255);
  return layer;
}

// Of cv2.COLOR_RGB2GRAY.
float grey(float red, float green, float blue) { return 0.299f * red + 0.587f * green + 0.114f * blue; }

}  // namespace

void snow(const Planes& picture, const Snow& snow, std::span<const float> normals, double degrees) {
  const Plane layer = flakes(picture, snow, normals, degrees);
  const auto own = static_cast<float>(snow.picture);
  uint8_t *red = picture.plane(0), *green = picture.plane(1), *blue = picture.plane(2);
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x, ++red, ++green, ++blue) {
      // The same flakes a second time, turned around.
      const float fallen = layer.row(y)[x] + layer.row(picture.height - 1 - y)[picture.width - 1 - x];
      const float white = 1.5f * grey(*red, *green, *blue) + 127.5f;
      for (uint8_t* const channel : {red, green, blue}) {
        const float level = *channel;
        *channel = to_level(own * level + (1 - own) * std::max(level, white) + fallen);
      }
    }
  }
}

}  // namespace ijepa
