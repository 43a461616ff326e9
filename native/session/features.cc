#include "session/features.h"

#include <torch/types.h>

#include <algorithm>

#include "base/error.h"

namespace ijepa {

namespace {

// Room for `rows` rows in a buffer whose first `used` are kept; it at least doubles, so appending is linear
// in time.
at::Tensor grown(const at::Tensor& buffer, int64_t used, int64_t rows, const at::Tensor& like) {
  if (buffer.defined() && buffer.size(0) >= rows) return buffer;
  auto shape = like.sizes().vec();
  shape[0] = std::max(rows, 2 * used);
  auto result = at::empty(shape, like.options());
  if (used > 0) result.narrow(0, 0, used).copy_(buffer.narrow(0, 0, used));
  return result;
}

}  // namespace

void append(Features& features, const at::Tensor& values, const at::Tensor& labels) {
  const int64_t used = features.rows, count = values.size(0);
  features.values = grown(features.values, used, used + count, values);
  features.labels = grown(features.labels, used, used + count, labels);
  features.values.narrow(0, used, count).copy_(values);
  features.labels.narrow(0, used, count).copy_(labels);
  features.rows = used + count;
}

void append_mapped(Features& features, const Features& source,
                   const std::function<at::Tensor(const at::Tensor&)>& map) {
  constexpr int64_t kRows = 4096;  // at a time
  IJEPA_CHECK(&features != &source, ErrorCode::kArgument, "Expected other features to append to");
  const bool fits = source.rows == 0 || features.rows == 0 || features.values.size(1) == source.values.size(1);
  IJEPA_CHECK(fits, ErrorCode::kArgument, "Expected features of as many columns");
  for (int64_t begin = 0; begin < source.rows; begin += kRows) {
    const int64_t count = std::min(kRows, source.rows - begin);
    append(features, map(source.values.narrow(0, begin, count).to(at::kFloat)), source.labels.narrow(0, begin, count));
  }
}

at::Tensor rows_at(const Features& features, const at::Tensor& indices) {
  return features.values.index_select(0, indices.to(features.values.device())).to(at::kFloat);
}

at::Tensor checked_rows(const Features& features, const std::vector<int32_t>& rows) {
  for (const int32_t row : rows) {
    IJEPA_CHECK(row >= 0 && row < features.rows, ErrorCode::kArgument,
                "Expected rows of the " + std::to_string(features.rows) + " features, got row " +
                    std::to_string(row));
  }
  return torch::tensor(rows, at::kLong);
}

}  // namespace ijepa
