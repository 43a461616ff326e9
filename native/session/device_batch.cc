#include "session/device_batch.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/types.h>

namespace ijepa {

namespace {

at::Tensor per_channel(const std::array<double, 3>& values, at::Device device) {
  return torch::tensor(at::ArrayRef<double>(values), at::kFloat).view({3, 1, 1}).to(device);
}

}  // namespace

BatchUpload::BatchUpload(at::Device device, const std::array<double, 3>& mean,
                         const std::array<double, 3>& std)
    : device_(device), mean_(per_channel(mean, device)), std_(per_channel(std, device)) {}

DeviceBatch BatchUpload::operator()(const Batch& batch) {
  if (copied_) copied_->synchronize();
  const auto images = batch.images.to(device_, /*non_blocking=*/true);
  const auto labels = batch.labels.to(device_, /*non_blocking=*/true);
  if (!device_.is_cpu()) {
    slot_ = batch.slot;
    copied_.emplace(device_.type());
    copied_->record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
  }
  return {images, labels, batch.erased};
}

at::Tensor BatchUpload::normalized(const DeviceBatch& batch, int64_t begin, int64_t rows) const {
  const auto images = batch.images.narrow(0, begin, rows);
  const auto pixels = images.to(at::kFloat);
  const auto scaled = images.scalar_type() == at::kByte ? pixels / 255 : pixels;
  const auto result = (scaled - mean_).div_(std_);
  for (const ErasedPatch& patch : batch.erased) {
    if (patch.row >= begin && patch.row < begin + rows) patch.of(result, patch.row - begin).copy_(patch.values);
  }
  return result;
}

}  // namespace ijepa
