#pragma once

// The two-layer perceptron of a transformer block, with the exact (erf) GELU between.

#include "base/linear.h"

namespace ijepa {

class Mlp : public torch::nn::Module {
 public:
  Mlp(int64_t embed_dim, int64_t hidden_dim);

  at::Tensor forward(const at::Tensor& x);  // [B, N, D] -> same

  std::shared_ptr<Linear> fc1, fc2;
};

}  // namespace ijepa
