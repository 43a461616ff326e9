#pragma once

// Attention pooling: a learned query attends to all patch tokens, in the forms of two published probes of frozen encoders.

#include <ATen/core/Generator.h>
#include <torch/nn/modules/normalization.h>

#include <memory>

#include "base/linear.h"

namespace ijepa {

// What the published poolers differ in; the linear classifier that follows is the same.
struct AttentivePoolerShape {
  int64_t embed_dim = 0;
  int64_t heads = 0;  // divides embed_dim
  // A whole transformer block: the query is projected, tokens are normalised, and residuals and an MLP follow the attention; or
  // the attention alone.
  bool is_block = true;
};

// V-JEPA's (facebookresearch/jepa, src/models/attentive_pooler.py, depth 1; without an output projection, as V-JEPA 2).
AttentivePoolerShape vjepa_pooler(int64_t embed_dim, int64_t encoder_heads);
// capi's (facebookresearch/capi, eval_classification.py): heads are 64 wide. Throws Error (kArgument) for a width that 64 does not
// divide.
AttentivePoolerShape capi_pooler(int64_t embed_dim);

// Attention of one query, which is the same for every picture, without an output projection. Registers `q` [D, D] where the
// query is projected, and `kv` [2·D, D].
class CrossAttention : public torch::nn::Module {
 public:
  CrossAttention(int64_t embed_dim, int64_t heads, bool projects_query);

  // query [1, D], tokens [B, N, D] -> [B, D].
  at::Tensor forward(const at::Tensor& query, const at::Tensor& tokens);

  // How much of the query's attention each token has, by head: float32 [B, N, heads], which sums to 1 over the tokens.
  at::Tensor shares(const at::Tensor& query, const at::Tensor& tokens);

 private:
  int64_t heads_;
  std::shared_ptr<Linear> q_, kv_;  // q_ may be null
};

// Parameters carry V-JEPA's names: query_tokens [1, 1, D], cross_attention_block.{norm1,xattn.{q,kv},norm2,mlp.{fc1,fc2}}.*; of
// the attention alone there are query_tokens and xattn.kv.
class AttentivePooler : public torch::nn::Module {
 public:
  explicit AttentivePooler(const AttentivePoolerShape& shape);

  // Weights and query from a normal distribution of deviation 0.02 cut at ±2, biases 0; mlp.fc2 divided by √2.
  void initialize(at::Generator& generator);

  at::Tensor forward(const at::Tensor& tokens);  // [B, N, D], after the encoder's final normalisation -> [B, D]

  // The attention that each of these tokens has, averaged over the heads: [B, N].
  at::Tensor shares(const at::Tensor& tokens);

 private:
  at::Tensor query_tokens_;
  std::shared_ptr<CrossAttention> attention_;
  torch::nn::LayerNorm norm1_ = nullptr, norm2_ = nullptr;  // null, as the MLP, of the attention alone
  std::shared_ptr<Linear> fc1_, fc2_;
};

}  // namespace ijepa
