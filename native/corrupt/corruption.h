#pragma once

// The 15 corruptions of ImageNet-C and its 4 extra ones, by name and severity, at any size.

#include <cstdint>
#include <optional>
#include <string_view>

#include "augment/planes.h"

namespace ijepa {

enum class CorruptionKind {
  kGaussianNoise, kShotNoise, kImpulseNoise,
  kDefocusBlur, kGlassBlur, kMotionBlur, kZoomBlur,
  kSnow, kFrost, kFog, kBrightness,
  kContrast, kElasticTransform, kPixelate, kJpegCompression,
  kSpeckleNoise, kGaussianBlur, kSpatter, kSaturate,
};

// As ImageNet-C spells it: "gaussian_noise", …; none: there is no such corruption.
std::optional<CorruptionKind> corruption_named(std::string_view name);

// Field by field the CorruptionOptions of binding.gyp.d.ts.
struct Corruption {
  CorruptionKind kind;
  int severity = 0;  // 1 to 5; 0 changes nothing
  uint64_t seed = 0;
};

// In place. All draws depend on the pixels, the kind, the severity and the seed alone. Throws kArgument for another severity.
void corrupt(const Planes& picture, const Corruption& corruption);

}  // namespace ijepa
