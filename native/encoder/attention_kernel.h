#pragma once

// Self-attention of one head of one image on the CPU, forward and backward, in float32 within the cache of one core.
//
// LibTorch's own kernel makes small matrix products through its BLAS; at a ViT's sizes they reach 40 % of the rate of
// these, and in bfloat16, whose products it prepares anew each time, less. Reading q, k and v where the qkv layer has
// written them, and writing where the next layer reads, saves the copies between.

#include <cstdint>

#include "encoder/bfloat16_bits.h"

namespace ijepa {

struct AttentionShape {
  int64_t tokens, heads, head_dim;
  int64_t embed_dim() const { return heads * head_dim; }
};

// One image: qkv and its gradient are [tokens, 3, heads, head_dim], out and its gradient [tokens, heads, head_dim],
// logsumexp (of the scaled scores) is [heads, tokens]. `workspace` holds workspace_floats(shape) floats.
template <typename Element>
struct AttentionKernel {
  // logsumexp may be null: then it is not written.
  void (*forward)(const AttentionShape& shape, int64_t head, const Element* qkv, Element* out, float* logsumexp,
                  float* workspace);
  void (*backward)(const AttentionShape& shape, int64_t head, const Element* qkv, const Element* out,
                   const float* logsumexp, const Element* out_gradient, Element* qkv_gradient, float* workspace);
};

struct AttentionKernels {
  const char* instructions;  // "AMX BF16", "AVX-512 BF16", "AVX-512", "AVX2", "baseline"
  AttentionKernel<float> float32;
  AttentionKernel<BFloat16Bits> bfloat16;
  int64_t (*workspace_floats)(const AttentionShape& shape);
};

// For the widest vectors of this CPU.
const AttentionKernels& attention_kernels();

// One for each instruction set that this was compiled for.
extern const AttentionKernels baseline_attention;
#ifdef __x86_64__
extern const AttentionKernels avx2_attention, avx512_attention, avx512_bf16_attention, amx_attention;
#endif

}  // namespace ijepa
