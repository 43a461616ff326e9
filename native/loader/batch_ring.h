#pragma once

// Reused buffers for the pixels of batches.

#include <ATen/core/Tensor.h>

#include <memory>
#include <mutex>
#include <vector>

namespace ijepa {

// For any number of threads; held by shared_ptr, as buffers may come back when their loader is gone.
class BatchRing : public std::enable_shared_from_this<BatchRing> {
 public:
  // `shape`: of a buffer, [batch, 3, height, width]; pinned where there is CUDA.
  explicit BatchRing(std::vector<int64_t> shape) : shape_(std::move(shape)) {}

  // Makes sure that there are `count` buffers in all.
  void reserve(size_t count);

  // A buffer, which comes back to the ring when the last copy of the pointer goes. Makes one where none is free.
  std::shared_ptr<at::Tensor> take();

 private:
  at::Tensor make_buffer() const;

  std::vector<int64_t> shape_;
  std::mutex mutex_;
  std::vector<at::Tensor> free_;
  size_t made_ = 0;
};

}  // namespace ijepa
