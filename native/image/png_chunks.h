#pragma once

// The chunks of a PNG (https://www.w3.org/TR/png-3).

#include <cstdint>
#include <span>

namespace ijepa {

// The orientation code that its eXIf chunk holds, wherever it stands; 1 where there is none.
int read_png_orientation(std::span<const uint8_t> png);

}  // namespace ijepa
