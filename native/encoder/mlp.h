#pragma once

// The two-layer perceptron of a transformer block, with the exact (erf) GELU between.

#include "base/linear.h"

namespace ijepa {

class Mlp : public torch::nn::Module {
 public:
  Mlp(int64_t embed_dim, int64_t hidden_dim)
      : fc1(register_module("fc1", std::make_shared<Linear>(embed_dim, hidden_dim))),
        fc2(register_module("fc2", std::make_shared<Linear>(hidden_dim, embed_dim))) {}

  at::Tensor forward(const at::Tensor& x) const {
    return fc2->forward(at::gelu(fc1->forward(x)));
  }  // [B, N, D] -> same

  std::shared_ptr<Linear> fc1, fc2;
};

}  // namespace ijepa
