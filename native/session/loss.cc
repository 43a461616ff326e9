#include "session/loss.h"

#include <torch/types.h>

#include <cmath>
#include <string>

#include "augment/mixup.h"
#include "base/error.h"

namespace ijepa {

namespace {

bool are_labels(const at::Tensor& targets) { return targets.dim() == 1; }

}  // namespace

Loss::Loss(const LossOptions& options, int64_t classes, at::Device device)
    : kind_(options.kind), label_smoothing_(options.label_smoothing), classes_(classes) {
  if (options.class_weights.empty()) return;
  IJEPA_CHECK(static_cast<int64_t>(options.class_weights.size()) == classes, ErrorCode::kArgument,
              "Expected a weight for each of the " + std::to_string(classes) + " classes");
  for (const double weight : options.class_weights)
    IJEPA_CHECK(weight > 0 && std::isfinite(weight), ErrorCode::kArgument, "Expected weights of classes above 0");
  weights_ = torch::tensor(options.class_weights, at::kFloat).to(device);
}

at::Tensor Loss::sum(const at::Tensor& logits, const at::Tensor& targets) const {
  const auto weights = weights_.defined() ? std::optional(weights_) : std::nullopt;
  if (kind_ == LossKind::kCrossEntropy)
    return at::cross_entropy_loss(logits, targets, weights, at::Reduction::Sum, /*ignore_index=*/-100,
                                  label_smoothing_);
  const auto shares = are_labels(targets) ? label_shares(targets, classes_) : targets;
  const auto smoothed = shares * (1 - label_smoothing_) + label_smoothing_ / static_cast<double>(classes_);
  return at::binary_cross_entropy_with_logits(logits, smoothed, weights, /*pos_weight=*/{}, at::Reduction::Sum);
}

at::Tensor Loss::divisor(const at::Tensor& targets) const {
  const auto rows = targets.size(0);
  const auto options = targets.options().dtype(at::kFloat);
  if (kind_ == LossKind::kBinaryCrossEntropy) return at::full({}, static_cast<double>(rows * classes_), options);
  if (!weights_.defined()) return at::full({}, static_cast<double>(rows), options);
  return are_labels(targets) ? weights_.index_select(0, targets).sum() : at::mv(targets, weights_).sum();
}

}  // namespace ijepa
