#pragma once

// Attention in bfloat16 with instructions that multiply pairs of bfloat16 and add them in float32, for AVX-512 and what
// comes with it. Probabilities and the gradients of scores are rounded to bfloat16 before they are multiplied, as
// LibTorch's own kernels do.
//
// `Products` is the instruction set's own part:
//   template <bool Adds> static void product(const Pair* a, int64_t a_row, const Pair* b, int64_t b_row, float* c,
//                                            int64_t c_row, int64_t rows, int64_t columns, int64_t depth)
//     C [rows, columns] = A [rows, depth pairs] · B [depth pairs, columns], or with Adds C + A · B; rows are so many units
//     apart, and `columns` is a multiple of 16;
//   kRows, a number of rows that it likes; kScores, how many floats of the scores it works on at a time;
//   a constructor and a destructor around the work on a head.

#include <immintrin.h>

#include "encoder/attention_kernel_body.h"

namespace ijepa {

namespace {

using Pair = uint32_t;  // two bfloat16, the first in the lower half

using Avx512 = Tile<16, 6, 4>;

constexpr int64_t kLanes = Avx512::kLanes;

constexpr int64_t pairs_in(int64_t elements) { return (elements + 1) / 2; }

// Elements of an even number, and rows an even number apart, as pairs.
const Pair* as_pairs(const BFloat16Bits* from) { return reinterpret_cast<const Pair*>(from); }

// ---- Matrices of pairs: the right factor of a product is [depth / 2, columns] pairs ----

// Each round makes the uppermost bit of a row's number the lowest of a column's, and the columns' uppermost bit the rows'
// lowest.
inline __attribute__((always_inline)) void transpose_square(__m512i (&square)[kLanes]) {
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i last = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
    __m512i next[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = _mm512_permutex2var_epi32(square[i], first, square[i + kLanes / 2]);
      next[2 * i + 1] = _mm512_permutex2var_epi32(square[i], last, square[i + kLanes / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) square[i] = next[i];
  }
}

// [rows, columns] of 32-bit units as [columns, width], zeros after the last row. `width` is a multiple of the lanes.
void transpose(const void* from, int64_t from_row, int64_t rows, int64_t columns, void* to, int64_t width) {
  const auto* const source = static_cast<const int32_t*>(from);
  auto* const target = static_cast<int32_t*>(to);
  for (int64_t j = 0; j < columns; j += kLanes) {
    const int64_t own = columns - j < kLanes ? columns - j : kLanes;
    const auto mask = static_cast<__mmask16>((1u << own) - 1);
    for (int64_t i = 0; i < width; i += kLanes) {
      __m512i square[kLanes];
#pragma GCC unroll 16
      for (int64_t r = 0; r < kLanes; ++r)
        square[r] = i + r < rows ? _mm512_maskz_loadu_epi32(mask, source + (i + r) * from_row + j) : __m512i{};
      transpose_square(square);
      for (int64_t c = 0; c < own; ++c) _mm512_storeu_si512(target + (j + c) * width + i, square[c]);
    }
  }
}

inline Avx512::Words widened(const Avx512::Halves& halves) {
  return __builtin_convertvector(halves, Avx512::Words);
}

// Two rows as one row of pairs.
inline void interleave(const BFloat16Bits* first, const BFloat16Bits* second, int64_t columns, Pair* to,
                       int64_t width) {
  int64_t j = 0;
  for (; j + kLanes <= columns; j += kLanes)
    store(to + j, widened(load<Avx512::Halves>(first + j)) | widened(load<Avx512::Halves>(second + j)) << 16);
  for (; j < columns; ++j) to[j] = first[j].bits | Pair{second[j].bits} << 16;
  for (; j < width; ++j) to[j] = 0;
}

// Neighbouring rows as pairs: [rows / 2, width], with zeros beside an odd last row and after the last column.
void pairs_down(const BFloat16Bits* from, int64_t stride, int64_t rows, int64_t columns, Pair* to,
                int64_t width) {
  for (int64_t i = 0; i + 1 < rows; i += 2, to += width)
    interleave(from + i * stride, from + (i + 1) * stride, columns, to, width);
  if (rows % 2 == 0) return;
  for (int64_t j = 0; j < width; ++j) to[j] = j < columns ? from[(rows - 1) * stride + j].bits : 0;
}

// ---- Rounding ----

inline Avx512::Halves rounded(const float* from) {
  return (Avx512::Halves)_mm512_cvtneps_pbh((__m512)load<Avx512::Floats>(from));
}

// A row of floats as bfloat16. `columns` is a multiple of the lanes.
inline void round_row(const float* from, int64_t columns, BFloat16Bits* to) {
  for (int64_t j = 0; j < columns; j += kLanes) store(to + j, rounded(from + j));
}

float dot(const BFloat16Bits* a, const BFloat16Bits* b, int64_t size) {
  Avx512::Floats sums{};
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) sums += read<Avx512>(a + i) * read<Avx512>(b + i);
  float sum = sum_of<Avx512>(sums);
  for (; i < size; ++i) sum += read_one(a + i) * read_one(b + i);
  return sum;
}

// ---- Sizes ----

template <typename Products>
struct PairSizes {
  explicit PairSizes(const AttentionShape& shape)
      : keys(round_up(shape.tokens, kLanes)),
        width(round_up(shape.head_dim, kLanes)),
        scale(1 / std::sqrt(static_cast<float>(shape.head_dim))) {
    constexpr int64_t kRows = Products::kRows;
    const int64_t whole = Products::kScores / keys / kRows * kRows;  // even, for pairs of queries
    block = whole < kRows ? kRows : (whole > shape.tokens ? round_up(shape.tokens, 2) : whole);
    across = round_up(block / 2, kLanes);
  }
  int64_t keys, width, block;  // as in Sizes
  int64_t across;              // pairs of a block's queries, filled up likewise
  float scale;
};

// ---- One head ----

template <typename Products>
void forward_pairs(const AttentionShape& shape, int64_t head, const BFloat16Bits* qkv, BFloat16Bits* out,
                   float* logsumexp, float* workspace) {
  const PairSizes<Products> sizes(shape);
  const int64_t tokens = shape.tokens, dim = shape.head_dim, stride = 3 * shape.embed_dim();
  const BFloat16Bits* const q = qkv + head * dim;
  Products products;
  Pieces pieces{workspace};
  auto* const keys = reinterpret_cast<Pair*>(pieces.take(pairs_in(dim) * sizes.keys));
  auto* const values = reinterpret_cast<Pair*>(pieces.take(pairs_in(tokens) * sizes.width));
  float* const scores = pieces.take(sizes.block * sizes.keys);
  auto* const probabilities = reinterpret_cast<BFloat16Bits*>(pieces.take(sizes.block * sizes.keys / 2));
  float* const mixed = pieces.take(sizes.block * sizes.width);
  float* const factors = pieces.take(sizes.block);
  transpose(q + shape.embed_dim(), stride / 2, tokens, dim / 2, keys, sizes.keys);
  pairs_down(q + 2 * shape.embed_dim(), stride, tokens, dim, values, sizes.width);
  for (int64_t begin = 0; begin < tokens; begin += sizes.block) {
    const int64_t rows = begin + sizes.block < tokens ? sizes.block : tokens - begin;
    products.template product<false>(as_pairs(q + begin * stride), stride / 2, keys, sizes.keys, scores, sizes.keys, rows,
                                     sizes.keys, dim / 2);
    for (int64_t i = 0; i < rows; ++i) {
      float* const row = scores + i * sizes.keys;
      float log_of_sum;
      factors[i] = 1 / exponentials<Avx512>(row, tokens, sizes.keys, sizes.scale, log_of_sum);
      if (logsumexp != nullptr) logsumexp[head * tokens + begin + i] = log_of_sum;
      round_row(row, sizes.keys, probabilities + i * sizes.keys);
    }
    products.template product<false>(as_pairs(probabilities), sizes.keys / 2, values, sizes.width, mixed, sizes.width, rows,
                                     sizes.width, pairs_in(tokens));
    pack<Avx512>(mixed, sizes.width, rows, dim, factors, out + begin * shape.embed_dim() + head * dim,
                 shape.embed_dim());
  }
}

// Of two queries, whose scores become probabilities and whose slopes the gradients of the scores: in
// bfloat16, the gradients [2, keys] as they are, and both [keys] as pairs of the two queries.
void pair_up(const float* probabilities, const float* slopes, int64_t keys, BFloat16Bits* gradients,
             Pair* probability_pairs, Pair* gradient_pairs) {
  round_row(slopes, keys, gradients);
  round_row(slopes + keys, keys, gradients + keys);
  interleave(gradients, gradients + keys, keys, gradient_pairs, keys);
  for (int64_t j = 0; j < keys; j += kLanes)
    store(probability_pairs + j,
          widened(rounded(probabilities + j)) | widened(rounded(probabilities + keys + j)) << 16);
}

// [dim, keys] as elements [tokens, dim], `stride` apart. `rows` holds kLanes rows of a head.
void pack_transposed(const float* from, int64_t keys, int64_t tokens, int64_t dim, float* rows, BFloat16Bits* to,
                     int64_t stride) {
  const int64_t width = round_up(dim, kLanes);
  for (int64_t i = 0; i < tokens; i += kLanes) {
    const int64_t own = tokens - i < kLanes ? tokens - i : kLanes;
    transpose(from + i, keys, dim, own, rows, width);
    pack<Avx512>(rows, width, own, dim, nullptr, to + i * stride, stride);
  }
}

// The gradients of keys and values are computed transposed: their right factors are then pairs of queries that lie in
// memory as the gradients of the scores and the probabilities come.
template <typename Products>
void backward_pairs(const AttentionShape& shape, int64_t head, const BFloat16Bits* qkv,
                    const BFloat16Bits* out, const float* logsumexp, const BFloat16Bits* out_gradient,
                    BFloat16Bits* qkv_gradient, float* workspace) {
  const PairSizes<Products> sizes(shape);
  const int64_t tokens = shape.tokens, dim = shape.head_dim, embed_dim = shape.embed_dim(),
                stride = 3 * embed_dim;
  const int64_t width = sizes.width, columns = sizes.keys, block = sizes.block, across = sizes.across;
  const BFloat16Bits* const q = qkv + head * dim;
  const BFloat16Bits* const slope = out_gradient + head * dim;
  Products products;
  Pieces pieces{workspace};
  const auto take_pairs = [&pieces](int64_t pairs) { return reinterpret_cast<Pair*>(pieces.take(pairs)); };
  Pair* const keys_across = take_pairs(pairs_in(dim) * columns);
  Pair* const values_across = take_pairs(pairs_in(dim) * columns);
  Pair* const keys_down = take_pairs(pairs_in(tokens) * width);
  Pair* const down = take_pairs(block / 2 * width);
  Pair* const queries_across = take_pairs(width * across);
  Pair* const slopes_across = take_pairs(width * across);
  float* const scores = pieces.take(block * columns);
  float* const score_slopes = pieces.take(block * columns);
  auto* const rounded_gradients = reinterpret_cast<BFloat16Bits*>(pieces.take(block * columns / 2));
  Pair* const probability_pairs = take_pairs(block / 2 * columns);
  Pair* const gradient_pairs = take_pairs(block / 2 * columns);
  float* const query_gradients = pieces.take(block * width);
  float* const key_gradients = pieces.take(width * columns);  // transposed
  float* const value_gradients = pieces.take(width * columns);
  float* const turned = pieces.take(kLanes * width);
  BFloat16Bits* const gradient = qkv_gradient + head * dim;
  transpose(q + embed_dim, stride / 2, tokens, dim / 2, keys_across, columns);
  transpose(q + 2 * embed_dim, stride / 2, tokens, dim / 2, values_across, columns);
  pairs_down(q + embed_dim, stride, tokens, dim, keys_down, width);
  for (int64_t begin = 0; begin < tokens; begin += block) {
    const int64_t rows = begin + block < tokens ? block : tokens - begin;
    const BFloat16Bits* const own_queries = q + begin * stride;
    const BFloat16Bits* const own_slopes = slope + begin * embed_dim;
    const BFloat16Bits* const own_out = out + head * dim + begin * embed_dim;
    pairs_down(own_queries, stride, rows, dim, down, width);
    transpose(down, width, pairs_in(rows), dim, queries_across, across);
    pairs_down(own_slopes, embed_dim, rows, dim, down, width);
    transpose(down, width, pairs_in(rows), dim, slopes_across, across);
    products.template product<false>(as_pairs(own_queries), stride / 2, keys_across, columns, scores, columns, rows, columns,
                                     dim / 2);
    products.template product<false>(as_pairs(own_slopes), embed_dim / 2, values_across, columns, score_slopes, columns,
                                     rows, columns, dim / 2);
    for (int64_t i = 0; i < rows; ++i)
      score_gradients<Avx512>(scores + i * columns, score_slopes + i * columns, tokens, columns, sizes.scale,
                              logsumexp[head * tokens + begin + i],
                              dot(own_slopes + i * embed_dim, own_out + i * embed_dim, dim));
    if (rows % 2 != 0) {  // an odd last query is beside one without any weight
      std::memset(scores + rows * columns, 0, columns * sizeof(float));
      std::memset(score_slopes + rows * columns, 0, columns * sizeof(float));
    }
    for (int64_t i = 0; i < rows; i += 2)
      pair_up(scores + i * columns, score_slopes + i * columns, columns, rounded_gradients + i * columns,
              probability_pairs + i / 2 * columns, gradient_pairs + i / 2 * columns);
    products.template product<false>(as_pairs(rounded_gradients), columns / 2, keys_down, width, query_gradients, width,
                                     rows, width, pairs_in(tokens));
    pack<Avx512>(query_gradients, width, rows, dim, nullptr, gradient + begin * stride, stride);
    const auto add = begin == 0 ? &Products::template product<false> : &Products::template product<true>;
    add(queries_across, across, gradient_pairs, columns, key_gradients, columns, dim, columns, pairs_in(rows));
    add(slopes_across, across, probability_pairs, columns, value_gradients, columns, dim, columns, pairs_in(rows));
  }
  pack_transposed(key_gradients, columns, tokens, dim, turned, gradient + embed_dim, stride);
  pack_transposed(value_gradients, columns, tokens, dim, turned, gradient + 2 * embed_dim, stride);
}

// A head of odd width has no pairs.
template <typename Products, typename... Arguments>
void forward_bf16(const AttentionShape& shape, Arguments... arguments) {
  (shape.head_dim % 2 == 0 ? &forward_pairs<Products> : &forward<Avx512, BFloat16Bits>)(shape, arguments...);
}

template <typename Products, typename... Arguments>
void backward_bf16(const AttentionShape& shape, Arguments... arguments) {
  (shape.head_dim % 2 == 0 ? &backward_pairs<Products> : &backward<Avx512, BFloat16Bits>)(shape, arguments...);
}

// Enough for either way, forward and backward.
template <typename Products>
int64_t enough_workspace(const AttentionShape& shape) {
  const PairSizes<Products> sizes(shape);
  const int64_t head =
      2 * (pairs_in(shape.head_dim) + sizes.width) * sizes.keys + pairs_in(shape.tokens) * sizes.width;
  const int64_t pairs =
      head + sizes.width * (2 * sizes.across + kLanes) + sizes.block * (2 * sizes.width + 7 * sizes.keys / 2);
  const int64_t floats = workspace_floats<Avx512>(shape);
  return pairs < floats ? floats : pairs;
}

template <typename Products>
constexpr AttentionKernels pair_kernels(const char* instructions) {
  return {instructions,
          {&forward<Avx512, float>, &backward<Avx512, float>},
          {&forward_bf16<Products>, &backward_bf16<Products>},
          &enough_workspace<Products>};
}

}  // namespace

}  // namespace ijepa
