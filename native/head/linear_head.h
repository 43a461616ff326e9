#pragma once

// The classifier's head: a linear layer on pooled features, which it may centre and normalise, and standardise first.

#include <ATen/core/Generator.h>

#include "base/linear.h"

namespace ijepa {

// Registers `weight` [C, D] and `bias` [C]. After standardize(), it computes ((x − mean) / (deviation +
// 1e-6))·Wᵀ + b. With `normalizes`, x is first what unit_rows() makes of the features, centred.
class LinearHead : public Linear {
 public:
  LinearHead(int64_t embed_dim, int64_t classes, bool normalizes = false)
      : Linear(at::IntArrayRef{classes, embed_dim}), normalizes_(normalizes) {}

  bool normalizes() const { return normalizes_; }

  // Weights from a normal distribution of deviation `initial` cut at ±2 (0: all 0), biases 0.
  void initialize(double initial, at::Generator& generator);

  at::Tensor forward(const at::Tensor& features);  // [B, D] -> logits [B, C]
  // As the linear layer sees them, [B, D].
  at::Tensor prepared(const at::Tensor& features) const;

  // From now on standardises: by mean 0 and deviation 1, until other values are written to them.
  void standardize();
  // By the mean and the unbiased deviation of these rows, [n, D] with n > 1.
  void standardize(const at::Tensor& features);

  // The one linear layer that does the same to features as they are, or normalised: weight [C, D], bias [C].
  at::Tensor folded_weight() const;
  at::Tensor folded_bias() const;

  // [D] each, undefined until standardize(). They are no parameters: nothing trains them.
  at::Tensor mean, deviation;

 private:
  at::Tensor normalized(const at::Tensor& features) const;
  at::Tensor scale() const;  // 1 / (deviation + 1e-6), [D]

  bool normalizes_;
};

}  // namespace ijepa
