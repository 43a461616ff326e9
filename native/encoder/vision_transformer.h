#pragma once

// The I-JEPA encoder: a vision transformer without a class token (Assran et al. 2023, arXiv:2301.08243).
// Parameters carry their official names: pos_embed, patch_embed.proj.*,
// blocks.N.{norm1,attn.{qkv,proj},norm2,mlp.{fc1,fc2}}.*, norm.*.

#include <ATen/core/Generator.h>

#include <vector>

#include "base/cancel.h"
#include "encoder/block.h"
#include "encoder/patch_embed.h"

namespace ijepa {

struct EncoderShape {
  int64_t embed_dim = 0, depth = 0, heads = 0, mlp_dim = 0, patch_size = 0;
  int64_t image_height = 0, image_width = 0;
  double layer_norm_eps = 1e-6;

  int64_t rows() const { return image_height / patch_size; }
  int64_t columns() const { return image_width / patch_size; }
};

// How a forward pass is made.
struct ForwardPass {
  // Read between blocks, forward and backward; also while the backward pass runs later, so the token's source must
  // outlive it.
  CancelToken cancel = {};
  at::Tensor drop_path = {};  // what draw_drop_path() gave, or undefined for none
  bool checkpoints = false;   // a trained block keeps its input alone, see checkpointed()
};

class VisionTransformer : public torch::nn::Module {
 public:
  // On the CPU, parameters undefined but for the positions. Throws Error (kArgument) for a shape that cannot
  // be.
  explicit VisionTransformer(const EncoderShape& shape);

  // The official constructor's initialisation: weights from a normal distribution of deviation 0.02 cut at
  // ±2, biases 0, and attn.proj and mlp.fc2 of block i (from 0) divided by √(2(i + 1)).
  void initialize(at::Generator& generator);

  // Normalised images [B, 3, H, W] to patch tokens [B, N, D] before the final normalisation. What lies below the lowest
  // trained parameter is computed as in inference: without autograd, whose activations and whose separate GELU cost.
  at::Tensor forward(const at::Tensor& images, const ForwardPass& pass = {});

  // Its two parts: images to the tokens before the first block, and those through blocks [begin, end).
  at::Tensor embed(const at::Tensor& images);
  at::Tensor run_blocks(at::Tensor tokens, int64_t begin, int64_t end, const ForwardPass& pass = {});

  // Tokens after each of the last `count` blocks, oldest first; forward() gives those of the last alone.
  std::vector<at::Tensor> last_blocks(const at::Tensor& images, int64_t count, const ForwardPass& pass = {});

  // Attention rollout to each of the last `count` blocks, oldest first: [B, N, N] each, where row i is what token i has drawn
  // from each patch, and sums to 1. See attention_rollout.cc.
  std::vector<at::Tensor> attention_rollout(const at::Tensor& images, int64_t count, const ForwardPass& pass = {});

  // The final normalisation of the last dimension, [..., D] -> [..., D].
  at::Tensor normalize(const at::Tensor& tokens) { return norm_->forward(tokens); }

  // By block: whether any of its parameters requires a gradient.
  std::vector<bool> trained_blocks() const;

  // How many blocks from the first on are frozen with all before them; 0 where the embedding trains.
  int64_t frozen_blocks() const;

  const EncoderShape& shape() const { return shape_; }

 private:
  bool trains_embedding() const;

  EncoderShape shape_;
  at::Tensor pos_embed_;  // [1, N, D]
  std::shared_ptr<PatchEmbed> patch_embed_;
  std::vector<std::shared_ptr<Block>> blocks_;
  torch::nn::LayerNorm norm_;
};

}  // namespace ijepa
