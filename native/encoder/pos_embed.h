#pragma once

// Position embeddings of a grid of patches, row by row.

#include <ATen/core/Tensor.h>

namespace ijepa {

// Fixed sines and cosines, float32 [1, rows·columns, D]; D a multiple of 4. The first half of D encodes the
// column, the second the row; each half is all sines, then all cosines (He et al. 2022, arXiv:2111.06377,
// without a class token).
at::Tensor sincos_positions(int64_t rows, int64_t columns, int64_t dim);

// From one grid to another, [1, rows·columns, D] -> [1, new_rows·new_columns, D], bicubic (align_corners =
// false, without antialiasing: as Hugging Face's I-JEPA does it).
at::Tensor interpolate_positions(const at::Tensor& positions, int64_t rows, int64_t columns, int64_t new_rows,
                                 int64_t new_columns);

}  // namespace ijepa
