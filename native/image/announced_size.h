#pragma once

// The size that the first bytes of a PNG, a GIF or a WebP announce, read without a library: libvips makes
// room for all pixels of a WebP before it tells their number, and gives up on a PNG without pixels before it
// tells its size.

#include <cstdint>
#include <optional>
#include <span>

#include "image/decoder.h"

namespace ijepa {

// None where the kind is another one, or where the bytes hold no size.
std::optional<ImageHeader> read_announced_size(std::span<const uint8_t> bytes, ImageKind kind);

}  // namespace ijepa
