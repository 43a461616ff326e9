#include "encoder/attention.h"

#include <cmath>

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

at::Tensor Attention::probabilities(const at::Tensor& x) {
  const auto each = parts(qkv->forward(x));
  const double scale = 1 / std::sqrt(static_cast<double>(each[0].size(3)));
  return (each[0] * scale).matmul(each[1].transpose(2, 3)).softmax(3).mean(1);
}

std::vector<at::Tensor> Attention::parts(const at::Tensor& joined) const {
  const auto batch = joined.size(0), tokens = joined.size(1), head_dim = joined.size(2) / (3 * heads_);
  return joined.view({batch, tokens, 3, heads_, head_dim}).permute({2, 0, 3, 1, 4}).unbind();
}

at::Tensor Attention::attend(const at::Tensor& joined) const {
  const auto each = parts(joined);
  return at::scaled_dot_product_attention(each[0], each[1], each[2])
      .transpose(1, 2)
      .reshape({joined.size(0), joined.size(1), joined.size(2) / 3});
}

}  // namespace ijepa
