#include "encoder/attention_kernel.h"

namespace ijepa {

namespace {

const AttentionKernels& widest() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    if (!__builtin_cpu_supports("avx512bf16")) return avx512_attention;
    const bool has_amx = __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16");
    return has_amx && amx_is_granted() ? amx_attention : avx512_bf16_attention;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2_attention;
#endif
  return baseline_attention;
}

}  // namespace

const AttentionKernels& attention_kernels() {
  static const AttentionKernels& kernels = widest();
  return kernels;
}

}  // namespace ijepa
