#include "optim/gradient_norm.h"

#include <torch/types.h>

namespace ijepa {

at::Tensor gradient_norm(const std::vector<at::Tensor>& gradients) {
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)), 2);
}

at::Tensor clip_divisor(const at::Tensor& norm, double limit) {
  return limit > 0 ? ((norm + 1e-6) / limit).clamp_min(1) : at::Tensor();
}

}  // namespace ijepa
