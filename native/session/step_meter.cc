#include "session/step_meter.h"

#include <torch/types.h>

#include <cmath>
#include <limits>
#include <utility>

namespace ijepa {

StepMeter::StepMeter(at::Device device) : device_(device) { clear(); }

void StepMeter::clear() {
  const auto options = at::TensorOptions(device_).dtype(at::kDouble);
  is_unread_ = false;
  sums_ = at::zeros({6}, options);
  first_skipped_ = at::full({1}, std::numeric_limits<double>::infinity(), options);
  samples_.clear();
}

void StepMeter::add(const StepOutcome& outcome, std::vector<int32_t> samples) {
  const at::NoGradGuard no_grad;
  const auto rows = static_cast<double>(samples.size());
  const auto correct = outcome.logits.argmax(1).eq(outcome.labels).sum().to(at::kDouble);
  const auto norm = outcome.gradient_norm.to(at::kDouble), one = at::ones_like(norm), none = at::zeros_like(norm);
  const auto update = at::stack({outcome.loss.detach().to(at::kDouble) * rows, correct, one * rows, norm, one, none});
  const auto failed = outcome.failed.to(at::kDouble);
  const auto skipped = at::stack({none, none, none, none, none, failed});
  sums_ += at::where(outcome.skip == 0, update, skipped);  // not times 0: what is skipped may be NaN
  const auto index = static_cast<double>(samples_.size());
  first_skipped_ = at::where(failed == 0, first_skipped_, first_skipped_.clamp_max(index));
  samples_.push_back(std::move(samples));
  is_unread_ = true;
}

StepMeans StepMeter::read() {
  const auto [sums, skipped_samples] = unread();
  const double* const v = sums.const_data_ptr<double>();
  const double samples = v[2], updates = v[4];
  const auto* const first = skipped_samples.const_data_ptr<int32_t>();
  StepMeans means{.loss = v[0] / samples,
                  .gradient_norm = v[3] / updates,
                  .top1 = v[1] / samples,
                  .samples = std::llround(samples),
                  .updates = std::llround(updates),
                  .skipped = std::llround(v[5]),
                  .skipped_samples = {first, first + skipped_samples.numel()}};
  clear();
  return means;
}

UnreadSteps StepMeter::unread() const {
  const auto all = at::cat({sums_, first_skipped_}).cpu();
  const double first = all[6].item<double>();
  auto skipped = at::empty({0}, at::kInt);
  if (std::isfinite(first)) skipped = torch::tensor(samples_[static_cast<size_t>(first)], at::kInt);
  return {all.narrow(0, 0, 6), skipped};
}

void StepMeter::restore(const UnreadSteps& unread) {
  const auto* const first = unread.skipped_samples.const_data_ptr<int32_t>();
  clear();
  sums_.copy_(unread.sums);
  samples_.emplace_back(first, first + unread.skipped_samples.numel());
  if (!samples_.front().empty()) first_skipped_.zero_();
  is_unread_ = true;
}

}  // namespace ijepa
