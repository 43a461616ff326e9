#include "optim/stacked_optimizer.h"

#include <torch/types.h>

#include <cmath>

namespace ijepa {

namespace {

constexpr double kTrustCoefficient = 0.001;

}  // namespace

StackedOptimizer::StackedOptimizer(const Kind& kind, std::vector<Parameter> parameters,
                                   const std::vector<double>& weight_decays)
    : kind_(kind), weight_decays_(torch::tensor(weight_decays, at::kDouble)), updates_(at::zeros({}, at::kLong)) {
  for (auto& parameter : parameters) {
    Slot slot{std::move(parameter), {}, {}};
    slot.first = at::zeros_like(slot.parameter.values);
    if (kind.optimizer == OptimizerKind::kAdamW) slot.second = at::zeros_like(slot.parameter.values);
    slots_.push_back(std::move(slot));
  }
}

void StackedOptimizer::step(const std::vector<at::Tensor>& gradients, const std::vector<double>& learning_rates) {
  const auto rates = torch::tensor(learning_rates, at::kDouble);
  updates_.add_(1);
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (kind_.optimizer == OptimizerKind::kAdamW) step_adamw(slots_[i], gradients[i], rates);
    else step_momentum(slots_[i], gradients[i], rates);
  }
}

void StackedOptimizer::step_adamw(Slot& slot, const at::Tensor& gradient, const at::Tensor& rates) {
  const auto& [beta1, beta2, epsilon, momentum] = kind_.options;
  const auto updates = static_cast<double>(updates_.item<int64_t>());
  const double correction1 = 1 - std::pow(beta1, updates), correction2 = 1 - std::pow(beta2, updates);
  auto& values = slot.parameter.values;
  if (slot.parameter.decays) values.mul_(factor(1 - rates * weight_decays_, slot));
  slot.first.lerp_(gradient, 1 - beta1);
  slot.second.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
  const auto divisor = slot.second.sqrt().div_(std::sqrt(correction2)).add_(epsilon);
  values.addcdiv_(slot.first * factor(rates / correction1, slot), divisor, -1);
}

void StackedOptimizer::step_momentum(Slot& slot, const at::Tensor& gradient, const at::Tensor& rates) {
  auto& values = slot.parameter.values;
  const bool is_lars = kind_.optimizer == OptimizerKind::kLars, is_matrix = values.dim() > 2;
  auto change = gradient;
  if (slot.parameter.decays && (is_matrix || !is_lars)) change = change + values * factor(weight_decays_, slot);
  if (is_lars && is_matrix) change = change * layer_scale(values, change);
  const double momentum = kind_.options.momentum;
  slot.first.mul_(momentum).add_(change);
  const bool looks_ahead = kind_.nesterov && !is_lars;
  values.addcmul_(looks_ahead ? change.add(slot.first, momentum) : slot.first, factor(rates, slot), -1);
}

at::Tensor StackedOptimizer::layer_scale(const at::Tensor& values, const at::Tensor& gradient) const {
  const auto norms = [](const at::Tensor& x) { return at::linalg_vector_norm(x.flatten(1), 2, 1); };
  const auto size = norms(values), change = norms(gradient);
  const auto ratio = kTrustCoefficient * size / change;
  const auto scale = at::where((size > 0).logical_and(change > 0), ratio, at::ones_like(ratio));
  return scale.view({-1, 1, 1});
}

at::Tensor StackedOptimizer::factor(const at::Tensor& by_head, const Slot& slot) const {
  std::vector<int64_t> shape(static_cast<size_t>(slot.parameter.values.dim()), 1);
  shape[0] = by_head.size(0);
  return by_head.to(slot.parameter.values.options()).view(shape);
}

std::vector<std::pair<std::string, at::Tensor>> StackedOptimizer::state() const {
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (const auto& [parameter, first, second] : slots_) {
    if (kind_.optimizer == OptimizerKind::kAdamW) {
      named.emplace_back("adamw.exp_avg." + parameter.name, first);
      named.emplace_back("adamw.exp_avg_sq." + parameter.name, second);
    } else {
      const bool is_lars = kind_.optimizer == OptimizerKind::kLars;
      named.emplace_back((is_lars ? "lars.momentum_buffer." : "sgd.momentum_buffer.") + parameter.name, first);
    }
  }
  if (kind_.optimizer == OptimizerKind::kAdamW) named.emplace_back("adamw.step", updates_);
  return named;
}

}  // namespace ijepa
