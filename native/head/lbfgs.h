#pragma once

// L-BFGS (Liu & Nocedal 1989; Nocedal & Wright, Numerical Optimization, algorithm 7.4) that asks for evaluations instead of making
// them, so that several minimisations can share one.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <functional>

namespace ijepa {

// Of a convex function of one tensor.
class Lbfgs {
 public:
  // `precondition` applies an approximate inverse Hessian; it may change from call to call.
  using Precondition = std::function<at::Tensor(const at::Tensor&)>;

  // Begins at `start`, where the function has this value and gradient.
  Lbfgs(const at::Tensor& start, double value, const at::Tensor& gradient, Precondition precondition);

  // Where it is to be evaluated next.
  at::Tensor trial() const { return point_ + step_ * direction_; }
  // What was found there: goes there, or asks again nearer. False when no step makes it smaller.
  bool receive(double value, const at::Tensor& gradient);

  const at::Tensor& point() const { return point_; }
  const at::Tensor& gradient() const { return gradient_; }
  double value() const { return value_; }
  int64_t iterations() const { return iterations_; }

 private:
  struct Pair {
    at::Tensor change, gradient_change;
    double product;
  };

  void turn();

  Precondition precondition_;
  at::Tensor point_, gradient_, direction_;
  double value_, step_ = 1, slope_ = 0;
  int64_t iterations_ = 0, refused_ = 0;
  std::deque<Pair> pairs_;
};

}  // namespace ijepa
