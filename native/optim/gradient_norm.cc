#include "optim/gradient_norm.h"

#include <torch/types.h>

namespace ijepa {

at::Tensor gradient_norm(const std::vector<at::Tensor>& gradients) {
  // On the CPU LibTorch's norm has one thread and takes four times as long as products of vectors with themselves.
  if (!gradients.front().is_cpu()) return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)), 2);
  std::vector<at::Tensor> squares;
  for (const auto& gradient : gradients) {
    const auto values = gradient.flatten();
    squares.push_back(values.dot(values));
  }
  return at::stack(squares).sum().sqrt();
}

at::Tensor clip_divisor(const at::Tensor& norm, double limit) {
  return limit > 0 ? ((norm + 1e-6) / limit).clamp_min(1) : at::Tensor();
}

}  // namespace ijepa
