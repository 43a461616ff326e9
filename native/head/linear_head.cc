#include "head/linear_head.h"

namespace ijepa {

void LinearHead::initialize(double initial, at::Generator& generator) {
  const at::NoGradGuard no_grad;
  if (initial > 0) {
    weight.normal_(0, initial, generator).clamp_(-2, 2);
  } else {
    weight.zero_();
  }
  bias.zero_();
}

at::Tensor LinearHead::forward(const at::Tensor& features) {
  return Linear::forward(standardized(features));
}

at::Tensor LinearHead::standardized(const at::Tensor& features) const {
  return mean.defined() ? (features - mean) * scale() : features;
}

void LinearHead::standardize() {
  mean = bias.new_zeros({weight.size(1)});
  deviation = bias.new_ones({weight.size(1)});
}

void LinearHead::standardize(const at::Tensor& features) {
  mean = features.mean(0);
  deviation = features.std(0);
}

at::Tensor LinearHead::folded_weight() const { return mean.defined() ? weight * scale() : weight; }

at::Tensor LinearHead::folded_bias() const {
  return mean.defined() ? bias - at::mv(weight, mean * scale()) : bias;
}

at::Tensor LinearHead::scale() const { return (deviation + 1e-6).reciprocal(); }

}  // namespace ijepa
