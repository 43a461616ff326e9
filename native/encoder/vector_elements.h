#pragma once

// Vectors of floats from and to memory that holds float32 or bfloat16. As vector_math.h: local to the file that includes it.

#include "encoder/bfloat16_bits.h"
#include "encoder/vector_math.h"

namespace ijepa {

namespace {

template <typename T>
inline __attribute__((always_inline)) typename T::Floats read(const float* from) {
  return load<typename T::Floats>(from);
}

template <typename T>
inline __attribute__((always_inline)) typename T::Floats read(const BFloat16Bits* from) {
  using Words = typename T::Words;
  const Words words = __builtin_convertvector(load<typename T::Halves>(from), Words) << 16;
  return (typename T::Floats)words;
}

template <typename T>
inline __attribute__((always_inline)) void write(float* to, typename T::Floats values) {
  store(to, values);
}

// To the nearest, ties to even, as LibTorch rounds; NaN stays NaN.
template <typename T>
inline __attribute__((always_inline)) void write(BFloat16Bits* to, typename T::Floats values) {
  using Words = typename T::Words;
  const Words words = (Words)values;
  const Words rounded = (words + 0x7fffu + ((words >> 16) & 1u)) >> 16;
  const Words kept = values == values ? rounded : Words{} + 0x7fc0u;
  store(to, __builtin_convertvector(kept, typename T::Halves));
}

inline float read_one(const float* from) { return *from; }
inline float read_one(const BFloat16Bits* from) {
  const uint32_t word = uint32_t{from->bits} << 16;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

}  // namespace

}  // namespace ijepa
