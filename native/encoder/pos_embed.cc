#include "encoder/pos_embed.h"

#include <torch/types.h>

namespace ijepa {

namespace {

// float64 [length] -> [length, dim], frequencies 10000^(−k / (dim/2)).
at::Tensor sincos(const at::Tensor& positions, int64_t dim) {
  const auto exponents = at::arange(dim / 2, at::kDouble) / (dim / 2.0);
  const auto angles = at::outer(positions, at::pow(10000.0, -exponents));
  return at::cat({angles.sin(), angles.cos()}, 1);
}

}  // namespace

at::Tensor sincos_positions(int64_t rows, int64_t columns, int64_t dim) {
  const auto row = at::arange(rows, at::kDouble).repeat_interleave(columns);
  const auto column = at::arange(columns, at::kDouble).repeat({rows});
  return at::cat({sincos(column, dim / 2), sincos(row, dim / 2)}, 1).to(at::kFloat).unsqueeze(0);
}

at::Tensor interpolate_positions(const at::Tensor& positions, int64_t rows, int64_t columns, int64_t new_rows,
                                 int64_t new_columns) {
  if (rows == new_rows && columns == new_columns) return positions;
  const auto dim = positions.size(2);
  const auto grid =
      positions.view({1, rows, columns, dim}).permute({0, 3, 1, 2}).contiguous();  // [1, D, rows, columns]
  return at::upsample_bicubic2d(grid, {new_rows, new_columns}, /*align_corners=*/false)
      .permute({0, 2, 3, 1})
      .reshape({1, new_rows * new_columns, dim});
}

}  // namespace ijepa
