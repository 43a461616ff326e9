#pragma once

// Which patches of a picture a classifier's answer rests on.

#include <ATen/core/Tensor.h>

namespace ijepa {

enum class ExplanationMethod {
  // Gradient of the class's logit × activation, summed over the channels of the tokens that pooling takes (of every layer
  // that the head sees): Grad-CAM without its averaging of gradients, as HiResCAM has it (Draelos and Carin 2020,
  // arXiv:2011.08891). Where tokens are averaged after the final normalisation, the weights sum to the logit without its bias.
  kGradient,
  // VisionTransformer::attention_rollout(), then what pooling draws: the mean over the tokens (and over the layers that the head
  // sees), or attention pooling's own shares, averaged over its heads. The same for every class.
  kAttention,
};

struct Explanation {
  at::Tensor weights;  // float32 CPU [B, N], patches row by row
  at::Tensor logits;   // float32 CPU [B, C]
};

}  // namespace ijepa
