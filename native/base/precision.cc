#include "base/precision.h"

namespace ijepa {

namespace autocast = at::autocast;

Precision current_precision(at::DeviceType device) {
  if (!autocast::is_autocast_enabled(device)) return Precision::kFloat32;
  return autocast::get_autocast_dtype(device) == at::kHalf ? Precision::kFloat16 : Precision::kBFloat16;
}

AutocastGuard::AutocastGuard(at::DeviceType device, Precision precision)
    : device_(device),
      enabled_before_(autocast::is_autocast_enabled(device)),
      dtype_before_(autocast::get_autocast_dtype(device)) {
  autocast::set_autocast_enabled(device, precision != Precision::kFloat32);
  autocast::set_autocast_dtype(device, precision == Precision::kFloat16 ? at::kHalf : at::kBFloat16);
  autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (autocast::decrement_nesting() == 0) autocast::clear_cache();
  autocast::set_autocast_dtype(device_, dtype_before_);
  autocast::set_autocast_enabled(device_, enabled_before_);
}

}  // namespace ijepa
