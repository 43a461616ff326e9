#include "encoder/attention_kernel_body.h"

namespace ijepa {

const AttentionKernels avx512_attention = kernels<Tile<16, 6, 4>>("AVX-512");

}  // namespace ijepa
