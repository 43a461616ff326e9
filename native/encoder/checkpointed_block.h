#pragma once

// Activation checkpointing (Chen et al. 2016, arXiv:1604.06174): memory for one more forward pass.

#include "encoder/block.h"

namespace ijepa {

// As block.forward(x, branch_scales), with the same values and gradients to the bit; but of all that the backward pass
// needs, x alone is kept (and the scales), and the rest is computed again there, in the autocast of now. `block` must
// outlive the backward pass.
at::Tensor checkpointed(Block& block, const at::Tensor& x, const at::Tensor& branch_scales);

}  // namespace ijepa
