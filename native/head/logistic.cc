#include "head/logistic.h"

#include <torch/types.h>

#include <algorithm>
#include <memory>

#include "head/lbfgs.h"

namespace ijepa {

namespace {

// Rows that are computed at a time, and at most so many logits: 8 MiB of them.
constexpr int64_t kMostRows = 2048, kMostLogits = 1 << 20;

struct Evaluation {
  at::Tensor objective;  // [A], CPU
  at::Tensor gradient;   // [A, C, F + 1]: of the weights, then of the bias
  at::Tensor curvature;  // [A], CPU: mean of p·(1 - p) over rows and classes
};

// Parameters are [C, F + 1], weights and bias, on features from which their mean is taken where there is an intercept: then the
// two do not disturb each other.
class Objective {
 public:
  Objective(const LogisticData& data, const LogisticConfig& config, const CancelToken& cancel)
      : data_(data), config_(config), cancel_(cancel), rows_(data.labels.size(0)) {
    const auto options = data.labels.options().dtype(at::kDouble);
    mean_ = at::zeros({data.columns}, options);
    if (config.intercept) {
      each_block(kMostRows, [&](int64_t, const at::Tensor& x) { mean_.add_(x.sum(0)); });
      mean_.div_(static_cast<double>(rows_));
    }
    auto covariance = at::zeros({data.columns, data.columns}, options);
    each_block(kMostRows, [&](int64_t, const at::Tensor& x) {
      const auto centred = x - mean_;
      covariance.addmm_(centred.t(), centred);
    });
    std::tie(variances_, axes_) = at::linalg_eigh(covariance.div_(static_cast<double>(rows_)));
    variances_.clamp_min_(0);
  }

  // Of so many strengths at once, those in `which`: parameters [A, C, F + 1].
  Evaluation operator()(const at::Tensor& parameters, const std::vector<int64_t>& which) const {
    const int64_t problems = parameters.size(0), logits = problems * data_.classes;
    const auto weight = parameters.narrow(2, 0, data_.columns), bias = parameters.select(2, data_.columns);
    const auto flat = weight.reshape({logits, data_.columns}), flat_bias = bias.reshape({logits});
    auto losses = at::zeros({problems}, parameters.options()), squares = at::zeros_like(losses);
    auto weight_gradient = at::zeros_like(flat), bias_gradient = at::zeros_like(flat_bias);
    each_block(std::clamp<int64_t>(kMostLogits / logits, 1, kMostRows), [&](int64_t begin, const at::Tensor& x) {
      const auto centred = x - mean_;
      // [A, C, b]: what runs over classes is many times as fast over long rows of rows.
      auto z = at::addmm(flat_bias.unsqueeze(1), flat, centred.t()).view({problems, data_.classes, x.size(0)});
      const auto wanted = data_.labels.narrow(0, begin, x.size(0)).view({1, 1, -1}).expand({problems, 1, x.size(0)});
      z.sub_(z.amax(1, /*keepdim=*/true));
      losses.sub_(z.gather(1, wanted).sum({1, 2}));
      z.exp_();
      const auto sums = z.sum(1, /*keepdim=*/true);
      losses.add_(sums.log().sum({1, 2}));
      z.div_(sums);
      squares.add_(z.square().sum({1, 2}));
      z.scatter_add_(1, wanted, at::full({1, 1, 1}, -1.0, z.options()).expand_as(wanted));
      const auto difference = z.view({logits, x.size(0)});
      weight_gradient.addmm_(difference, centred);
      bias_gradient.add_(difference.sum(1));
    });
    const auto rows = static_cast<double>(rows_);
    std::vector<double> penalties;
    for (const int64_t index : which) penalties.push_back(penalty(index));
    const auto by_problem = at::tensor(penalties, parameters.options());
    auto gradient = at::zeros_like(parameters);
    gradient.narrow(2, 0, data_.columns)
        .copy_(weight_gradient.view_as(weight) / rows + weight * by_problem.view({-1, 1, 1}));
    if (config_.intercept) gradient.select(2, data_.columns).copy_(bias_gradient.view_as(bias) / rows);
    return {(losses / rows + weight.square().sum({1, 2}) * by_problem / 2).cpu(), gradient,
            ((rows - squares) / (rows * static_cast<double>(data_.classes))).cpu()};
  }

  // The inverse Hessian of strength `index` where p·(1 - p) is `curvature` everywhere, applied to `gradient`.
  at::Tensor precondition(const at::Tensor& gradient, int64_t index, double curvature) const {
    auto result = gradient / curvature;
    const auto turned = gradient.narrow(1, 0, data_.columns).mm(axes_) / (variances_ * curvature + penalty(index));
    result.narrow(1, 0, data_.columns).copy_(turned.mm(axes_.t()));
    return result;
  }

