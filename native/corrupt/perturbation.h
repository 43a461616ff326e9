#pragma once

// Changes that take one quality of a picture away each: by how the answer changes one sees what a classifier goes by.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "augment/planes.h"
#include "base/random.h"

namespace ijepa {

enum class PerturbationKind { kGrey, kHue, kBlur, kShuffle, kFlip, kRotation, kCrop };

// "grey", "hue", "blur", "shuffle", "flip", "rotation", "crop"; none: there is no such perturbation.
std::optional<PerturbationKind> perturbation_named(std::string_view name);

// Field by field the PerturbationOptions of binding.gyp.d.ts.
struct Perturbation {
  PerturbationKind kind;
  // 0 changes nothing. Grey: the part of the colour that is taken away, up to 1. Hue: the part of the circle that it is turned
  // by, up to 0.5, either way. Blur: deviation, in shorter sides, up to 0.5. Shuffle: patches a side, up to 64. Flip: 1.
  // Rotation: degrees, up to 180, either way. Crop: the part of each side that is cut off, up to 0.9.
  double strength = 0;
  uint64_t seed = 0;
};

// What is expected of its strength; null: it is as it should be.
const char* wrong_strength(const Perturbation& perturbation);

// In place. All draws depend on the pixels, the kind and the seed alone. Throws kArgument for a wrong strength.
void perturb(const Planes& picture, const Perturbation& perturbation, AugmentScratch& scratch);

// Patches [height / side, width / side] that tile the picture from its first corner: the patch at place i becomes that which was
// at order[i], of side * side. What the patches leave over at the ends stays.
void shuffle_patches(const Planes& picture, int64_t side, std::span<const int64_t> order, AugmentScratch& scratch);
std::vector<int64_t> draw_order(Random& random, int64_t count);

// From right to left.
void flip(const Planes& picture);

// Counterclockwise; what comes from outside has the picture's mean colour.
void rotate(const Planes& picture, double degrees, AugmentScratch& scratch);

// The part of it with this first corner and size, as large as the whole.
void crop(const Planes& picture, int64_t top, int64_t left, int64_t height, int64_t width);

}  // namespace ijepa
