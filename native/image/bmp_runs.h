#pragma once

// The run-length encodings of BMP, RLE8 and RLE4.

#include <cstdint>
#include <span>
#include <vector>

namespace ijepa {

// `bits`: 8 or 4. One palette index a pixel, [height, width], in the order of the file (mostly the lowest row
// first); pixels that are jumped over are 0. Throws kImageDecode where the data end before the pixels do.
std::vector<uint8_t> expand_bmp_runs(std::span<const uint8_t> data, uint32_t bits, int64_t width,
                                     int64_t height);

}  // namespace ijepa
