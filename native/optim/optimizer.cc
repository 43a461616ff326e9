#include "optim/optimizer.h"

#include <torch/csrc/autograd/variable.h>
#include <torch/types.h>

#include "base/error.h"
#include "optim/adamw.h"
#include "optim/sgd.h"

namespace ijepa {

void Optimizer::configure(const OptimizerOptions& options, const std::vector<ParameterGroup>& groups,
                          const std::function<at::Tensor(const std::string&)>& parameter) {
  clear_gradients();
  options_ = options;
  groups_.clear();
  for (const auto& [names, learning_rate_scale, weight_decay] : groups) {
    auto& group = groups_.emplace_back(Group{names, {}, learning_rate_scale, weight_decay});
    for (const auto& name : names) prepare(name, group.parameters.emplace_back(parameter(name)));
  }
}

std::vector<at::Tensor> Optimizer::Group::gradients() const {
  std::vector<at::Tensor> gradients;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto& gradient = gradients.emplace_back(parameters[i].grad());
    IJEPA_CHECK(gradient.defined(), ErrorCode::kArgument,
                "Parameter '" + names[i] + "' is set to train, and this step does not use it");
  }
  return gradients;
}

std::vector<at::Tensor> Optimizer::gradients() const {
  std::vector<at::Tensor> gradients;
  for (const auto& group : groups_) {
    const auto own = group.gradients();
    gradients.insert(gradients.end(), own.begin(), own.end());
  }
  return gradients;
}

void Optimizer::clear_gradients() {
  for (auto& group : groups_)
    for (auto& parameter : group.parameters) parameter.mutable_grad().reset();
}

std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind) {
  if (kind == OptimizerKind::kAdamW) return std::make_unique<AdamW>();
  return std::make_unique<Sgd>(kind == OptimizerKind::kLars ? Sgd::Scaling::kLars : Sgd::Scaling::kNone);
}

void mark_as_changed(const std::vector<at::Tensor>& parameters) {
  for (const auto& parameter : parameters) torch::autograd::impl::bump_version(parameter);
}

}  // namespace ijepa
