#pragma once

// What attention_kernel.h declares, for the instruction set that the including file is compiled for.

#include <cmath>

#include "encoder/attention_kernel.h"
#include "encoder/vector_elements.h"

namespace ijepa {

namespace {

// Rows of `columns` elements, `stride` apart in memory, as floats in rows of `width`, zeros after the last column.
template <typename T, typename Element>
void unpack(const Element* from, int64_t stride, int64_t rows, int64_t columns, float* to, int64_t width) {
  for (int64_t i = 0; i < rows; ++i, from += stride, to += width) {
    int64_t j = 0;
    for (; j + T::kLanes <= columns; j += T::kLanes) store(to + j, read<T>(from + j));
    for (; j < columns; ++j) to[j] = read_one(from + j);
    for (; j < width; ++j) to[j] = 0;
  }
}

// The same, transposed: row j of `to` has element j of every row, and zeros after the last one.
template <typename Element>
void unpack_transposed(const Element* from, int64_t stride, int64_t rows, int64_t columns, float* to, int64_t width) {
  constexpr int64_t kBlock = 16;  // rows whose elements of one column fill a cache line of `to`
  for (int64_t begin = 0; begin < width; begin += kBlock) {
    const int64_t end = begin + kBlock < width ? begin + kBlock : width;
    for (int64_t j = 0; j < columns; ++j)
      for (int64_t i = begin; i < end; ++i) to[j * width + i] = i < rows ? read_one(from + i * stride + j) : 0;
  }
}

// Rows of floats, each times its factor, as elements `stride` apart.
template <typename T, typename Element>
void pack(const float* from, int64_t width, int64_t rows, int64_t columns, const float* factors, Element* to,
          int64_t stride) {
  for (int64_t i = 0; i < rows; ++i, from += width, to += stride) {
    const float factor = factors == nullptr ? 1 : factors[i];
    int64_t j = 0;
    for (; j + T::kLanes <= columns; j += T::kLanes) write<T>(to + j, load<typename T::Floats>(from + j) * factor);
    if (j == columns) continue;
    Element tail[T::kLanes];
    write<T>(tail, load<typename T::Floats>(from + j) * factor);  // width is a multiple of the lanes
    std::memcpy(to + j, tail, (columns - j) * sizeof(Element));
  }
}

// ---- Sizes ----

template <typename T>
struct Sizes {
  explicit Sizes(const AttentionShape& shape)
      : keys(round_up(shape.tokens, T::kLanes)),
        width(round_up(shape.head_dim, T::kLanes)),
        scale(1 / std::sqrt(static_cast<float>(shape.head_dim))) {
    constexpr int64_t kScores = int64_t{48} << 10;  // floats: two blocks of them and the head fit a core's cache
    const int64_t whole = kScores / keys / T::kRows * T::kRows;
    block = shape.tokens <= whole ? shape.tokens : (whole < T::kRows ? T::kRows : whole);
  }
  int64_t keys;   // columns of the scores: tokens, filled up to whole vectors
  int64_t width;  // columns of a head, filled up likewise
  int64_t block;  // queries that are worked on at a time
  float scale;
};

template <typename T>
int64_t workspace_floats(const AttentionShape& shape) {
  const Sizes<T> sizes(shape);
  return 6 * shape.tokens * sizes.width + 2 * sizes.width * sizes.keys + 2 * sizes.block * sizes.keys + shape.tokens;
}

// Hands out the workspace piece by piece.
struct Pieces {
  float* next;
  float* take(int64_t floats) {
    float* const piece = next;
    next += floats;
    return piece;
  }
};

// ---- Softmax ----

template <typename T>
inline typename T::Ints lane_numbers() {
  typename T::Ints numbers{};
  for (int i = 0; i < T::kLanes; ++i) numbers[i] = i;
  return numbers;
}

// Scores of one query become exp(scale · (score - the largest)); returns their sum, and the logarithm of the sum of the
// exponentials as such in `logsumexp`. Columns from `tokens` on become 0.
template <typename T>
float exponentials(float* row, int64_t tokens, int64_t keys, float scale, float& logsumexp) {
  using Floats = typename T::Floats;
  const auto lanes = lane_numbers<T>();
  const auto is_key = [&](int64_t j) { return lanes < static_cast<int32_t>(tokens - j); };
  Floats largest = T::splat(row[0]);
  for (int64_t j = 0; j < keys; j += T::kLanes) {
    const Floats scores = load<Floats>(row + j);
    const Floats real = is_key(j) ? scores : largest;
    largest = largest < real ? real : largest;
  }
  float most = largest[0];
  for (int i = 1; i < T::kLanes; ++i) most = most < largest[i] ? largest[i] : most;
  Floats sum{};
  for (int64_t j = 0; j < keys; j += T::kLanes) {
    const Floats values = exponential<T>((load<Floats>(row + j) - most) * scale);
    const Floats real = is_key(j) ? values : Floats{};
    store(row + j, real);
    sum += real;
  }
  const float total = sum_of<T>(sum);
  logsumexp = most * scale + std::log(total);
  return total;
}

// Scores become probabilities, and the gradients of the probabilities those of the scores before their scale:
// p = exp(scale · score - logsumexp), scale · p · (gradient - delta). Columns from `tokens` on become 0.
template <typename T>
void score_gradients(float* scores, float* gradients, int64_t tokens, int64_t keys, float scale, float logsumexp,
                     float delta) {
  using Floats = typename T::Floats;
  const auto lanes = lane_numbers<T>();
  for (int64_t j = 0; j < keys; j += T::kLanes) {
    const Floats values = exponential<T>(load<Floats>(scores + j) * scale - logsumexp);
    const Floats probabilities = lanes < static_cast<int32_t>(tokens - j) ? values : Floats{};
    store(scores + j, probabilities);
    store(gradients + j, probabilities * (load<Floats>(gradients + j) - delta) * scale);
  }
}

// ---- One head ----

template <typename T, typename Element>
void forward(const AttentionShape& shape, int64_t head, const Element* qkv, Element* out, float* logsumexp,
             float* workspace) {
  const Sizes<T> sizes(shape);
  const int64_t tokens = shape.tokens, dim = shape.head_dim, stride = 3 * shape.embed_dim();
  const Element* const q = qkv + head * dim;
  Pieces pieces{workspace};
  float* const queries = pieces.take(tokens * sizes.width);
  float* const values = pieces.take(tokens * sizes.width);
  float* const mixed = pieces.take(tokens * sizes.width);
  float* const keys = pieces.take(sizes.width * sizes.keys);  // transposed
  float* const scores = pieces.take(sizes.block * sizes.keys);
  float* const factors = pieces.take(tokens);
  unpack<T>(q, stride, tokens, dim, queries, sizes.width);
  unpack_transposed(q + shape.embed_dim(), stride, tokens, dim, keys, sizes.keys);
  unpack<T>(q + 2 * shape.embed_dim(), stride, tokens, dim, values, sizes.width);
  for (int64_t begin = 0; begin < tokens; begin += sizes.block) {
    const int64_t rows = begin + sizes.block < tokens ? sizes.block : tokens - begin;
    matrix_product<T, false, float>({queries + begin * sizes.width, sizes.width, 1}, keys, sizes.keys, scores, sizes.keys,
                                    rows, sizes.keys, dim);
    for (int64_t i = 0; i < rows; ++i) {
      float log_of_sum;
      const float sum = exponentials<T>(scores + i * sizes.keys, tokens, sizes.keys, sizes.scale, log_of_sum);
      factors[begin + i] = 1 / sum;
      if (logsumexp != nullptr) logsumexp[head * tokens + begin + i] = log_of_sum;
    }
    matrix_product<T, false, float>({scores, sizes.keys, 1}, values, sizes.width, mixed + begin * sizes.width, sizes.width,
                                    rows, sizes.width, tokens);
  }
  pack<T>(mixed, sizes.width, tokens, dim, factors, out + head * dim, shape.embed_dim());
}

template <typename T>
void row_products(const float* a, const float* b, int64_t rows, int64_t width, float* sums) {
  using Floats = typename T::Floats;
  for (int64_t i = 0; i < rows; ++i) {
    Floats sum{};
    for (int64_t j = 0; j < width; j += T::kLanes)
      sum += load<Floats>(a + i * width + j) * load<Floats>(b + i * width + j);
    sums[i] = sum_of<T>(sum);
  }
}

// The probabilities are computed again from logsumexp (Dao et al. 2022, arXiv:2205.14135, without their tiles: a block of
// them fits the cache).
template <typename T, typename Element>
void backward(const AttentionShape& shape, int64_t head, const Element* qkv, const Element* out, const float* logsumexp,
              const Element* out_gradient, Element* qkv_gradient, float* workspace) {
  const Sizes<T> sizes(shape);
  const int64_t tokens = shape.tokens, dim = shape.head_dim, embed_dim = shape.embed_dim();
  const int64_t width = sizes.width, columns = sizes.keys, stride = 3 * embed_dim, head_size = tokens * width;
  const Element* const q = qkv + head * dim;
  Pieces pieces{workspace};
  float* const queries = pieces.take(head_size);
  float* const keys = pieces.take(head_size);
  float* const gradients = pieces.take(head_size);  // of the output
  float* const query_gradients = pieces.take(head_size);
  float* const key_gradients = pieces.take(head_size);
  float* const value_gradients = pieces.take(head_size);
  float* const keys_across = pieces.take(width * columns);  // transposed
  float* const values_across = pieces.take(width * columns);
  float* const scores = pieces.take(sizes.block * columns);
  float* const score_slopes = pieces.take(sizes.block * columns);
  float* const deltas = pieces.take(tokens);
  unpack<T>(q, stride, tokens, dim, queries, width);
  unpack<T>(q + embed_dim, stride, tokens, dim, keys, width);
  unpack_transposed(q + embed_dim, stride, tokens, dim, keys_across, columns);
  unpack_transposed(q + 2 * embed_dim, stride, tokens, dim, values_across, columns);
  unpack<T>(out_gradient + head * dim, embed_dim, tokens, dim, gradients, width);
  unpack<T>(out + head * dim, embed_dim, tokens, dim, query_gradients, width);  // until the queries' gradients come
  row_products<T>(gradients, query_gradients, tokens, width, deltas);
  for (int64_t begin = 0; begin < tokens; begin += sizes.block) {
    const int64_t rows = begin + sizes.block < tokens ? sizes.block : tokens - begin;
    const float* const own_queries = queries + begin * width;
    const float* const own_gradients = gradients + begin * width;
    matrix_product<T, false, float>({own_queries, width, 1}, keys_across, columns, scores, columns, rows, columns, dim);
    matrix_product<T, false, float>({own_gradients, width, 1}, values_across, columns, score_slopes, columns, rows, columns,
                                    dim);
    for (int64_t i = 0; i < rows; ++i)
      score_gradients<T>(scores + i * columns, score_slopes + i * columns, tokens, columns, sizes.scale,
                         logsumexp[head * tokens + begin + i], deltas[begin + i]);
    matrix_product<T, false, float>({score_slopes, columns, 1}, keys, width, query_gradients + begin * width, width, rows,
                                    width, tokens);
    const auto add = begin == 0 ? &matrix_product<T, false, float> : &matrix_product<T, true, float>;
    add({score_slopes, 1, columns}, own_queries, width, key_gradients, width, tokens, width, rows);
    add({scores, 1, columns}, own_gradients, width, value_gradients, width, tokens, width, rows);
  }
  Element* const gradient = qkv_gradient + head * dim;
  pack<T>(query_gradients, width, tokens, dim, nullptr, gradient, stride);
  pack<T>(key_gradients, width, tokens, dim, nullptr, gradient + embed_dim, stride);
  pack<T>(value_gradients, width, tokens, dim, nullptr, gradient + 2 * embed_dim, stride);
}

template <typename T>
constexpr AttentionKernels kernels(const char* instructions) {
  return {instructions,
          {&forward<T, float>, &backward<T, float>},
          {&forward<T, BFloat16Bits>, &backward<T, BFloat16Bits>},
          &workspace_floats<T>};
}

}  // namespace

}  // namespace ijepa
