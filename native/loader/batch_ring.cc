#include "loader/batch_ring.h"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>

namespace ijepa {

at::Tensor BatchRing::make_buffer() const {
  return at::empty(shape_, at::TensorOptions(at::kByte).pinned_memory(at::globalContext().hasCUDA()));
}

void BatchRing::reserve(size_t count) {
  const std::lock_guard lock(mutex_);
  for (; made_ < count; ++made_) free_.push_back(make_buffer());
}

std::shared_ptr<at::Tensor> BatchRing::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    free_.push_back(make_buffer());
    ++made_;
  }
  auto buffer = std::make_shared<at::Tensor>(std::move(free_.back()));
  free_.pop_back();
  const auto give_back = [ring = shared_from_this(), buffer](at::Tensor*) {
    const std::lock_guard returning(ring->mutex_);
    ring->free_.push_back(std::move(*buffer));
  };
  return {buffer.get(), give_back};
}

}  // namespace ijepa
