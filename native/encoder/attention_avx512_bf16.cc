// Attention with AVX-512 in float32, and in bfloat16 with the instruction that multiplies pairs of bfloat16
// and adds them in float32 (VDPBF16PS): twice as many products a cycle. Probabilities and the gradients of
// scores are rounded to bfloat16 before they are multiplied, as LibTorch's own kernels do.

#include <immintrin.h>

#include "encoder/attention_kernel_body.h"

namespace ijepa {

namespace {

using Pair = uint32_t;  // two bfloat16, the first in the lower half

struct Avx512 : Tile<16, 6, 4> {
  using Tile::splat, Tile::add_product;
  static inline __attribute__((always_inline)) Words splat(Pair pair) { return Words{} + pair; }
  static inline __attribute__((always_inline)) void add_product(Floats& sum, const Words& a, const Words& b) {
    sum = (Floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
  }
};

constexpr int64_t pairs_in(int64_t elements) { return (elements + 1) / 2; }

// Rows of elements as rows of pairs: the left factor of a product, where it lies in memory.
Strided<Pair> as_pairs(const BFloat16Bits* from, int64_t stride) {
  return {reinterpret_cast<const Pair*>(from), stride / 2, 1};
}

// ---- Matrices of pairs: the right factor of a product is [depth / 2, columns] pairs ----

// Columns of what is `rows` times `columns` in memory, as rows: [columns / 2, width], zeros after the last
// row.
void pairs_across(const BFloat16Bits* from, int64_t stride, int64_t rows, int64_t columns, Pair* to,
                  int64_t width) {
  constexpr int64_t kBlock = 16;  // rows whose pairs of one column fill a cache line of `to`
  for (int64_t begin = 0; begin < width; begin += kBlock)
    for (int64_t j = 0; j < columns / 2; ++j)
      for (int64_t i = begin; i < begin + kBlock; ++i)
        to[j * width + i] = i < rows ? load<Pair>(from + i * stride + 2 * j) : 0;
}

inline Avx512::Words widened(const Avx512::Halves& halves) {
  return __builtin_convertvector(halves, Avx512::Words);
}

// Two rows as one row of pairs.
inline void interleave(const BFloat16Bits* first, const BFloat16Bits* second, int64_t columns, Pair* to,
                       int64_t width) {
  int64_t j = 0;
  for (; j + 16 <= columns; j += 16)
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
  for (int64_t j = 0; j < columns; j += 16) store(to + j, rounded(from + j));
}

float dot(const BFloat16Bits* a, const BFloat16Bits* b, int64_t size) {
  Avx512::Floats sums{};
  int64_t i = 0;
  for (; i + 16 <= size; i += 16) sums += read<Avx512>(a + i) * read<Avx512>(b + i);
  float sum = sum_of<Avx512>(sums);
  for (; i < size; ++i) sum += read_one(a + i) * read_one(b + i);
  return sum;
}

// ---- Sizes ----

struct PairSizes {
  explicit PairSizes(const AttentionShape& shape)
      : keys(round_up(shape.tokens, 16)),
        width(round_up(shape.head_dim, 16)),
        scale(1 / std::sqrt(static_cast<float>(shape.head_dim))) {
    constexpr int64_t kScores = int64_t{12} << 10;  // floats: what is computed of them stays near the core
    const int64_t whole = kScores / keys / Avx512::kRows * Avx512::kRows;  // even, for pairs of queries
    block =
        whole < Avx512::kRows ? Avx512::kRows : (whole > shape.tokens ? round_up(shape.tokens, 2) : whole);
  }
  int64_t keys, width, block;  // as in Sizes
  float scale;
};

// ---- One head ----

void forward_pairs(const AttentionShape& shape, int64_t head, const BFloat16Bits* qkv, BFloat16Bits* out,
                   float* logsumexp, float* workspace) {
  const PairSizes sizes(shape);
  const int64_t tokens = shape.tokens, dim = shape.head_dim, stride = 3 * shape.embed_dim();
  const BFloat16Bits* const q = qkv + head * dim;
  Pieces pieces{workspace};
  auto* const keys = reinterpret_cast<Pair*>(pieces.take(pairs_in(dim) * sizes.keys));
  auto* const values = reinterpret_cast<Pair*>(pieces.take(pairs_in(tokens) * sizes.width));
  float* const scores = pieces.take(sizes.block * sizes.keys);
  auto* const probabilities = reinterpret_cast<BFloat16Bits*>(pieces.take(sizes.block * sizes.keys / 2));
  float* const mixed = pieces.take(sizes.block * sizes.width);
  float* const factors = pieces.take(sizes.block);
  pairs_across(q + shape.embed_dim(), stride, tokens, dim, keys, sizes.keys);
  pairs_down(q + 2 * shape.embed_dim(), stride, tokens, dim, values, sizes.width);
  for (int64_t begin = 0; begin < tokens; begin += sizes.block) {
    const int64_t rows = begin + sizes.block < tokens ? sizes.block : tokens - begin;
    matrix_product<Avx512, false>(as_pairs(q + begin * stride, stride), keys, sizes.keys, scores, sizes.keys,
                                  rows, sizes.keys, dim / 2);
    for (int64_t i = 0; i < rows; ++i) {
      float* const row = scores + i * sizes.keys;
      float log_of_sum;
      factors[i] = 1 / exponentials<Avx512>(row, tokens, sizes.keys, sizes.scale, log_of_sum);
      if (logsumexp != nullptr) logsumexp[head * tokens + begin + i] = log_of_sum;
      round_row(row, sizes.keys, probabilities + i * sizes.keys);
    }
    matrix_product<Avx512, false>(as_pairs(probabilities, sizes.keys), values, sizes.width, mixed,
                                  sizes.width, rows, sizes.width, pairs_in(tokens));
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
  for (int64_t j = 0; j < keys; j += 16)
    store(probability_pairs + j,
          widened(rounded(probabilities + j)) | widened(rounded(probabilities + keys + j)) << 16);
}

void backward_pairs(const AttentionShape& shape, int64_t head, const BFloat16Bits* qkv,
                    const BFloat16Bits* out, const float* logsumexp, const BFloat16Bits* out_gradient,
                    BFloat16Bits* qkv_gradient, float* workspace) {
  const PairSizes sizes(shape);
  const int64_t tokens = shape.tokens, dim = shape.head_dim, embed_dim = shape.embed_dim(),
                stride = 3 * embed_dim;
  const int64_t width = sizes.width, columns = sizes.keys, block = sizes.block;
  const BFloat16Bits* const q = qkv + head * dim;
  const BFloat16Bits* const slope = out_gradient + head * dim;
  Pieces pieces{workspace};
  const auto take_pairs = [&pieces](int64_t pairs) { return reinterpret_cast<Pair*>(pieces.take(pairs)); };
  Pair* const keys_across = take_pairs(pairs_in(dim) * columns);
  Pair* const values_across = take_pairs(pairs_in(dim) * columns);
  Pair* const keys_down = take_pairs(pairs_in(tokens) * width);
  Pair* const queries_down = take_pairs(block / 2 * width);
  Pair* const slopes_down = take_pairs(block / 2 * width);
  float* const scores = pieces.take(block * columns);
  float* const score_slopes = pieces.take(block * columns);
  auto* const rounded_gradients = reinterpret_cast<BFloat16Bits*>(pieces.take(block * columns / 2));
  Pair* const probability_pairs = take_pairs(block / 2 * columns);
  Pair* const gradient_pairs = take_pairs(block / 2 * columns);
  float* const query_gradients = pieces.take(block * width);
  float* const key_gradients = pieces.take(tokens * width);
  float* const value_gradients = pieces.take(tokens * width);
  BFloat16Bits* const gradient = qkv_gradient + head * dim;
  pairs_across(q + embed_dim, stride, tokens, dim, keys_across, columns);
  pairs_across(q + 2 * embed_dim, stride, tokens, dim, values_across, columns);
  pairs_down(q + embed_dim, stride, tokens, dim, keys_down, width);
  for (int64_t begin = 0; begin < tokens; begin += block) {
    const int64_t rows = begin + block < tokens ? block : tokens - begin;
    const BFloat16Bits* const own_queries = q + begin * stride;
    const BFloat16Bits* const own_slopes = slope + begin * embed_dim;
    const BFloat16Bits* const own_out = out + head * dim + begin * embed_dim;
    pairs_down(own_queries, stride, rows, dim, queries_down, width);
    pairs_down(own_slopes, embed_dim, rows, dim, slopes_down, width);
    matrix_product<Avx512, false>(as_pairs(own_queries, stride), keys_across, columns, scores, columns, rows,
                                  columns, dim / 2);
    matrix_product<Avx512, false>(as_pairs(own_slopes, embed_dim), values_across, columns, score_slopes,
                                  columns, rows, columns, dim / 2);
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
    matrix_product<Avx512, false>(as_pairs(rounded_gradients, columns), keys_down, width, query_gradients,
                                  width, rows, width, pairs_in(tokens));
    pack<Avx512>(query_gradients, width, rows, dim, nullptr, gradient + begin * stride, stride);
    const auto add = begin == 0 ? &matrix_product<Avx512, false, Pair> : &matrix_product<Avx512, true, Pair>;
    add({gradient_pairs, 1, columns}, queries_down, width, key_gradients, width, tokens, width,
        pairs_in(rows));
    add({probability_pairs, 1, columns}, slopes_down, width, value_gradients, width, tokens, width,
        pairs_in(rows));
  }
  pack<Avx512>(key_gradients, width, tokens, dim, nullptr, gradient + embed_dim, stride);
  pack<Avx512>(value_gradients, width, tokens, dim, nullptr, gradient + 2 * embed_dim, stride);
}

// A head of odd width has no pairs.
template <typename... Arguments>
void forward_bf16(const AttentionShape& shape, Arguments... arguments) {
  (shape.head_dim % 2 == 0 ? &forward_pairs : &forward<Avx512, BFloat16Bits>)(shape, arguments...);
}

template <typename... Arguments>
void backward_bf16(const AttentionShape& shape, Arguments... arguments) {
  (shape.head_dim % 2 == 0 ? &backward_pairs : &backward<Avx512, BFloat16Bits>)(shape, arguments...);
}

// Enough for either way, forward and backward.
int64_t enough_workspace(const AttentionShape& shape) {
  const PairSizes sizes(shape);
  const int64_t head =
      2 * pairs_in(shape.head_dim) * sizes.keys + (2 * shape.tokens + pairs_in(shape.tokens)) * sizes.width;
  const int64_t pairs = head + sizes.block * (2 * sizes.width + 7 * sizes.keys / 2);
  const int64_t floats = workspace_floats<Avx512>(shape);
  return pairs < floats ? floats : pairs;
}

}  // namespace

const AttentionKernels avx512_bf16_attention{"AVX-512 BF16",
                                             {&forward<Avx512, float>, &backward<Avx512, float>},
                                             {&forward_bf16, &backward_bf16},
                                             &enough_workspace};

}  // namespace ijepa
