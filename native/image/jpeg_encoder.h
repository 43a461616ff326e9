#pragma once

// RGB pixels to a JPEG.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace ijepa {

// `image`: uint8 [H, W, 3], CPU, contiguous, no side of more than 65,500 pixels; `quality`: 1 to 100.
std::vector<uint8_t> encode_jpeg(const at::Tensor& image, int quality);

}  // namespace ijepa
