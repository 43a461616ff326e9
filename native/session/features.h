#pragma once

// Pooled features of many batches, computed once and kept: what a linear probe trains on.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/address_range.h"
#include "base/precision.h"
#include "session/token_file.h"

namespace ijepa {

// What an encoder gives is kept in float32 as it is computed; of a shorter precision in bfloat16, which has float16's size and
// float32's range.
constexpr at::ScalarType kept_dtype(Precision precision) {
  return precision == Precision::kFloat32 ? at::kFloat : at::kBFloat16;
}

// Both tensors are buffers that grow: only their first `rows` rows count. As long as all rows are those of files, up to
// `most_mapped` on the CPU, `values` are the files' own pages.
struct Features {
  int64_t layers = 1;  // last blocks whose outputs they are made of; of several the last D columns are the last block's
  at::Tensor values;  // float32 or bfloat16 [≥ rows, layers·D], on the session's device
  at::Tensor labels;  // int64 [≥ rows], on the CPU: they are checked before they index anything
  int64_t rows = 0;
  int64_t most_mapped = 0;
  std::shared_ptr<AddressRange> mapped;  // where they lie then
};

// Copies `values` [n, layers·D] and `labels` [n] to the end; the first ones say in which type all are kept.
void append(Features& features, const at::Tensor& values, const at::Tensor& labels);

void append(Features& features, const Features& source);

// Appends all rows of a file of pooled features with these labels, int64 [rows]: shown where it lies, where that can be, else
// copied to `device`. Throws Error (kFile) where it is damaged.
void append(Features& features, const TokenFile& file, const at::Tensor& labels, at::Device device,
            const CancelToken& cancel);

// Copies what `map` makes of the rows of `source`, [n, D] to [n, D], to the end.
void append_mapped(Features& features, const Features& source, const std::function<at::Tensor(const at::Tensor&)>& map);

// The rows of these indices, on the features' device: float32 [n, layers·D].
at::Tensor rows_at(const Features& features, const at::Tensor& indices);

// The given rows of `labels` [≥ rows] as a tensor of indices. Throws Error (kArgument) for rows that are not
// there.
at::Tensor checked_rows(const Features& features, const std::vector<int32_t>& rows);

}  // namespace ijepa
