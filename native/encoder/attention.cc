#include "encoder/attention.h"

#include "encoder/cpu_attention.h"

namespace ijepa {

Attention::Attention(int64_t embed_dim, int64_t heads)
    : qkv(register_module("qkv", std::make_shared<Linear>(at::IntArrayRef{3 * embed_dim, embed_dim}))),
      proj(register_module("proj", std::make_shared<Linear>(at::IntArrayRef{embed_dim, embed_dim}))),
      heads_(heads) {}

at::Tensor Attention::forward(const at::Tensor& x) {
  const auto joined = qkv->forward(x);  // [B, N, 3·D]
  const bool has_kernel = joined.is_cpu() && joined.scalar_type() != at::kHalf;
  return proj->forward(has_kernel ? cpu_attention(joined.contiguous(), heads_) : attend(joined));
}

at::Tensor Attention::attend(const at::Tensor& joined) const {
  const auto batch = joined.size(0), tokens = joined.size(1), head_dim = joined.size(2) / (3 * heads_);
  const auto parts =
      joined.view({batch, tokens, 3, heads_, head_dim}).permute({2, 0, 3, 1, 4}).unbind();  // 3 × [B, heads, N, head_dim]
  return at::scaled_dot_product_attention(parts[0], parts[1], parts[2])
      .transpose(1, 2)
      .reshape({batch, tokens, heads_ * head_dim});
}

}  // namespace ijepa
