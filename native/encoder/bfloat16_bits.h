#pragma once

#include <cstdint>

namespace ijepa {

// Bits of a bfloat16. (LibTorch's headers stay out of what is compiled for one instruction set.)
struct BFloat16Bits {
  uint16_t bits;
};

}  // namespace ijepa
