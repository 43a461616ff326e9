#pragma once

// Float vectors by the compiler's vector extensions (GCC, Clang), and matrix products of them that stay in the cache.
// Included only by what is compiled for several instruction sets: everything is local to the file that includes it, and
// nothing of the standard library is used, whose inline functions a linker would share between them.

#include <cstdint>
#include <cstring>

namespace ijepa {

namespace {

// How many lanes a vector has, and the rows and vectors of the block of a product that is held in registers.
template <int Lanes, int Rows, int Vectors>
struct Tile {
  static constexpr int kLanes = Lanes, kRows = Rows, kVectors = Vectors;
  typedef float Floats __attribute__((vector_size(4 * Lanes)));
  typedef int32_t Ints __attribute__((vector_size(4 * Lanes)));
  typedef uint32_t Words __attribute__((vector_size(4 * Lanes)));
  typedef uint16_t Halves __attribute__((vector_size(2 * Lanes)));

  static inline __attribute__((always_inline)) Floats splat(float value) { return Floats{} + value; }
  static inline __attribute__((always_inline)) void add_product(Floats& sum, const Floats& a, const Floats& b) {
    sum += a * b;
  }
};

template <typename Vector, typename From>
inline __attribute__((always_inline)) Vector load(const From* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

template <typename Vector, typename To>
inline __attribute__((always_inline)) void store(To* to, const Vector& vector) {
  std::memcpy(to, &vector, sizeof vector);
}

template <typename T>
inline __attribute__((always_inline)) float sum_of(const typename T::Floats& values) {
  float sum = 0;
  for (int i = 0; i < T::kLanes; ++i) sum += values[i];
  return sum;
}

inline int64_t round_up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// exp(x) for x of at most 88, within 2 units in the last place; 0 from -87 on downwards, NaN for NaN. Cephes' expf: powers
// of two, and a polynomial between ±ln(2)/2.
template <typename T>
inline __attribute__((always_inline)) typename T::Floats exponential(typename T::Floats x) {
  using Floats = typename T::Floats;
  using Ints = typename T::Ints;
  constexpr float kLowest = -87.3f, kRounder = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer
  const auto is_zero = x < kLowest;
  const Floats shifted = x * 1.44269504f + kRounder;
  const Floats power = shifted - kRounder;
  const Floats rest = x - power * 0.693359375f + power * 2.12194440e-4f;
  Floats sum = rest * 1.9875691500e-4f + 1.3981999507e-3f;
  sum = sum * rest + 8.3334519073e-3f;
  sum = sum * rest + 4.1665795894e-2f;
  sum = sum * rest + 1.6666665459e-1f;
  sum = sum * rest + 5.0000001201e-1f;
  sum = sum * (rest * rest) + rest + 1.0f;
  // The rounder's own bits are shifted out.
  const Ints exponent = (__builtin_bit_cast(Ints, shifted) << 23) + (127 << 23);
  return is_zero ? Floats{} : sum * __builtin_bit_cast(Floats, exponent);
}

// What a product multiplies: `T::splat` of a unit and a vector of units, by `T::add_product` onto floats.
template <typename T, typename Unit>
using VectorOf = decltype(T::splat(Unit{}));

// A matrix whose rows and columns are so many units apart.
template <typename Unit>
struct Strided {
  const Unit* data;
  int64_t row, column;
};

// C [R, V vectors] (+)= A · B, `depth` products deep. B's and C's columns are contiguous.
template <typename T, int R, int V, bool Adds, typename Unit>
inline __attribute__((always_inline)) void tile_product(const Strided<Unit>& a, const Unit* b, int64_t b_row, float* c,
                                                        int64_t c_row, int64_t depth) {
  using Floats = typename T::Floats;
  Floats sums[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sums[r][v] = Adds ? load<Floats>(c + r * c_row + v * T::kLanes) : Floats{};
  for (int64_t k = 0; k < depth; ++k) {
    VectorOf<T, Unit> row[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) row[v] = load<VectorOf<T, Unit>>(b + k * b_row + v * T::kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const auto factor = T::splat(load<Unit>(a.data + r * a.row + k * a.column));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) T::add_product(sums[r][v], factor, row[v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) store(c + r * c_row + v * T::kLanes, sums[r][v]);
}

// All rows of C for one block of its columns.
template <typename T, int V, bool Adds, typename Unit>
__attribute__((noinline)) void column_product(const Strided<Unit>& a, const Unit* b, int64_t b_row, float* c,
                                              int64_t c_row, int64_t rows, int64_t depth) {
  int64_t i = 0;
  const auto at_row = [&a](int64_t row) { return Strided<Unit>{a.data + row * a.row, a.row, a.column}; };
  for (; i + T::kRows <= rows; i += T::kRows)
    tile_product<T, T::kRows, V, Adds>(at_row(i), b, b_row, c + i * c_row, c_row, depth);
  for (; i + 2 <= rows; i += 2) tile_product<T, 2, V, Adds>(at_row(i), b, b_row, c + i * c_row, c_row, depth);
  if (i < rows) tile_product<T, 1, V, Adds>(at_row(i), b, b_row, c + i * c_row, c_row, depth);
}

// C [rows, columns] = A [rows, depth] · B [depth, columns], or with Adds C + A · B. `columns` is a multiple of the lanes.
template <typename T, bool Adds, typename Unit>
void matrix_product(const Strided<Unit>& a, const Unit* b, int64_t b_row, float* c, int64_t c_row, int64_t rows,
                    int64_t columns, int64_t depth) {
  constexpr int64_t kWidth = T::kVectors * T::kLanes;
  int64_t j = 0;
  for (; j + kWidth <= columns; j += kWidth)
    column_product<T, T::kVectors, Adds>(a, b + j, b_row, c + j, c_row, rows, depth);
  for (; j < columns; j += T::kLanes) column_product<T, 1, Adds>(a, b + j, b_row, c + j, c_row, rows, depth);
}

}  // namespace

}  // namespace ijepa
