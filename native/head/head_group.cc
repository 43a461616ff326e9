#include "head/head_group.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include <algorithm>

namespace ijepa {

namespace {

constexpr double kMomentum = 0.1;

// Of logits that are computed at a time: 16 MiB of them.
constexpr int64_t kMostLogits = 1 << 22;

}  // namespace

HeadGroup::HeadGroup(int64_t heads, int64_t classes, int64_t columns, HeadNorm norm, at::Device device)
    : norm_(norm) {
  const auto options = at::TensorOptions(device).dtype(at::kFloat);
  weight_ = at::zeros({heads, classes, columns}, options);
  bias_ = at::zeros({heads, classes}, options);
  if (norm == HeadNorm::kAffine) {
    scale_ = at::ones({heads, columns}, options);
    shift_ = at::zeros({heads, columns}, options);
  }
  if (norm != HeadNorm::kNone) {
    running_mean_ = at::zeros({columns}, options);
    running_var_ = at::ones({columns}, options);
  }
}

void HeadGroup::initialize(double deviation, uint64_t seed) {
  if (deviation == 0) return;
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto one = at::empty({classes(), columns()}, at::kFloat).normal_(0, deviation, generator).clamp_(-2, 2);
  weight_.copy_(one.expand_as(weight_));
}

std::vector<std::pair<const char*, at::Tensor>> HeadGroup::parameters() const {
  if (norm_ != HeadNorm::kAffine) return {{"weight", weight_}, {"bias", bias_}};
  return {{"weight", weight_}, {"bias", bias_}, {"scale", scale_}, {"shift", shift_}};
}

std::vector<std::pair<const char*, at::Tensor>> HeadGroup::statistics() const {
  if (norm_ == HeadNorm::kNone) return {};
  return {{"running_mean", running_mean_}, {"running_var", running_var_}};
}

HeadInput HeadGroup::input(const at::Tensor& features) const {
  if (norm_ == HeadNorm::kNone) return {features.contiguous(), {}, {}};
  const auto rows = static_cast<double>(features.size(0));
  const auto mean = features.mean(0);
  const auto centred = features - mean;
  const auto variance = centred.square().mean(0);
  return {centred * (variance + epsilon()).rsqrt(), mean, variance * (rows / (rows - 1))};
}

HeadGradients HeadGroup::gradients(const at::Tensor& input, const at::Tensor& labels, LinearKernel kernel,
                                   const CancelToken& cancel) const {
  const int64_t rows = input.size(0);
  const int64_t step = std::clamp<int64_t>(kMostLogits / (rows * classes()), 1, size());
  HeadGradients sum{{}, at::empty({size()}, weight_.options()), at::empty({size()}, labels.options())};
  for (const auto& [name, values] : parameters()) sum.of_parameters.push_back(at::empty_like(values));
  for (int64_t begin = 0; begin < size(); begin += step) {
    cancel.check();
    const int64_t heads = std::min(step, size() - begin);
    const auto [weight, bias] = scaled(begin, begin + heads);
    // As [heads, C, B]: softmax is many times as fast over long rows of rows than over short ones of classes.
    const auto logits = linear(weight, input, /*bias=*/{}, training_kernel(kernel))
                            .add_(bias.unsqueeze(1))
                            .view({heads, classes(), rows});
    auto difference = at::log_softmax(logits, 1);
    const auto wanted = labels.view({1, 1, rows}).expand({heads, 1, rows});
    sum.correct.narrow(0, begin, heads).copy_(logits.argmax(1).eq(labels).sum(1));
    sum.losses.narrow(0, begin, heads).copy_(difference.gather(1, wanted).mean({1, 2}).neg());
    difference.exp_().scatter_add_(1, wanted, at::full({1, 1, 1}, -1.0, difference.options()).expand_as(wanted));
    difference.div_(static_cast<double>(rows));
    const auto gradient = linear_backward(difference.view({heads * classes(), rows}).t(), input, weight, kernel,
                                          {false, true, true});
    add_gradients(begin, gradient[1].view({heads, classes(), columns()}), gradient[2].view({heads, classes()}), sum);
  }
  return sum;
}

void HeadGroup::add_gradients(int64_t begin, const at::Tensor& weight, const at::Tensor& bias,
                              HeadGradients& sum) const {
  const auto part = [&, heads = weight.size(0)](const at::Tensor& stacked) { return stacked.narrow(0, begin, heads); };
  part(sum.of_parameters[1]).copy_(bias);
  if (norm_ != HeadNorm::kAffine) {
    part(sum.of_parameters[0]).copy_(weight);
    return;
  }
  // The layer's weight is W·diag(scale), its bias b + W·shift.
  part(sum.of_parameters[0])
      .copy_(weight * part(scale_).unsqueeze(1))
      .addcmul_(bias.unsqueeze(2), part(shift_).unsqueeze(1));
  part(sum.of_parameters[2]).copy_((weight * part(weight_)).sum(1));
  part(sum.of_parameters[3]).copy_(at::bmm(bias.unsqueeze(1), part(weight_)).squeeze(1));
}

void HeadGroup::track(const HeadInput& input) {
  if (norm_ == HeadNorm::kNone) return;
  running_mean_.mul_(1 - kMomentum).add_(input.mean, kMomentum);
  running_var_.mul_(1 - kMomentum).add_(input.variance, kMomentum);
}

std::pair<at::Tensor, at::Tensor> HeadGroup::scaled(int64_t begin, int64_t end) const {
  const auto weight = weight_.slice(0, begin, end), bias = bias_.slice(0, begin, end);
  if (norm_ != HeadNorm::kAffine) return {weight.flatten(0, 1), bias.flatten()};
  const auto shifted = at::bmm(weight, shift_.slice(0, begin, end).unsqueeze(2)).squeeze(2);
  return {(weight * scale_.slice(0, begin, end).unsqueeze(1)).flatten(0, 1), (bias + shifted).flatten()};
}

std::pair<at::Tensor, at::Tensor> HeadGroup::folded(int64_t begin, int64_t end) const {
  if (norm_ == HeadNorm::kNone) return scaled(begin, end);
  const auto weight = at::empty({(end - begin) * classes(), columns()}, weight_.options());
  const auto bias = at::empty({(end - begin) * classes()}, weight_.options());
  // In float64, as features that lie far from 0 would cost digits; a head at a time, as all are twice as large then.
  const auto factor = (running_var_.to(at::kDouble) + epsilon()).rsqrt(), mean = running_mean_.to(at::kDouble);
  for (int64_t head = begin; head < end; ++head) {
    const auto own = scaled(head, head + 1);
    const auto wide = own.first.to(at::kDouble) * factor;
    weight.narrow(0, (head - begin) * classes(), classes()).copy_(wide);
    bias.narrow(0, (head - begin) * classes(), classes()).copy_(own.second.to(at::kDouble) - at::mv(wide, mean));
  }
  return {weight, bias};
}

}  // namespace ijepa
