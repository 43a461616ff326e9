#include "optim/loss_scaler.h"

#include <torch/types.h>

namespace ijepa {

LossScaler::LossScaler(at::Device device)
    : scale_(at::full({}, 65536, at::TensorOptions(device).dtype(at::kFloat))),
      growth_tracker_(at::zeros({}, at::TensorOptions(device).dtype(at::kInt))) {}

void LossScaler::update(const at::Tensor& overflow) {
  at::_amp_update_scale_(scale_, growth_tracker_, overflow, /*scale_growth_factor=*/2, /*scale_backoff_factor=*/0.5,
                         /*growth_interval=*/2000);
}

std::vector<std::pair<std::string, at::Tensor>> LossScaler::state() const {
  return {{"scaler.scale", scale_}, {"scaler.growth_tracker", growth_tracker_}};
}

}  // namespace ijepa
