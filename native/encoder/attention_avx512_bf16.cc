// With VDPBF16PS: twice as many products a cycle as in float32.

#include "encoder/attention_pairs_body.h"

namespace ijepa {

namespace {

struct PairTile : Avx512 {
  using Avx512::splat, Avx512::add_product;
  static inline __attribute__((always_inline)) Words splat(Pair pair) { return Words{} + pair; }
  static inline __attribute__((always_inline)) void add_product(Floats& sum, const Words& a, const Words& b) {
    sum = (Floats)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
  }
};

struct DotProducts {
  static constexpr int64_t kRows = PairTile::kRows;
  static constexpr int64_t kScores = int64_t{12} << 10;  // what is computed of them stays near the core

  template <bool Adds>
  static void product(const Pair* a, int64_t a_row, const Pair* b, int64_t b_row, float* c, int64_t c_row, int64_t rows,
                      int64_t columns, int64_t depth) {
    matrix_product<PairTile, Adds, Pair>({a, a_row, 1}, b, b_row, c, c_row, rows, columns, depth);
  }
};

}  // namespace

const AttentionKernels avx512_bf16_attention = pair_kernels<DotProducts>("AVX-512 BF16");

}  // namespace ijepa
