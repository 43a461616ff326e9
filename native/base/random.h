#pragma once

// A small explicit random generator seeded by a key (seed, epoch, sample, ...): equal keys give equal draws
// on any machine, in any thread, whatever was drawn before elsewhere.

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>

namespace ijepa {

// xoshiro256++ 1.0 (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021), its
// state filled by SplitMix64 (G. Steele, D. Lea, C. Flood, 2014) as its authors recommend;
// https://prng.di.unimi.it.
class Random {
 public:
  // Keys that differ in a value, in their order or in their length give unrelated streams.
  explicit Random(std::initializer_list<uint64_t> key) {
    uint64_t mixed = key.size();
    for (const uint64_t part : key) mixed = split_mix(mixed) ^ part;
    for (uint64_t& word : state_) word = split_mix(mixed);
  }

  // 64 uniform bits.
  uint64_t next() {
    auto& s = state_;
    const uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
  }

  // In [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  // Standard normal, by Box and Muller (1958); takes two draws.
  double normal() {
    const double radius = std::sqrt(-2 * std::log1p(-uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  // In [0, n), without bias; n > 0.
  int64_t below(int64_t n) {
    const auto bound = static_cast<uint64_t>(n);
    const uint64_t remainder = -bound % bound;  // 2^64 mod n: draws below it would favour some results
    uint64_t draw = next();
    while (draw < remainder) draw = next();
    return static_cast<int64_t>(draw % bound);
  }

 private:
  // Advances `state` and returns its hash.
  static uint64_t split_mix(uint64_t& state) {
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::array<uint64_t, 4> state_{};
};

}  // namespace ijepa
