#pragma once

#include <ATen/core/Tensor.h>

namespace ijepa {

// Self-attention on the CPU with attention_kernel.h, differentiable. qkv [B, N, 3·D] as the qkv layer gives it, float32 or
// bfloat16, contiguous -> [B, N, D]. A head is computed by one thread: the result does not depend on their number.
at::Tensor cpu_attention(const at::Tensor& qkv, int64_t heads);

}  // namespace ijepa
