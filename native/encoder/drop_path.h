#pragma once

// Stochastic depth: a branch of a residual block is left out for some samples (Huang et al. 2016,
// arXiv:1603.09382).

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <vector>

namespace ijepa {

// Drop rates of `depth` blocks that rise linearly from 0 to `last`, where `active`; elsewhere 0.
std::vector<double> drop_path_rates(double last, const std::vector<bool>& active);

// What each branch is multiplied with, by block, branch and sample: 0 with probability `rate`, else 1 / (1 −
// rate). Float32 [depth, 2, B, 1, 1], drawn on the CPU, so that a seed gives the same draws on every device.
at::Tensor draw_drop_path(const std::vector<double>& rates, int64_t batch, at::Generator& generator);

}  // namespace ijepa
