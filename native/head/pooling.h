#pragma once

// Patch tokens to one feature vector an image; I-JEPA has no class token.

#include <ATen/core/Tensor.h>

#include <functional>

namespace ijepa {

enum class Pooling {
  kNormThenMean,  // mean of the normalised patch tokens: the published evaluation, and Hugging Face's
                  // classifier
  kMeanThenNorm,  // normalised mean of the patch tokens
};

// Tokens before the encoder's final normalisation [B, N, D] -> features [B, D]; `norm` normalises the last
// dimension.
at::Tensor pool(const at::Tensor& tokens, Pooling pooling,
                const std::function<at::Tensor(const at::Tensor&)>& norm);

}  // namespace ijepa
