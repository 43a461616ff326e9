#pragma once

// Patch tokens to one feature vector an image; I-JEPA has no class token.

#include <ATen/core/Tensor.h>

#include <functional>

namespace ijepa {

enum class Pooling {
  kNormThenMean,  // mean of the normalised patch tokens: the published evaluation, and Hugging Face's
                  // classifier
  kMeanThenNorm,  // normalised mean of the patch tokens
  // What AttentivePooler makes of the normalised patch tokens, in V-JEPA's or capi's form.
  kVJepaAttentive,
  kCapiAttentive,
};

inline bool is_attentive(Pooling pooling) {
  return pooling == Pooling::kVJepaAttentive || pooling == Pooling::kCapiAttentive;
}

// Tokens before the encoder's final normalisation [B, N, D] -> features [B, D], by their mean; `norm` normalises the
// last dimension.
at::Tensor pool(const at::Tensor& tokens, Pooling pooling,
                const std::function<at::Tensor(const at::Tensor&)>& norm);

}  // namespace ijepa
