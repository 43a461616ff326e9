#include "encoder/block.h"

#include "encoder/residual_norm.h"

namespace ijepa {

torch::nn::LayerNorm layer_norm(int64_t dim, double eps) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}).eps(eps));
}

Block::Block(int64_t embed_dim, int64_t heads, int64_t mlp_dim, double layer_norm_eps)
    : norm1(register_module("norm1", layer_norm(embed_dim, layer_norm_eps))),
      attn(register_module("attn", std::make_shared<Attention>(embed_dim, heads))),
      norm2(register_module("norm2", layer_norm(embed_dim, layer_norm_eps))),
      mlp(register_module("mlp", std::make_shared<Mlp>(embed_dim, mlp_dim))) {}

at::Tensor Block::forward(const at::Tensor& x, const at::Tensor& branch_scales, ForwardUse use) {
  const auto scale = [&](int64_t which) { return branch_scales.defined() ? branch_scales[which] : at::Tensor(); };
  const auto [input, first] = residual_norm(x, {}, {}, *norm1);
  const auto [attended, second] = residual_norm(input, attn->forward(first), scale(0), *norm2);
  const auto mixed = mlp->forward(second, use);
  return attended + (branch_scales.defined() ? mixed * scale(1) : mixed);
}

}  // namespace ijepa
