#pragma once

// Random brightness, contrast, saturation and hue in random order: torchvision's ColorJitter.

#include <array>
#include <vector>

#include "augment/planes.h"
#include "base/random.h"

namespace ijepa {

enum class JitterKind { kBrightness, kContrast, kSaturation, kHue };

// How far each may go: the first three from max(0, 1 - x) to 1 + x, hue from -x to x of the circle (at most 0.5). 0: not at
// all.
struct ColorJitter {
  double brightness = 0, contrast = 0, saturation = 0, hue = 0;

  bool is_on() const { return brightness > 0 || contrast > 0 || saturation > 0 || hue > 0; }
};

struct JitterStep {
  JitterKind kind;
  double factor;
};

// What is on, uniform, in a uniform order.
std::vector<JitterStep> draw_color_jitter(Random& random, const ColorJitter& jitter);

void apply(const JitterStep& step, const Planes& picture);

}  // namespace ijepa
