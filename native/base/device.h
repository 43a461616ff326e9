#pragma once

// Devices: from their names, and the state of a thread that computes on one.

#include <ATen/core/Tensor.h>
#include <c10/core/DeviceGuard.h>

#include <string>

namespace ijepa {

// "cpu" or "cuda:N". Throws Error (kDevice) where this LibTorch or this machine does not have it, (kArgument)
// for any other name. The first CUDA device makes LibTorch choose deterministic kernels, in the whole
// process.
at::Device to_device(const std::string& name);

// The calling thread computes with so many CPU threads from now on. In a thread's first parallel work LibTorch gives it
// the number that any thread has set last, over its own: so that is made to happen before.
void use_threads(int threads);

// Makes `device` the calling thread's, with `threads` CPU threads for its operations. LibTorch keeps the
// number of threads by thread and in part by process, so whoever computes says it each time.
class ComputeScope {
 public:
  ComputeScope(at::Device device, int threads);

 private:
  c10::DeviceGuard guard_;
};

}  // namespace ijepa
