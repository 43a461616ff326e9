#include "head/linear_head.h"

#include "head/unit_rows.h"

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
  return Linear::forward(prepared(features));
}

at::Tensor LinearHead::prepared(const at::Tensor& features) const {
  const auto rows = normalized(features);
  return mean.defined() ? (rows - mean) * scale() : rows;
}

void LinearHead::standardize() {
  mean = bias.new_zeros({weight.size(1)});
  deviation = bias.new_ones({weight.size(1)});
}

void LinearHead::standardize(const at::Tensor& features) {
  const auto rows = normalized(features);
  mean = rows.mean(0);
  deviation = rows.std(0);
}

at::Tensor LinearHead::folded_weight() const { return mean.defined() ? weight * scale() : weight; }

at::Tensor LinearHead::folded_bias() const {
  return mean.defined() ? bias - at::mv(weight, mean * scale()) : bias;
}

at::Tensor LinearHead::normalized(const at::Tensor& features) const {
  return normalizes_ ? unit_rows(features, /*centre=*/true) : features;
}

at::Tensor LinearHead::scale() const { return (deviation + 1e-6).reciprocal(); }

}  // namespace ijepa
