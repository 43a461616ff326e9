#include "session/features.h"

#include <torch/types.h>

#include <algorithm>
#include <numeric>

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

// False where it cannot be shown behind the rows that are there. Another process may remove the file meanwhile, or put another in
// its place, but none shortens it: see TokenWriter.
bool append_mapped_file(Features& features, const TokenFile& file, const at::Tensor& labels, const CancelToken& cancel) {
  const int64_t count = labels.size(0);
  const bool fits = features.rows == 0 || features.values.scalar_type() == file.dtype();
  if (features.most_mapped == 0 || !fits) return false;
  if (!features.mapped) features.mapped = std::make_shared<AddressRange>(features.most_mapped * file.row_bytes());
  const auto shown = features.mapped->show(file.file(), file.offset(), count * file.row_bytes());
  if (shown.empty()) return false;
  file.check(shown, cancel);
  features.mapped->keep(shown);
  const auto all = features.mapped->kept();
  void* const data = const_cast<std::byte*>(all.data());  // NOLINT: a tensor has no other; nobody writes to features
  features.values = at::from_blob(data, {features.rows + count, file.row_shape()[0]},
                                  [range = features.mapped](void*) {}, file.dtype());
  features.labels = grown(features.labels, features.rows, features.rows + count, labels);
  features.labels.narrow(0, features.rows, count).copy_(labels);
  features.rows += count;
  return true;
}

}  // namespace

void append(Features& features, const at::Tensor& values, const at::Tensor& labels) {
  const int64_t used = features.rows, count = values.size(0);
  features.most_mapped = 0;  // these lie in memory, and so do all then
  features.mapped.reset();
  features.values = grown(features.values, used, used + count, values);
  features.labels = grown(features.labels, used, used + count, labels);
  features.values.narrow(0, used, count).copy_(values);
  features.labels.narrow(0, used, count).copy_(labels);
  features.rows = used + count;
}

void append(Features& features, const Features& source) {
  if (source.rows == 0) return;
  append(features, source.values.narrow(0, 0, source.rows), source.labels.narrow(0, 0, source.rows));
}

void append(Features& features, const TokenFile& file, const at::Tensor& labels, at::Device device,
            const CancelToken& cancel) {
  if (device.is_cpu() && append_mapped_file(features, file, labels, cancel)) return;
  std::vector<int32_t> all(file.samples().size());
  std::iota(all.begin(), all.end(), 0);
  append(features, file.read(all).values.to(device), labels);
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
