#include "encoder/vision_transformer.h"

#include <algorithm>
#include <cmath>

#include "encoder/checkpointed_block.h"
#include "encoder/pos_embed.h"

namespace ijepa {

namespace {

const EncoderShape& checked(const EncoderShape& s) {
  const bool positive = s.embed_dim > 0 && s.depth > 0 && s.heads > 0 && s.mlp_dim > 0 && s.patch_size > 0 &&
                        s.image_height > 0 && s.image_width > 0;
  IJEPA_CHECK(positive, ErrorCode::kArgument, "Expected sizes of the encoder above 0");
  IJEPA_CHECK(s.embed_dim % 4 == 0 && s.embed_dim % s.heads == 0, ErrorCode::kArgument,
              "Expected embedDim to be a multiple of 4 and of heads (" + std::to_string(s.heads) + "), got " +
                  std::to_string(s.embed_dim));
  IJEPA_CHECK(s.image_height % s.patch_size == 0 && s.image_width % s.patch_size == 0, ErrorCode::kArgument,
              "Expected imageHeight and imageWidth to be multiples of patchSize " +
                  std::to_string(s.patch_size) + ", got " + std::to_string(s.image_height) + " and " +
                  std::to_string(s.image_width));
  return s;
}

}  // namespace

VisionTransformer::VisionTransformer(const EncoderShape& shape)
    : shape_(checked(shape)), norm_(layer_norm(shape.embed_dim, shape.layer_norm_eps)) {
  const auto positions = sincos_positions(shape.rows(), shape.columns(), shape.embed_dim);
  pos_embed_ = register_parameter("pos_embed", positions, /*requires_grad=*/false);
  patch_embed_ =
      register_module("patch_embed", std::make_shared<PatchEmbed>(shape.embed_dim, shape.patch_size));
  const auto blocks = register_module("blocks", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < shape.depth; ++i) {
    auto block = std::make_shared<Block>(shape.embed_dim, shape.heads, shape.mlp_dim, shape.layer_norm_eps);
    blocks_.push_back(blocks->register_module(std::to_string(i), std::move(block)));
  }
  register_module("norm", norm_);
}

void VisionTransformer::initialize(at::Generator& generator) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : named_parameters()) {
    auto& values = parameter.value();
    // Matrices alone are drawn; LayerNorm's own constructor has set its weight to 1.
    if (parameter.key() == "pos_embed") continue;
    if (values.dim() > 1) values.normal_(0, 0.02, generator).clamp_(-2, 2);
    if (parameter.key().ends_with("bias")) values.zero_();
  }
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const double scale = std::sqrt(2 * (static_cast<double>(i) + 1));
    blocks_[i]->attn->proj->weight.div_(scale);
    blocks_[i]->mlp->fc2->weight.div_(scale);
  }
}

at::Tensor VisionTransformer::forward(const at::Tensor& images, const ForwardPass& pass) {
  return run_blocks(embed(images), 0, shape_.depth, pass);
}

std::vector<at::Tensor> VisionTransformer::last_blocks(const at::Tensor& images, int64_t count,
                                                       const ForwardPass& pass) {
  const auto first = shape_.depth - count;
  std::vector<at::Tensor> outputs{run_blocks(embed(images), 0, first + 1, pass)};
  for (int64_t i = first + 1; i < shape_.depth; ++i) outputs.push_back(run_blocks(outputs.back(), i, i + 1, pass));
  return outputs;
}

at::Tensor VisionTransformer::embed(const at::Tensor& images) {
  IJEPA_CHECK(images.dim() == 4 && images.size(1) == 3 && images.size(2) == shape_.image_height &&
                  images.size(3) == shape_.image_width,
              ErrorCode::kArgument, "Expected images of the encoder's size [B, 3, H, W]");
  const at::AutoGradMode grad(at::GradMode::is_enabled() && trains_embedding());
  return patch_embed_->forward(images) + pos_embed_;  // [B, N, D]
}

at::Tensor VisionTransformer::run_blocks(at::Tensor x, int64_t begin, int64_t end, const ForwardPass& pass) {
  const bool records = at::GradMode::is_enabled();
  const auto trained = trained_blocks();
  for (int64_t i = begin; i < end; ++i) {
    pass.cancel.check();
    const auto& block = blocks_[static_cast<size_t>(i)];
    const auto scales = pass.drop_path.defined() ? pass.drop_path[i] : at::Tensor();
    const at::AutoGradMode grad(records && (x.requires_grad() || trained[static_cast<size_t>(i)]));
    // The last block's activations are needed as soon as they are there: nothing is won by forgetting them.
    const bool checkpoints = pass.checkpoints && at::GradMode::is_enabled() && i + 1 < shape_.depth;
    x = checkpoints ? checkpointed(*block, x, scales) : block->forward(x, scales);
    if (x.requires_grad()) x.register_hook([cancel = pass.cancel](const at::Tensor&) { cancel.check(); });
  }
  return x;
}

std::vector<bool> VisionTransformer::trained_blocks() const {
  std::vector<bool> trained;
  for (const auto& block : blocks_) {
    const auto parameters = block->parameters();
    trained.push_back(std::ranges::any_of(parameters, [](const at::Tensor& p) { return p.requires_grad(); }));
  }
  return trained;
}

bool VisionTransformer::trains_embedding() const {
  const auto parameters = patch_embed_->parameters();
  return pos_embed_.requires_grad() ||
         std::ranges::any_of(parameters, [](const at::Tensor& p) { return p.requires_grad(); });
}

int64_t VisionTransformer::frozen_blocks() const {
  if (trains_embedding()) return 0;
  const auto trained = trained_blocks();
  return std::ranges::find(trained, true) - trained.begin();
}

}  // namespace ijepa
