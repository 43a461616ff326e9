#include "encoder/attention_kernel_body.h"

namespace ijepa {

const AttentionKernels avx2_attention = kernels<Tile<8, 6, 2>>("AVX2");

}  // namespace ijepa
