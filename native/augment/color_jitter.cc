#include "augment/color_jitter.h"

#include <algorithm>
#include <utility>

#include "augment/enhance.h"

namespace ijepa {

std::vector<JitterStep> draw_color_jitter(Random& random, const ColorJitter& jitter) {
  std::vector<JitterStep> steps;
  const auto add = [&](JitterKind kind, double strength, double low, double high) {
    if (strength > 0) steps.push_back({kind, low + (high - low) * random.uniform()});
  };
  const auto add_factor = [&](JitterKind kind, double strength) {
    add(kind, strength, std::max(0.0, 1 - strength), 1 + strength);
  };
  add_factor(JitterKind::kBrightness, jitter.brightness);
  add_factor(JitterKind::kContrast, jitter.contrast);
  add_factor(JitterKind::kSaturation, jitter.saturation);
  add(JitterKind::kHue, jitter.hue, -jitter.hue, jitter.hue);
  for (size_t i = steps.size(); i > 1; --i)
    std::swap(steps[i - 1], steps[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
  return steps;
}

void apply(const JitterStep& step, const Planes& picture) {
  switch (step.kind) {
    case JitterKind::kBrightness: return adjust_brightness(picture, step.factor);
    case JitterKind::kContrast: return adjust_contrast(picture, step.factor);
    case JitterKind::kSaturation: return adjust_saturation(picture, step.factor);
    case JitterKind::kHue: return adjust_hue(picture, step.factor);
  }
}

}  // namespace ijepa
