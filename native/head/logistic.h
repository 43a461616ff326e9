#pragma once

// Multinomial logistic regression with an L2 penalty, for several strengths of it at once, in float64.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/cancel.h"

namespace ijepa {

struct LogisticConfig {
  std::vector<double> inverse_strengths;  // C: each above 0
  bool intercept = true;
  double tolerance = 1e-4;  // of the gradient's largest component, as scikit-learn's `tol`
  int64_t max_iterations = 1000;
};

struct LogisticData {
  // Rows [begin, begin + count) of the features: float32 [count, F].
  std::function<at::Tensor(int64_t begin, int64_t count)> features;
  at::Tensor labels;  // int64 [n], on their device, of which each class has one
  int64_t columns = 0, classes = 0;
};

// By strength, H in all.
struct LogisticFit {
  at::Tensor weight, bias;  // float64 [H, C, F] and [H, C]; without intercept the bias is 0
  std::vector<int64_t> iterations;
  std::vector<double> objective, gradient;  // at the end, the gradient's largest component
};

// The minimum of mean cross-entropy + ‖W‖² / (2·C·n): scikit-learn's LogisticRegression, whose two classes share one weight
// vector w = W₁ - W₀ (so there the penalty counts twice). It is found by L-BFGS (Liu & Nocedal 1989) with the inverse Hessian at
// W = 0 as a preconditioner. All strengths go forward together: each pass over the features serves them all. Blocks of rows are
// all the memory it takes beside the parameters.
LogisticFit fit_logistic(const LogisticData& data, const LogisticConfig& config, const CancelToken& cancel);

}  // namespace ijepa
