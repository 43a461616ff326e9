#include "encoder/attention_kernel.h"

namespace ijepa {

const AttentionKernels& attention_kernels() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq"))
    return __builtin_cpu_supports("avx512bf16") ? avx512_bf16_attention : avx512_attention;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2_attention;
#endif
  return baseline_attention;
}

}  // namespace ijepa
