#include "optim/averages.h"

#include <torch/csrc/autograd/variable.h>
#include <torch/types.h>

#include "base/error.h"

namespace ijepa {

Averages::Averages(double decay, at::Device device)
    : decay_(decay), step_(at::zeros({}, at::TensorOptions(device).dtype(at::kFloat))) {}

void Averages::add(const std::string& name, const at::Tensor& parameter) {
  if (!entries_.contains(name)) entries_.emplace(name, Entry{parameter, parameter.detach().clone()});
}

void Averages::update(const at::Tensor& skip) {
  const at::NoGradGuard no_grad;
  const auto made = 1 - skip;
  const auto decay = (1 - (1 + step_).pow(-2.0 / 3)).clamp_max(decay_);
  const auto share = (1 - decay) * made;
  for (auto& [name, entry] : entries_) entry.average.lerp_(entry.parameter, share);
  step_ += made;
}

void Averages::use(bool averages) {
  if (used_ == averages) return;
  for (auto& [name, entry] : entries_) {
    const auto values = entry.parameter.variable_data();
    entry.parameter.set_data(entry.average);
    entry.average = values;
    torch::autograd::impl::bump_version(entry.parameter);  // casts of it are stale
  }
  used_ = averages;
}

std::vector<std::pair<std::string, at::Tensor>> Averages::state() const {
  std::vector<std::pair<std::string, at::Tensor>> named{{"ema.step", step_}};
  for (const auto& [name, entry] : entries_) named.emplace_back("ema.average." + name, entry.average);
  return named;
}

}  // namespace ijepa
