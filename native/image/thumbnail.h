#pragma once

// Small JPEG copies of pictures for reports and contact sheets.

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace ijepa {

// `image`: uint8 [H, W, 3]. A JPEG (quality 85) whose longest side is at most `size` pixels; never enlarged.
std::vector<uint8_t> encode_thumbnail(const at::Tensor& image, int64_t size);

}  // namespace ijepa
