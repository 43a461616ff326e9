#include "base/device.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>

#include <cstdlib>

#include "base/error.h"

namespace ijepa {

namespace {

// cuDNN's attention has no deterministic backward; cuBLAS is deterministic with a workspace of its own only,
// which it reads from the environment when its first handle is made.
void make_cuda_deterministic() {
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  auto& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
  context.setDeterministicFillUninitializedMemory(false);
  context.setDeterministicCuDNN(true);
  context.setSDPUseCuDNN(false);
}

}  // namespace

at::Device to_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  const std::string digits = name.starts_with("cuda:") ? name.substr(5) : "";
  const bool is_index =
      !digits.empty() && digits.size() <= 2 && digits.find_first_not_of("0123456789") == std::string::npos;
  IJEPA_CHECK(is_index, ErrorCode::kArgument, "Expected 'cpu' or 'cuda:N' for device, got '" + name + "'");
  IJEPA_CHECK(at::hasCUDA(), ErrorCode::kDevice,
              "Device '" + name +
                  "' needs a CUDA build of LibTorch, and this one has only the CPU: use device 'cpu', or "
                  "set up a CUDA LibTorch");
  const int index = std::stoi(digits), count = at::accelerator::deviceCount();
  IJEPA_CHECK(
      index < count, ErrorCode::kDevice,
      "There is no device '" + name + "': " + std::to_string(count) + " CUDA devices answer (from cuda:0)");
  make_cuda_deterministic();
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

void use_threads(int threads) {
  at::get_num_threads();                  // makes the first settings in LibTorch's library,
  at::internal::lazy_init_num_threads();  // and in ours, whose copy of this inline function knows nothing of the other's
  at::set_num_threads(threads);
}

ComputeScope::ComputeScope(at::Device device, int threads) : guard_(device) { use_threads(threads); }

}  // namespace ijepa
