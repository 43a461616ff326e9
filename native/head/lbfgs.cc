#include "head/lbfgs.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace ijepa {

namespace {

constexpr size_t kMemory = 10;
constexpr int64_t kMostRefusals = 30;

double scalar_product(const at::Tensor& a, const at::Tensor& b) { return at::dot(a.flatten(), b.flatten()).item<double>(); }

}  // namespace

Lbfgs::Lbfgs(const at::Tensor& start, double value, const at::Tensor& gradient, Precondition precondition)
    : precondition_(std::move(precondition)), point_(start), gradient_(gradient), value_(value) {
  turn();
}

bool Lbfgs::receive(double value, const at::Tensor& gradient) {
  // Armijo's condition; near the minimum the values differ by rounding alone.
  const double rounding = 1e-14 * std::max(1.0, std::abs(value_));
  if (!(value <= value_ + 1e-4 * step_ * slope_ + rounding)) {
    const double parabola = -slope_ * step_ * step_ / (2 * (value - value_ - step_ * slope_));
    step_ = std::isfinite(parabola) ? std::clamp(parabola, 0.1 * step_, 0.5 * step_) : 0.1 * step_;
    return ++refused_ < kMostRefusals;
  }
  const auto change = step_ * direction_, gradient_change = gradient - gradient_;
  const double product = scalar_product(change, gradient_change);
  if (product > 0) pairs_.push_back({change, gradient_change, product});
  if (pairs_.size() > kMemory) pairs_.pop_front();
  point_ = point_ + change;
  gradient_ = gradient;
  value_ = value;
  ++iterations_;
  turn();
  return slope_ < 0;
}

void Lbfgs::turn() {
  auto q = gradient_.clone();
  std::vector<double> factors(pairs_.size());
  for (size_t i = pairs_.size(); i-- > 0;) {
    factors[i] = scalar_product(pairs_[i].change, q) / pairs_[i].product;
    q.sub_(pairs_[i].gradient_change, factors[i]);
  }
  auto r = precondition_(q);
  if (!pairs_.empty()) {
    const auto& [change, gradient_change, product] = pairs_.back();
    r.mul_(product / scalar_product(gradient_change, precondition_(gradient_change)));
  }
  for (size_t i = 0; i < pairs_.size(); ++i)
    r.add_(pairs_[i].change, factors[i] - scalar_product(pairs_[i].gradient_change, r) / pairs_[i].product);
  direction_ = -r;
  slope_ = scalar_product(gradient_, direction_);
  step_ = 1;
  refused_ = 0;
}

}  // namespace ijepa
