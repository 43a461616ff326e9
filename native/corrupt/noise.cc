#include "corrupt/noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "corrupt/plane.h"

namespace ijepa {

namespace {

// How likely so many photons or fewer are, up to where nearly all draws are.
std::vector<double> poisson_distribution(double mean) {
  std::vector<double> distribution;
  double probability = std::exp(-mean), sum = 0;
  for (int k = 0; sum < 1 - 1e-12 && k < 10'000; ++k) {
    distribution.push_back(sum += probability);
    probability *= mean / (k + 1);
  }
  return distribution;
}

}  // namespace

// G. Box and M. Muller (1958): two at a time, of one draw of 64 bits.
std::vector<float> draw_normals(Random& random, int64_t count) {
  std::vector<float> normals(static_cast<size_t>(count) + 1);
  for (size_t i = 0; i < static_cast<size_t>(count); i += 2) {
    const uint64_t draw = random.next();
    const float share = (static_cast<float>(draw >> 32) + 1) * 0x1.0p-32f;
    const float angle = static_cast<float>(draw & 0xffffffff) * (0x1.0p-32f * 2 * std::numbers::pi_v<float>);
    const float radius = std::sqrt(-2 * std::log(std::min(share, 1.0f)));
    normals[i] = radius * std::cos(angle);
    normals[i + 1] = radius * std::sin(angle);
  }
  normals.resize(static_cast<size_t>(count));
  return normals;
}

std::vector<float> draw_uniforms(Random& random, int64_t count) {
  std::vector<float> uniforms(static_cast<size_t>(count));
  for (float& value : uniforms) value = static_cast<float>(random.next() >> 40) * 0x1.0p-24f;
  return uniforms;
}

void gaussian_noise(const Planes& picture, double deviation, std::span<const float> normals) {
  const auto levels = static_cast<float>(255 * deviation);
  for (size_t i = 0; i < normals.size(); ++i)
    picture.data[i] = to_level(static_cast<float>(picture.data[i]) + levels * normals[i]);
}

void speckle_noise(const Planes& picture, double deviation, std::span<const float> normals) {
  const auto strength = static_cast<float>(deviation);
  for (size_t i = 0; i < normals.size(); ++i)
    picture.data[i] = to_level(static_cast<float>(picture.data[i]) * (1 + strength * normals[i]));
}

void shot_noise(const Planes& picture, double photons, Random& random) {
  std::array<std::vector<double>, 256> distributions;
  for (int64_t i = 0; i < 3 * picture.area(); ++i) {
    const uint8_t level = picture.data[i];
    auto& distribution = distributions[level];
    if (distribution.empty()) distribution = poisson_distribution(level / 255.0 * photons);
    const auto count = std::ranges::upper_bound(distribution, random.uniform()) - distribution.begin();
    picture.data[i] = to_level(static_cast<float>(static_cast<double>(count) / photons * 255));
  }
}

void impulse_noise(const Planes& picture, double probability, std::span<const float> hits, std::span<const float> colours) {
  for (size_t i = 0; i < hits.size(); ++i)
    if (hits[i] <= probability) picture.data[i] = colours[i] <= 0.5f ? 255 : 0;
}

}  // namespace ijepa
