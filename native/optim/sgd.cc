#include "optim/sgd.h"

#include <torch/types.h>

namespace ijepa {

namespace {

constexpr double kTrustCoefficient = 0.001;

at::Tensor layer_scaled(const at::Tensor& parameter, const at::Tensor& gradient, double weight_decay) {
  const auto decayed = gradient + weight_decay * parameter;
  if (parameter.dim() < 2) return decayed;
  const auto size = parameter.norm(), change = decayed.norm();
  const auto ratio = kTrustCoefficient * size / change;
  return decayed * at::where((size > 0).logical_and(change > 0), ratio, at::ones_like(ratio));
}

}  // namespace

void Sgd::prepare(const std::string& name, const at::Tensor& parameter) {
  auto& buffer = momentum_buffers_[name];
  if (!buffer.defined()) buffer = at::zeros_like(parameter.detach());
}

// All that takes memory comes first: where there is none, no parameter has changed.
void Sgd::step(double learning_rate, const at::Tensor& skip, const at::Tensor& divisor) {
  const at::NoGradGuard no_grad;
  const bool scales = scaling_ == Scaling::kLars;
  std::vector<std::vector<at::Tensor>> gradients;
  for (const auto& group : groups_) {
    auto& own = gradients.emplace_back(group.gradients());
    if (divisor.defined() && !own.empty()) at::_foreach_div_(own, divisor);
    for (size_t i = 0; scales && i < own.size(); ++i)
      own[i] = layer_scaled(group.parameters[i], own[i], group.weight_decay);
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    auto& group = groups_[i];
    if (group.parameters.empty()) continue;
    std::vector<at::Tensor> buffers;
    for (const auto& name : group.names) buffers.push_back(momentum_buffers_.at(name));
    at::_fused_sgd_(group.parameters, gradients[i], buffers, scales ? 0 : group.weight_decay, options_.momentum,
                    learning_rate * group.learning_rate_scale, /*dampening=*/0, /*nesterov=*/!scales,
                    /*maximize=*/false, /*is_first_step=*/false, /*grad_scale=*/{}, skip);
    mark_as_changed(group.parameters);
  }
}

std::vector<std::pair<std::string, at::Tensor>> Sgd::state() const {
  const std::string prefix = scaling_ == Scaling::kLars ? "lars.momentum_buffer." : "sgd.momentum_buffer.";
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (const auto& [name, buffer] : momentum_buffers_) named.emplace_back(prefix + name, buffer);
  return named;
}

}  // namespace ijepa
