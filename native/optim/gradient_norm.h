#pragma once

// The size of all gradients together, and the clipping by it; neither waits for the device.

#include <ATen/core/Tensor.h>

#include <vector>

namespace ijepa {

// L2 norm of all gradients as one vector: a float32 scalar on their device.
at::Tensor gradient_norm(const std::vector<at::Tensor>& gradients);

// What gradients of this norm are to be divided by, so that it is at most `limit`: max(1, (norm + 1e-6) /
// limit), the inverse of torch.nn.utils.clip_grad_norm_'s factor. Undefined (no clipping) for limit 0.
at::Tensor clip_divisor(const at::Tensor& norm, double limit);

}  // namespace ijepa
