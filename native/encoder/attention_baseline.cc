#include "encoder/attention_kernel_body.h"

namespace ijepa {

const AttentionKernels baseline_attention = kernels<Tile<4, 4, 2>>("baseline");

}  // namespace ijepa
