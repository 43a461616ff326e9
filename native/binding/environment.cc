#include "binding/environment.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Version.h>
#include <ATen/cpu/Utils.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/version.h>

#include <string>
#include <utility>

#include "base/linear.h"
#include "binding/failure.h"
#include "image/decoders.h"
#include "session/session.h"

namespace ijepa::binding {

namespace {

// The version of the LibTorch that is loaded, not of the headers: its bytes 7, 6 and 5 are major, minor and patch.
std::string loaded_version() {
  const uint64_t packed = aoti_torch_abi_version();
  const auto byte = [packed](int index) { return std::to_string((packed >> (8 * index)) & 0xff); };
  return byte(7) + "." + byte(6) + "." + byte(5);
}

int64_t cuda_devices() {
  if (!at::globalContext().hasCUDA()) return 0;
  return at::accelerator::deviceCount();
}

using Capabilities = std::unordered_map<std::string, c10::IValue>;

bool has(const Capabilities& capabilities, const char* name) {
  const auto found = capabilities.find(name);
  return found != capabilities.end() && found->second.isBool() && found->second.toBool();
}

// Dot products in bf16 in hardware; without them bf16 is slower than float32.
bool cpu_has_bf16(const Capabilities& capabilities) {
  return has(capabilities, "avx512_bf16") || has(capabilities, "amx_bf16") || has(capabilities, "bf16");
}

// Of the instructions that speed depends on those that the CPU has.
Napi::Array cpu_instructions(Napi::Env env, const Capabilities& capabilities) {
  constexpr std::pair<const char*, const char*> kNames[]{
      {"avx2", "AVX2"},         {"avx512_f", "AVX-512"}, {"avx512_bf16", "AVX-512 BF16"},
      {"amx_bf16", "AMX BF16"}, {"neon", "NEON"},        {"sve", "SVE"},
      {"bf16", "BF16"}};
  auto names = Napi::Array::New(env);
  for (const auto& [capability, name] : kNames)
    if (has(capabilities, capability)) names.Set(names.Length(), Napi::String::New(env, name));
  return names;
}

// Intel's MKL on its own processors: there it takes two thirds of oneDNN's time for the weights' gradients, and a tenth more
// for predictions of one picture, into whose products oneDNN puts bias and GELU; on others it keeps to slower loops.
bool blas_of_maker() {
#ifdef __x86_64__
  return at::hasMKL() && __builtin_cpu_is("intel");
#else
  return false;
#endif
}

std::string cpu_name(const Capabilities& capabilities) {
  const auto found = capabilities.find("cpu_name");
  return found != capabilities.end() && found->second.isString() ? found->second.toStringRef() : "unknown";
}

}  // namespace

Napi::Value environment(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const auto capabilities = at::cpu::get_cpu_capabilities();
    const int64_t devices = cuda_devices();
    auto names = Napi::Array::New(env, static_cast<size_t>(devices));
    for (uint32_t i = 0; i < devices; ++i) names.Set(i, Napi::String::New(env, "cuda:" + std::to_string(i)));
    auto result = Napi::Object::New(env);
    const auto text = [&](const char* name, const std::string& value) { result.Set(name, Napi::String::New(env, value)); };
    text("torchBuilt", TORCH_VERSION);
    text("torchLoaded", loaded_version());
    result.Set("cudaDevices", names);
    result.Set("cudaBuild", Napi::Boolean::New(env, c10::impl::hasDeviceGuardImpl(at::kCUDA)));
    result.Set("cpuBf16", Napi::Boolean::New(env, cpu_has_bf16(capabilities)));
    text("cpu", cpu_name(capabilities));
    result.Set("cpuInstructions", cpu_instructions(env, capabilities));
    text("cpuKernels", at::get_cpu_capability());
    text("attention", attention_instructions());
    text("bf16Kernel", onednn_takes_bfloat16() ? "oneDNN" : "LibTorch's loops");
    text("blas", at::hasMKL() ? "MKL" : "BLAS");
    result.Set("blasOfMaker", Napi::Boolean::New(env, blas_of_maker()));
    text("jpegDecoder", jpeg_decoder());
    text("imageDecoder", image_decoder());
    return result;
  });
}

}  // namespace ijepa::binding