  // Weights and bias for features as they are, in place.
  void uncentre(at::Tensor parameters) const {
    parameters.select(1, data_.columns).sub_(at::mv(parameters.narrow(1, 0, data_.columns), mean_));
  }

  // Largest component of the gradient for features as they are.
  double largest(const at::Tensor& gradient) const {
    const auto bias = gradient.select(1, data_.columns);
    const auto weight = gradient.narrow(1, 0, data_.columns) + at::outer(bias, mean_);
    return std::max(weight.abs().max().item<double>(), bias.abs().max().item<double>());
  }

 private:
  double penalty(int64_t index) const {
    const double strength = config_.inverse_strengths[static_cast<size_t>(index)] * static_cast<double>(rows_);
    return (data_.classes == 2 ? 2 : 1) / strength;
  }

  template <typename Work>
  void each_block(int64_t step, Work work) const {
    for (int64_t begin = 0; begin < rows_; begin += step) {
      cancel_.check();
      work(begin, data_.features(begin, std::min(step, rows_ - begin)).to(at::kDouble));
    }
  }

  const LogisticData& data_;
  const LogisticConfig& config_;
  const CancelToken& cancel_;
  int64_t rows_;
  at::Tensor mean_, variances_, axes_;  // of the features: [F], [F] and, as columns, [F, F]
};

// The minimisation for one strength.
struct Descent {
  double curvature;  // that it is preconditioned with
  std::unique_ptr<Lbfgs> lbfgs;
  bool stopped = false;
};

at::Tensor trials(const std::vector<Descent>& descents, const std::vector<int64_t>& which) {
  std::vector<at::Tensor> points;
  for (const int64_t index : which) points.push_back(descents[static_cast<size_t>(index)].lbfgs->trial());
  return at::stack(points);
}

// Every descent at 0, where all have the same value and gradient.
std::vector<Descent> begin_at_zero(const Objective& objective, const LogisticData& data, size_t strengths) {
  const auto start =
      at::zeros({1, data.classes, data.columns + 1}, data.labels.options().dtype(at::kDouble));
  const auto found = objective(start, {0});
  std::vector<Descent> descents(strengths);
  for (size_t i = 0; i < strengths; ++i) {
    auto& descent = descents[i];
    descent.curvature = found.curvature.item<double>();
    if (descent.curvature <= 0) descent.curvature = 1;  // of a single class
    descent.lbfgs = std::make_unique<Lbfgs>(
        start[0], found.objective.item<double>(), found.gradient[0],
        [&objective, &descent, i](const at::Tensor& gradient) {
          return objective.precondition(gradient, static_cast<int64_t>(i), descent.curvature);
        });
  }
  return descents;
}

}  // namespace

LogisticFit fit_logistic(const LogisticData& data, const LogisticConfig& config, const CancelToken& cancel) {
  const Objective objective(data, config, cancel);
  auto descents = begin_at_zero(objective, data, config.inverse_strengths.size());
  const auto is_done = [&](const Descent& descent) {
    return descent.stopped || descent.lbfgs->iterations() >= config.max_iterations ||
           objective.largest(descent.lbfgs->gradient()) <= config.tolerance;
  };
  for (;;) {
    std::vector<int64_t> which;
    for (size_t i = 0; i < descents.size(); ++i)
      if (!is_done(descents[i])) which.push_back(static_cast<int64_t>(i));
    if (which.empty()) break;
    const auto found = objective(trials(descents, which), which);
    for (int64_t i = 0; i < std::ssize(which); ++i) {
      auto& descent = descents[static_cast<size_t>(which[static_cast<size_t>(i)])];
      const double curvature = found.curvature[i].item<double>();
      if (curvature > 0 && curvature < descent.curvature / 2) descent.curvature = curvature;
      descent.stopped = !descent.lbfgs->receive(found.objective[i].item<double>(), found.gradient[i]);
    }
  }
  LogisticFit fit;
  std::vector<at::Tensor> parameters;
  for (const auto& [curvature, lbfgs, stopped] : descents) {
    parameters.push_back(lbfgs->point().clone());
    objective.uncentre(parameters.back());
    fit.iterations.push_back(lbfgs->iterations());
    fit.objective.push_back(lbfgs->value());
    fit.gradient.push_back(objective.largest(lbfgs->gradient()));
  }
  const auto all = at::stack(parameters);
  fit.weight = all.narrow(2, 0, data.columns);
  fit.bias = all.select(2, data.columns);
  return fit;
}

}  // namespace ijepa
