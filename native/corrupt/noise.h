#pragma once

// ImageNet-C's noise, each on pixels scaled to [0, 1], channel by channel.

#include <span>
#include <vector>

#include "augment/planes.h"
#include "base/random.h"

namespace ijepa {

// Standard normal draws, and draws in [0, 1).
std::vector<float> draw_normals(Random& random, int64_t count);
std::vector<float> draw_uniforms(Random& random, int64_t count);

// Adds normal noise of this deviation; `normals`: [3, H, W].
void gaussian_noise(const Planes& picture, double deviation, std::span<const float> normals);

// Multiplies by 1 + normal noise; `normals`: [3, H, W].
void speckle_noise(const Planes& picture, double deviation, std::span<const float> normals);

// Poisson noise: of so many photons where a channel is full.
void shot_noise(const Planes& picture, double photons, Random& random);

// Salt and pepper: each value is replaced with this probability, by 255 or 0 alike; `hits` and `colours`: uniform, [3, H, W].
void impulse_noise(const Planes& picture, double probability, std::span<const float> hits, std::span<const float> colours);

}  // namespace ijepa
