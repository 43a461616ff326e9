#pragma once

// Multi-head self-attention over patch tokens (Vaswani et al. 2017, arXiv:1706.03762).

#include "base/linear.h"

namespace ijepa {

class Attention : public torch::nn::Module {
 public:
  Attention(int64_t embed_dim, int64_t heads);

  at::Tensor forward(const at::Tensor& x);  // [B, N, D] -> [B, N, D]

  // Softmax of query on key for the same x, averaged over the heads: [B, N, N], rows are queries and sum to 1. The forward
  // pass never makes this matrix.
  at::Tensor probabilities(const at::Tensor& x);

  std::shared_ptr<Linear> qkv, proj;

 private:
  // [B, N, 3·D] -> query, key and value, [B, heads, N, head_dim] each.
  std::vector<at::Tensor> parts(const at::Tensor& joined) const;

  // LibTorch's own kernel. [B, N, 3·D] -> [B, N, D]
  at::Tensor attend(const at::Tensor& joined) const;

  int64_t heads_;
};

}  // namespace ijepa
