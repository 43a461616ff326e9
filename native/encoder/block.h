#pragma once

// A pre-norm transformer block: x + attention(norm1(x)), then x + mlp(norm2(x)).

#include <torch/nn/modules/normalization.h>

#include "encoder/attention.h"
#include "encoder/mlp.h"

namespace ijepa {

// Over the last dimension, with weight 1 and bias 0.
torch::nn::LayerNorm layer_norm(int64_t dim, double eps);

class Block : public torch::nn::Module {
 public:
  Block(int64_t embed_dim, int64_t heads, int64_t mlp_dim, double layer_norm_eps);

  // [B, N, D] -> [B, N, D]. `branch_scales`: of attention and MLP for each sample [2, B, 1, 1] (drop path),
  // or undefined.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& branch_scales = {},
                     ForwardUse use = ForwardUse::kOutput);

  torch::nn::LayerNorm norm1;
  std::shared_ptr<Attention> attn;
  torch::nn::LayerNorm norm2;
  std::shared_ptr<Mlp> mlp;
};

}  // namespace ijepa
