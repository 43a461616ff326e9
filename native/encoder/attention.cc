#include "encoder/attention.h"

namespace ijepa {

Attention::Attention(int64_t embed_dim, int64_t heads)
    : qkv(register_module("qkv", std::make_shared<Linear>(at::IntArrayRef{3 * embed_dim, embed_dim}))),
      proj(register_module("proj", std::make_shared<Linear>(at::IntArrayRef{embed_dim, embed_dim}))),
      heads_(heads) {}

at::Tensor Attention::forward(const at::Tensor& x) {
  const auto batch = x.size(0), tokens = x.size(1), head_dim = x.size(2) / heads_;
  const auto parts = qkv->forward(x)
                         .view({batch, tokens, 3, heads_, head_dim})
                         .permute({2, 0, 3, 1, 4})
                         .unbind();  // 3 × [B, heads, N, head_dim]
  const auto mixed =
      at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);  // [B, heads, N, head_dim]
  return proj->forward(mixed.transpose(1, 2).reshape({batch, tokens, heads_ * head_dim}));
}

}  // namespace ijepa
