#pragma once

// Dynamic loss scaling for float16, whose smallest gradients would be 0 (Micikevicius et al. 2018, arXiv:1710.03740),
// with the constants of torch.amp.GradScaler.

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace ijepa {

class LossScaler {
 public:
  explicit LossScaler(at::Device device);

  // Float32 scalar, on the device: the loss is multiplied with it, the gradients are to be divided by it. From 65,536.
  const at::Tensor& scale() const { return scale_; }

  // After an update: halves the scale where `overflow` (float32 scalar) is 1, doubles it after 2,000 updates in a row
  // without; read on the device only.
  void update(const at::Tensor& overflow);

  // `scaler.scale` and `scaler.growth_tracker`, int32 scalar.
  std::vector<std::pair<std::string, at::Tensor>> state() const;

 private:
  at::Tensor scale_, growth_tracker_;
};

}  // namespace ijepa
