#pragma once

// What the loader gives and the session takes.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/cancel.h"

namespace ijepa {

// A rectangle whose normalised pixels are replaced (random erasing).
struct ErasedPatch {
  int64_t row, top, left, height, width;  // of the batch, and in pixels
  at::Tensor values;                      // float32 [3, height, width] or [3, 1, 1], CPU

  // Its part of row `at` of `images` [n, 3, H, W]: a view [3, height, width].
  at::Tensor of(const at::Tensor& images, int64_t at) const {
    return images.select(0, at).narrow(1, top, height).narrow(2, left, width);
  }
};

struct Batch {
  at::Tensor images;  // uint8 [B, 3, H, W], contiguous, CPU (pinned where there is CUDA); a view of a reused
                      // buffer: valid until the Batch is destroyed
  at::Tensor labels;  // int64 [B], -1 where there is none
  std::vector<int32_t> samples;  // sample table indices [B]
  std::shared_ptr<void> slot;    // gives the buffer back to the loader's ring
  std::vector<ErasedPatch> erased = {};  // not yet done in `images`, whose 8 bits would cut the noise off

  int64_t size() const { return static_cast<int64_t>(samples.size()); }
};

// Anything that gives batches: an empty one is the end of the epoch. May block; throws Error.
using BatchSource = std::function<Batch(const CancelToken&)>;

}  // namespace ijepa
