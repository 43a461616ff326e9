#pragma once

// Images to tokens: one affine map of each non-overlapping patch (Dosovitskiy et al. 2021, arXiv:2010.11929).

#include "base/linear.h"

namespace ijepa {

// Registers `proj.weight` [D, 3, p, p] and `proj.bias` [D], the parameters of a convolution with kernel and
// stride p.
class PatchEmbed : public torch::nn::Module {
 public:
  PatchEmbed(int64_t embed_dim, int64_t patch_size);

  at::Tensor forward(const at::Tensor& images);  // [B, 3, H, W] -> [B, (H/p)·(W/p), D], row by row

 private:
  int64_t patch_size_;
  std::shared_ptr<Linear> proj_;
};

}  // namespace ijepa
