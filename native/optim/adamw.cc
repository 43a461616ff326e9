#include "optim/adamw.h"

#include <torch/csrc/autograd/variable.h>
#include <torch/types.h>

#include "base/error.h"

namespace ijepa {

namespace {

AdamW::State fresh_state(const at::Tensor& parameter) {
  const auto step = at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false));
  return {at::zeros_like(parameter.detach()), at::zeros_like(parameter.detach()), step};
}

}  // namespace

void AdamW::configure(const AdamWOptions& options, const std::vector<ParameterGroup>& groups,
                      const std::function<at::Tensor(const std::string&)>& parameter) {
  clear_gradients();
  options_ = options;
  groups_.clear();
  for (const auto& [names, learning_rate_scale, weight_decay] : groups) {
    auto& group = groups_.emplace_back();
    group.names = names;
    group.learning_rate_scale = learning_rate_scale;
    group.weight_decay = weight_decay;
    for (const auto& name : names) {
      const auto& values = group.parameters.emplace_back(parameter(name));
      auto& state = states_[name];
      if (!state.step.defined()) state = fresh_state(values);
      group.exp_avgs.push_back(state.exp_avg);
      group.exp_avg_sqs.push_back(state.exp_avg_sq);
      group.steps.push_back(state.step);
    }
  }
}

void AdamW::step(double learning_rate, const at::Tensor& skip, const at::Tensor& divisor) {
  const at::NoGradGuard no_grad;
  const auto grad_scale = divisor.defined() ? std::optional(divisor) : std::nullopt;
  const auto advance = 1 - skip;
  for (auto& group : groups_) {
    if (group.parameters.empty()) continue;
    std::vector<at::Tensor> gradients;
    for (const auto& parameter : group.parameters) gradients.push_back(parameter.grad());
    at::_foreach_add_(group.steps, advance);  // the kernel reads the steps and leaves them
    at::_fused_adamw_(group.parameters, gradients, group.exp_avgs, group.exp_avg_sqs, /*max_exp_avg_sqs=*/{},
                      group.steps, learning_rate * group.learning_rate_scale, options_.beta1, options_.beta2,
                      group.weight_decay, options_.epsilon, /*amsgrad=*/false, /*maximize=*/false, grad_scale,
                      skip);
    // The fused kernel writes behind autograd; who keeps copies in another dtype must see that they are old.
    for (const auto& parameter : group.parameters) torch::autograd::impl::bump_version(parameter);
  }
}

std::vector<at::Tensor> AdamW::gradients() const {
  std::vector<at::Tensor> gradients;
  for (const auto& group : groups_) {
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      const auto& gradient = gradients.emplace_back(group.parameters[i].grad());
      IJEPA_CHECK(gradient.defined(), ErrorCode::kArgument,
                  "Parameter '" + group.names[i] + "' is set to train, and this step does not use it");
    }
  }
  return gradients;
}

void AdamW::clear_gradients() {
  for (auto& group : groups_)
    for (auto& parameter : group.parameters) parameter.mutable_grad().reset();
}

}  // namespace ijepa
