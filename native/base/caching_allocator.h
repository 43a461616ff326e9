#pragma once

// LibTorch's CPU memory, kept for reuse.
//
// A training step takes and frees the same large blocks again and again. malloc returns each to the system and pays
// for fresh pages the next time, which costs a third of a step. Retuning malloc would be the host's business, so
// LibTorch alone gets an allocator of its own.

#include <cstddef>

namespace ijepa {

struct CpuMemory {
  size_t live = 0;    // bytes of LibTorch's CPU tensors
  size_t peak = 0;    // largest `live` since the last reset_peak_cpu_memory()
  size_t cached = 0;  // bytes that are kept for reuse
};

// From now on LibTorch takes its CPU memory here; memory that it took before goes back where it came from. The first
// call of a process counts.
void install_caching_allocator();

CpuMemory cpu_memory();
void reset_peak_cpu_memory();

// From now on LibTorch's CPU tensors and what is kept for reuse take at most so many bytes together; 0: no limit. An
// allocation beyond it throws c10::OutOfMemoryError, which can be answered; where a container's limit is passed, the kernel
// ends the process. Blocks below 64 KiB are always to be had.
void limit_cpu_memory(size_t bytes);

// Gives what is kept for reuse back to the system.
void release_cached_cpu_memory();

}  // namespace ijepa
