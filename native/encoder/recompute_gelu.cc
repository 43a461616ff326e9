#include "encoder/recompute_gelu.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>

#include <algorithm>
#include <cmath>

#include "base/cpu_clones.h"
#include "base/parallel.h"
#include "encoder/vector_math.h"

namespace ijepa {

namespace {

// As vector_math.h takes vectors: one float.
struct OneLane {
  using Floats = float;
  using Ints = int32_t;
};

struct Gelu {
  float value, slope;
};

inline __attribute__((always_inline)) Gelu gelu(float x) {
  const float bell = exponential<OneLane>(-0.5f * x * x);  // e^-z² of the formula, whose z is |x| / √2
  const float t = 1 / (1 + 0.3275911f * 0.70710678f * std::fabs(x));
  float sum = t * 1.061405429f - 1.453152027f;
  sum = sum * t + 1.421413741f;
  sum = sum * t - 0.284496736f;
  sum = sum * t + 0.254829592f;
  const float beyond = 0.5f * sum * t * bell;  // Φ(-|x|)
  const float below = x < 0 ? beyond : 1 - beyond;
  return {x * below, below + x * bell * 0.39894228f};
}

template <typename Element>
inline __attribute__((always_inline)) void run(const Element* __restrict x, Element* __restrict gradient,
                                               Element* __restrict activation, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const auto [value, slope] = gelu(x[i]);
    activation[i] = value;
    gradient[i] = static_cast<float>(gradient[i]) * slope;
  }
}

IJEPA_CPU_CLONES
void run_float32(const float* x, float* gradient, float* activation, int64_t count) { run(x, gradient, activation, count); }

IJEPA_CPU_CLONES
void run_bfloat16(const at::BFloat16* x, at::BFloat16* gradient, at::BFloat16* activation, int64_t count) {
  run(x, gradient, activation, count);
}

// In pieces whose bounds do not depend on the number of threads: what is left over of whole vectors may round otherwise.
template <typename Element, typename Run>
void run_pieces(const at::Tensor& x, const at::Tensor& gradient, const at::Tensor& activation, const Run& run_piece) {
  constexpr int64_t kPiece = int64_t{16} << 10;
  const int64_t count = x.numel();
  const auto* const from = static_cast<const Element*>(x.const_data_ptr());
  auto* const slopes = static_cast<Element*>(gradient.mutable_data_ptr());
  auto* const values = static_cast<Element*>(activation.mutable_data_ptr());
  at::parallel_for(0, (count + kPiece - 1) / kPiece, 1, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin * kPiece; at < std::min(end * kPiece, count); at += kPiece)
      run_piece(from + at, slopes + at, values + at, std::min(kPiece, count - at));
  });
}

}  // namespace

at::Tensor recompute_gelu(const at::Tensor& x, at::Tensor& gradient) {
  const auto dtype = x.scalar_type();
  if (!x.is_cpu() || (dtype != at::kFloat && dtype != at::kBFloat16)) {
    gradient = at::gelu_backward(gradient, x);
    return at::gelu(x);
  }
  auto activation = at::empty_like(x);
  if (dtype == at::kFloat)
    run_pieces<float>(x, gradient, activation, run_float32);
  else
    run_pieces<at::BFloat16>(x, gradient, activation, run_bfloat16);
  return activation;
}

}  // namespace ijepa
