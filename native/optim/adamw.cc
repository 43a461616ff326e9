#include "optim/adamw.h"

#include <torch/types.h>

namespace ijepa {

void AdamW::prepare(const std::string& name, const at::Tensor& parameter) {
  auto& state = states_[name];
  if (state.step.defined()) return;
  const auto values = parameter.detach();
  state = {at::zeros_like(values), at::zeros_like(values), at::zeros({}, values.options().dtype(at::kFloat))};
}

void AdamW::step(double learning_rate, const at::Tensor& skip, const at::Tensor& divisor) {
  const at::NoGradGuard no_grad;
  const auto grad_scale = divisor.defined() ? std::optional(divisor) : std::nullopt;
  const auto advance = 1 - skip;
  for (auto& group : groups_) {
    if (group.parameters.empty()) continue;
    std::vector<at::Tensor> exp_avgs, exp_avg_sqs, steps;
    for (const auto& name : group.names) {
      const auto& state = states_.at(name);
      exp_avgs.push_back(state.exp_avg);
      exp_avg_sqs.push_back(state.exp_avg_sq);
      steps.push_back(state.step);
    }
    at::_foreach_add_(steps, advance);  // the kernel reads the steps and leaves them
    at::_fused_adamw_(group.parameters, group.gradients(), exp_avgs, exp_avg_sqs, /*max_exp_avg_sqs=*/{}, steps,
                      learning_rate * group.learning_rate_scale, options_.beta1, options_.beta2,
                      group.weight_decay, options_.epsilon, /*amsgrad=*/false, /*maximize=*/false, grad_scale,
                      skip);
    mark_as_changed(group.parameters);
  }
}

std::vector<std::pair<std::string, at::Tensor>> AdamW::state() const {
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (const auto& [name, state] : states_) {
    named.emplace_back("adamw.exp_avg." + name, state.exp_avg);
    named.emplace_back("adamw.exp_avg_sq." + name, state.exp_avg_sq);
    named.emplace_back("adamw.step." + name, state.step);
  }
  return named;
}

}  // namespace ijepa
