#include "session/step_meter.h"

#include <torch/types.h>

#include <cmath>
#include <limits>
#include <utility>

namespace ijepa {

StepMeter::StepMeter(at::Device device) : device_(device) { clear(); }

void StepMeter::clear() {
  const auto options = at::TensorOptions(device_).dtype(at::kDouble);
  sums_ = at::zeros({5}, options);
  skipped_ = at::zeros({1}, options);
  first_skipped_ = at::full({1}, std::numeric_limits<double>::infinity(), options);
  samples_.clear();
}

void StepMeter::add(const at::Tensor& loss, const at::Tensor& logits, const at::Tensor& labels,
                    const at::Tensor& gradient_norm, const at::Tensor& skip, std::vector<int32_t> samples) {
  const at::NoGradGuard no_grad;
  const auto rows = static_cast<double>(samples.size());
  const auto correct = logits.argmax(1).eq(labels).sum().to(at::kDouble);
  const auto norm = gradient_norm.to(at::kDouble), one = at::ones_like(norm);
  const auto update = at::stack({loss.detach().to(at::kDouble) * rows, correct, one * rows, norm, one});
  const auto made = skip == 0;
  sums_ += at::where(made, update, 0.0);  // not times 0: what is skipped may be NaN
  skipped_ += skip;
  const auto index = static_cast<double>(samples_.size());
  first_skipped_ = at::where(made, first_skipped_, first_skipped_.clamp_max(index));
  samples_.push_back(std::move(samples));
}

StepMeans StepMeter::read() {
  const auto all = at::cat({sums_, skipped_, first_skipped_}).cpu();
  const double* const v = all.const_data_ptr<double>();
  const double samples = v[2], updates = v[4];
  StepMeans means{.loss = v[0] / samples,
                  .gradient_norm = v[3] / updates,
                  .top1 = v[1] / samples,
                  .samples = std::llround(samples),
                  .updates = std::llround(updates),
                  .skipped = std::llround(v[5]),
                  .skipped_samples = {}};
  if (std::isfinite(v[6])) means.skipped_samples = std::move(samples_[static_cast<size_t>(v[6])]);
  clear();
  return means;
}

}  // namespace ijepa
