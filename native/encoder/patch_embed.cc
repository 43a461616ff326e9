#include "encoder/patch_embed.h"

namespace ijepa {

PatchEmbed::PatchEmbed(int64_t embed_dim, int64_t patch_size)
    : patch_size_(patch_size),
      proj_(register_module("proj",
                            std::make_shared<Linear>(at::IntArrayRef{embed_dim, 3, patch_size, patch_size}))) {}

at::Tensor PatchEmbed::forward(const at::Tensor& images) {
  const auto p = patch_size_, batch = images.size(0), rows = images.size(2) / p, columns = images.size(3) / p;
  const auto patches = images.view({batch, 3, rows, p, columns, p})
                           .permute({0, 2, 4, 1, 3, 5})
                           .reshape({batch, rows * columns, 3 * p * p});
  return proj_->forward(patches);
}

}  // namespace ijepa
