#pragma once

// Batches from the loader's buffers to the device, and their normalisation there.

#include <c10/core/Event.h>

#include <array>
#include <optional>

#include "base/batch.h"

namespace ijepa {

struct DeviceBatch {
  at::Tensor images;  // [B, 3, H, W], as the batch has them
  at::Tensor labels;  // int64 [B]
  std::vector<ErasedPatch> erased;  // not yet done in `images`
};

class BatchUpload {
 public:
  // `mean` and `std` are of pixels scaled to [0, 1].
  BatchUpload(at::Device device, const std::array<double, 3>& mean, const std::array<double, 3>& std);

  // Images may be uint8 in [0, 255] or floating point in [0, 1]. The copy does not wait for the device; the
  // batch's buffer is held until the copy is done, which the next call waits for (so it is at most one batch
  // ahead of the device).
  DeviceBatch operator()(const Batch& batch);

  // Rows [begin, begin + rows) of a batch, normalised, then erased: float32 [rows, 3, H, W], in memory of their own.
  at::Tensor normalized(const DeviceBatch& batch, int64_t begin, int64_t rows) const;
  at::Tensor normalized(const DeviceBatch& batch) const { return normalized(batch, 0, batch.images.size(0)); }

 private:
  at::Device device_;
  at::Tensor mean_, std_;  // [3, 1, 1]
  std::shared_ptr<void> slot_;
  std::optional<c10::Event> copied_;
};

}  // namespace ijepa
