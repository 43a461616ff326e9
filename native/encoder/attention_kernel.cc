#include "encoder/attention_kernel.h"

#ifdef __x86_64__
#include <cpuid.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace ijepa {

namespace {

#ifdef __x86_64__
// By CPUID's leaf 7: Clang 14 does not know these names.
bool has_amx_bf16() {
  constexpr unsigned kBf16 = 1u << 22, kTile = 1u << 24;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kBf16) != 0 && (edx & kTile) != 0;
}

// Linux gives the tiles' registers to a process that has asked for them (Documentation/arch/x86/xstate.rst).
bool is_granted_tiles() {
#ifdef __linux__
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}
#endif

const AttentionKernels& widest() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    if (!__builtin_cpu_supports("avx512bf16")) return avx512_attention;
    return has_amx_bf16() && is_granted_tiles() ? amx_attention : avx512_bf16_attention;
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
