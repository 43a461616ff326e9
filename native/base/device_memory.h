#pragma once

// How much memory of a device LibTorch has.

#include <c10/core/Device.h>

#include <cstddef>
#include <optional>

namespace ijepa {

// Memory of a device, in bytes.
struct DeviceMemory {
  size_t held = 0;             // by LibTorch: tensors, and what is kept for reuse
  size_t peak = 0;             // largest sum of tensors since the last call
  std::optional<size_t> free;  // beside what is held; of a CPU LibTorch does not know
};

DeviceMemory device_memory(at::Device device);

}  // namespace ijepa
