#pragma once

// The two-layer perceptron of a transformer block, with the exact (erf) GELU between.

#include "base/linear.h"

namespace ijepa {

// What a forward pass is made for: its output, or its gradients alone, whose values do not depend on those of the last
// product, so that it is left out.
enum class ForwardUse { kOutput, kGradients };

class Mlp : public torch::nn::Module {
 public:
  Mlp(int64_t embed_dim, int64_t hidden_dim);

  // [B, N, D] -> same; for kGradients zeros in place of the values.
  at::Tensor forward(const at::Tensor& x, ForwardUse use = ForwardUse::kOutput);

  std::shared_ptr<Linear> fc1, fc2;
};

}  // namespace ijepa
