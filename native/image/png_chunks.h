#pragma once

// The chunks of a PNG (https://www.w3.org/TR/png-3).

#include <cstdint>
#include <span>

namespace ijepa {

// Throws kImageDecode where a chunk before the pixels is said to be longer than the bytes that are left:
// libvips' reader would fill its whole length with zeros first.
void check_png_chunks(std::span<const uint8_t> png);

// The orientation code that its eXIf chunk holds, wherever it stands; 1 where there is none.
int read_png_orientation(std::span<const uint8_t> png);

}  // namespace ijepa
