#pragma once

// What joins the branches of a block: the residual sum, and the layer norm of it that the next branch begins with.

#include <torch/nn/modules/normalization.h>

#include <utility>

namespace ijepa {

// x [B, N, D] + branch · scale, and the layer norm of that (Ba et al. 2016, arXiv:1607.06450; the variance is the mean of
// squares, without Bessel's correction) in the dtype that products are made in now. `branch` may be undefined: then the sum
// is x. `scale` is of each sample [B, 1, 1] (drop path), or undefined.
//
// On the CPU, where x is float32, it is one pass over memory, and so is the gradient, with the conversions between float32
// and bfloat16 and the sum of the gradients of both results. The parameters' gradients have bits that do not depend on the
// number of threads.
std::pair<at::Tensor, at::Tensor> residual_norm(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& scale,
                                                torch::nn::LayerNormImpl& norm);

}  // namespace ijepa
