#pragma once

// Mixup (Zhang et al. 2018, arXiv:1710.09412) and cutmix (Yun et al. 2019, arXiv:1905.04899) of whole batches, as
// timm's Mixup does it in its batch mode (pytorch-image-models, timm/data/mixup.py): sample i of B is mixed with
// sample B - 1 - i, all by the same draw.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <optional>

#include "image/box.h"
#include "image/resize.h"

namespace ijepa {

struct MixupOptions {
  double mixup = 0, cutmix = 0;     // alpha of the Beta(alpha, alpha) that the share is drawn from; 0: none
  double switch_probability = 0.5;  // of cutmix, where both are on

  bool is_on() const { return mixup > 0 || cutmix > 0; }
};

// One draw: the share that a sample keeps, and cutmix's box, which comes from the partner and may be empty. The
// share is that of the box as the edges have cut it.
struct Mix {
  double share = 1;
  std::optional<Box> box = std::nullopt;
};

// Draws on the CPU, so that a seed gives the same ones on every device.
Mix draw_mix(const MixupOptions& options, const ImageSize& image, at::Generator& generator);

// The box around (`y`, `x`) that cutmix takes for a share of `share`: its sides are √(1 - share) of the image's,
// rounded down, and it is cut at the edges.
Mix cutmix_at(double share, int64_t y, int64_t x, const ImageSize& image);

// Mixes `images`, float [n, 3, H, W], in place with their partners, of the same shape.
void mix_images(const at::Tensor& images, const at::Tensor& partners, const Mix& mix);

// Labels int64 [n] -> 1 for the label's class and 0 for all others, float32 [n, C].
at::Tensor label_shares(const at::Tensor& labels, int64_t classes);

// Shares of the classes [B, C] of a batch -> those of the batch when it is mixed.
at::Tensor mix_shares(const at::Tensor& shares, double share);

}  // namespace ijepa
