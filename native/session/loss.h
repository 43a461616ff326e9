#pragma once

// What training makes smaller: cross-entropy or binary cross-entropy, of labels or of shares of classes.

#include <ATen/core/Tensor.h>

#include <vector>

namespace ijepa {

enum class LossKind { kCrossEntropy, kBinaryCrossEntropy };

struct LossOptions {
  LossKind kind = LossKind::kCrossEntropy;
  // Share s of every target that is spread over the C classes: t becomes (1 - s)·t + s / C.
  double label_smoothing = 0;
  std::vector<double> class_weights = {};  // by class, above 0; empty: all 1
};

// Targets are labels, int64 [B], or shares of the classes, float32 [B, C]. The mean loss of a batch is sum() over
// divisor(), so that a batch can be summed up in parts, and what they come to is that of the whole.
//
// Cross-entropy, with weights w: Σᵢ Σ_c w_c·tᵢ_c·(-log pᵢ_c) / Σᵢ Σ_c w_c·tᵢ_c, the divisor before smoothing: for
// labels torch.nn.CrossEntropyLoss(weight, label_smoothing). Binary cross-entropy: the mean over samples and
// classes of torch.nn.functional.binary_cross_entropy_with_logits(weight), as timm's BinaryCrossEntropy.
class Loss {
 public:
  Loss(const LossOptions& options, int64_t classes, at::Device device);

  // Scalar; logits float32 [B, C].
  at::Tensor sum(const at::Tensor& logits, const at::Tensor& targets) const;
  // Scalar, above 0, on the device.
  at::Tensor divisor(const at::Tensor& targets) const;

 private:
  LossKind kind_;
  double label_smoothing_;
  int64_t classes_;
  at::Tensor weights_;  // float32 [C], or undefined
};

}  // namespace ijepa
