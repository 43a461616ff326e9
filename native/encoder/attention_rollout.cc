// Attention rollout (Abnar and Zuidema 2020, arXiv:2005.00928): how much of each patch reaches a block's output, if attention
// alone moved it. A block moves by the mean of its heads' attention and the identity, which stands for the residual branch,
// with rows that sum to 1; blocks follow one another as a product of matrices.

#include "encoder/vision_transformer.h"

namespace ijepa {

std::vector<at::Tensor> VisionTransformer::attention_rollout(const at::Tensor& images, int64_t count,
                                                             const ForwardPass& pass) {
  auto x = embed(images);
  const auto identity = at::eye(x.size(1), x.options());
  std::vector<at::Tensor> rollouts;
  for (int64_t i = 0; i < shape_.depth; ++i) {
    pass.cancel.check();
    auto& block = *blocks_[static_cast<size_t>(i)];
    const auto moved = (block.attn->probabilities(block.norm1->forward(x)) + identity) / 2;
    rollouts.push_back(rollouts.empty() ? moved : moved.matmul(rollouts.back()));
    if (rollouts.size() > static_cast<size_t>(count)) rollouts.erase(rollouts.begin());
    if (i + 1 < shape_.depth) x = block.forward(x);
  }
  return rollouts;
}

}  // namespace ijepa
