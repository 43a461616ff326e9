#include "corrupt/fingerprint.h"

#include <algorithm>
#include <cstring>

namespace ijepa {

// FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo) over words of 8 bytes.
uint64_t fingerprint(const Planes& picture) {
  const auto size = static_cast<size_t>(3 * picture.area());
  uint64_t hash = 0xcbf29ce484222325 ^ size;
  for (size_t i = 0; i < size; i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, picture.data + i, std::min<size_t>(8, size - i));
    hash = (hash ^ word) * 0x100000001b3;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace ijepa
