#pragma once

// What tells one picture from another: the key of draws that are to be the picture's own, in any order and thread.

#include <cstdint>

#include "augment/planes.h"

namespace ijepa {

uint64_t fingerprint(const Planes& picture);

}  // namespace ijepa
