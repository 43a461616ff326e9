#pragma once

// What the loader gives and the session takes.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/cancel.h"

namespace ijepa {

struct Batch {
  at::Tensor images;  // uint8 [B, 3, H, W], contiguous, CPU (pinned where there is CUDA); a view of a reused
                      // buffer: valid until the Batch is destroyed
  at::Tensor labels;  // int64 [B], -1 where there is none
  std::vector<int32_t> samples;  // sample table indices [B]
  std::shared_ptr<void> slot;    // gives the buffer back to the loader's ring

  int64_t size() const { return static_cast<int64_t>(samples.size()); }
};

// Anything that gives batches: an empty one is the end of the epoch. May block; throws Error.
using BatchSource = std::function<Batch(const CancelToken&)>;

}  // namespace ijepa
