#include "head/attentive_pooler.h"

#include <cmath>

#include "base/error.h"

namespace ijepa {

namespace {

constexpr double kLayerNormEps = 1e-5;  // PyTorch's default, which the published poolers leave as it is
constexpr int64_t kMlpRatio = 4, kCapiHeadDim = 64;

std::shared_ptr<Linear> layer(int64_t out, int64_t in) { return std::make_shared<Linear>(at::IntArrayRef{out, in}); }

torch::nn::LayerNorm norm(int64_t dim) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}).eps(kLayerNormEps));
}

}  // namespace

AttentivePoolerShape vjepa_pooler(int64_t embed_dim, int64_t encoder_heads) { return {embed_dim, encoder_heads, true}; }

AttentivePoolerShape capi_pooler(int64_t embed_dim) {
  IJEPA_CHECK(embed_dim % kCapiHeadDim == 0, ErrorCode::kArgument,
              "Expected embedDim to be a multiple of 64 for capi's attention pooling, got " + std::to_string(embed_dim));
  return {embed_dim, embed_dim / kCapiHeadDim, false};
}

CrossAttention::CrossAttention(int64_t embed_dim, int64_t heads, bool projects_query)
    : heads_(heads),
      q_(projects_query ? register_module("q", layer(embed_dim, embed_dim)) : nullptr),
      kv_(register_module("kv", layer(2 * embed_dim, embed_dim))) {}

// One query serves all pictures. So its products with the keys, qᵀ(Kx + b), are those of (Kᵀq) with the tokens, but for a
// constant, which softmax does not see; and the mean of the values is the value of the mean. Neither keys nor values are made
// for each token: of N·D² multiplications a picture, N·D·heads are left.
at::Tensor CrossAttention::forward(const at::Tensor& query, const at::Tensor& tokens) {
  const auto batch = tokens.size(0), dim = tokens.size(2), head_dim = dim / heads_;
  const auto value_weight = kv_->weight.narrow(0, dim, dim).view({heads_, head_dim, dim});
  const auto value_bias = kv_->bias.narrow(0, dim, dim);
  const auto means = at::bmm(shares(query, tokens).transpose(1, 2), tokens);      // [B, heads, D]
  const auto values = at::bmm(means.transpose(0, 1), value_weight.transpose(1, 2));  // [heads, B, head_dim]
  return values.transpose(0, 1).reshape({batch, dim}) + value_bias;
}

at::Tensor CrossAttention::shares(const at::Tensor& query, const at::Tensor& tokens) {
  const auto dim = tokens.size(2), head_dim = dim / heads_;
  const auto key_weight = kv_->weight.narrow(0, 0, dim).view({heads_, head_dim, dim});
  const auto projected = (q_ ? q_->forward(query) : query).view({heads_, 1, head_dim});
  const auto sought = at::bmm(projected, key_weight).squeeze(1) / std::sqrt(static_cast<double>(head_dim));  // [heads, D]
  return at::softmax(at::matmul(tokens, sought.t()), 1, at::kFloat);
}

AttentivePooler::AttentivePooler(const AttentivePoolerShape& shape) {
  const auto [dim, heads, is_block] = shape;
  IJEPA_CHECK(heads > 0 && dim > 0 && dim % heads == 0, ErrorCode::kArgument,
              "Expected heads of the pooler that divide embedDim");
  query_tokens_ = register_parameter("query_tokens", torch::empty({1, 1, dim}));
  const auto block = register_module("cross_attention_block", std::make_shared<torch::nn::Module>());
  if (is_block) norm1_ = block->register_module("norm1", norm(dim));
  attention_ = block->register_module("xattn", std::make_shared<CrossAttention>(dim, heads, is_block));
  if (!is_block) return;
  norm2_ = block->register_module("norm2", norm(dim));
  const auto mlp = block->register_module("mlp", std::make_shared<torch::nn::Module>());
  fc1_ = mlp->register_module("fc1", layer(kMlpRatio * dim, dim));
  fc2_ = mlp->register_module("fc2", layer(dim, kMlpRatio * dim));
}

void AttentivePooler::initialize(at::Generator& generator) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : named_parameters()) {
    auto& values = parameter.value();
    if (values.dim() > 1) values.normal_(0, 0.02, generator).clamp_(-2, 2);
    else if (parameter.key().ends_with("bias")) values.zero_();  // LayerNorm's own constructor has set its weight to 1
  }
  if (fc2_) fc2_->weight.div_(std::sqrt(2.0));
}

at::Tensor AttentivePooler::shares(const at::Tensor& tokens) {
  return attention_->shares(query_tokens_.flatten(0, 1), norm1_.is_empty() ? tokens : norm1_->forward(tokens)).mean(2);
}

at::Tensor AttentivePooler::forward(const at::Tensor& tokens) {
  const auto query = query_tokens_.flatten(0, 1);  // [1, D]
  if (norm1_.is_empty()) return attention_->forward(query, tokens);
  const auto attended = query + attention_->forward(query, norm1_->forward(tokens));
  return attended + fc2_->forward(at::gelu(fc1_->forward(norm2_->forward(attended))));
}

}  // namespace ijepa
