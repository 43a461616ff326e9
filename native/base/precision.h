#pragma once

// In which precision the forward pass computes.

#include <ATen/autocast_mode.h>

namespace ijepa {

enum class Precision { kFloat32, kBFloat16, kFloat16 };

// What an AutocastGuard of the calling thread has set for `device`.
Precision current_precision(at::DeviceType device);

// Autocasts the calling thread's operations on `device` while it lives: on to a shorter type, or off. Parameters
// keep their type; the copies that autocast makes of them are freed at the end of the outermost guard.
class AutocastGuard {
 public:
  AutocastGuard(at::DeviceType device, Precision precision);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_before_;
  at::ScalarType dtype_before_;
};

}  // namespace ijepa
