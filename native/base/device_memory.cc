#include "base/device_memory.h"

#include <ATen/DeviceAccelerator.h>

#include "base/caching_allocator.h"

namespace ijepa {

DeviceMemory device_memory(at::Device device) {
  if (device.is_cpu()) {
    const auto [live, peak, cached] = cpu_memory();
    reset_peak_cpu_memory();
    return {.held = live + cached, .peak = peak, .free = std::nullopt};
  }
  constexpr size_t kAll = 0;  // of small and large blocks: StatType::AGGREGATE
  const auto stats = at::accelerator::getDeviceStats(device.index());
  at::accelerator::resetPeakStats(device.index());
  const auto bytes = [](int64_t count) { return static_cast<size_t>(count); };
  return {.held = bytes(stats.reserved_bytes[kAll].current),
          .peak = bytes(stats.allocated_bytes[kAll].peak),
          .free = at::accelerator::getMemoryInfo(device.index()).first};
}

}  // namespace ijepa
