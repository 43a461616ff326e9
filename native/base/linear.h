#pragma once

// An affine map y = x·Wᵀ + b, shared by encoder and head.

#include <torch/nn/module.h>

namespace ijepa {

// Registers `weight` [out, in] and `bias` [out]; their values are left undefined, for an initialisation or a
// load to fill.
class Linear : public torch::nn::Module {
 public:
  Linear(int64_t in, int64_t out);

  at::Tensor forward(const at::Tensor& x) const;  // [..., in] -> [..., out]

  at::Tensor weight, bias;
};

}  // namespace ijepa
