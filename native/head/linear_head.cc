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
  constexpr int64_t kRows = 4096;  // at a time
  const auto sum_over_rows = [&](const auto& of) {
    auto sum = at::zeros({features.size(1)}, features.options().dtype(at::kDouble));
    for (const auto& block : features.split(kRows)) sum.add_(of(normalized(block.to(at::kFloat)).to(at::kDouble)).sum(0));
    return sum;
  };
  const auto n = static_cast<double>(features.size(0));
  const auto exact = sum_over_rows([](const at::Tensor& rows) { return rows; }) / n;
  const auto squares = sum_over_rows([&](const at::Tensor& rows) { return (rows - exact).square(); });
  mean = exact.to(at::kFloat);
  deviation = (squares / (n - 1)).sqrt().to(at::kFloat);
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
