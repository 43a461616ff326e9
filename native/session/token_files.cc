#include "session/token_files.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace ijepa {

void TokenFiles::add(std::unique_ptr<TokenFile> file) {
  const bool fits = empty() || (file->prefix() == prefix() && file->row_shape() == files_[0]->row_shape() &&
                                file->dtype() == files_[0]->dtype());
  const auto& path = file->file().path();
  IJEPA_CHECK(fits, ErrorCode::kFile, "'" + path + "' holds other rows than the files before it: delete it", path);
  ends_.push_back((empty() ? 0 : ends_.back()) + static_cast<int64_t>(file->samples().size()));
  files_.push_back(std::move(file));
}

void TokenFiles::clear() {
  files_.clear();
  ends_.clear();
}

TokenRows TokenFiles::read(const std::vector<int32_t>& rows) const {
  auto result = files_.front()->room_for(static_cast<int64_t>(rows.size()));
  for (const int32_t row : rows) {
    IJEPA_CHECK(row >= 0 && row < ends_.back(), ErrorCode::kArgument,
                "Expected rows of the " + std::to_string(ends_.back()) + " that are open, got row " + std::to_string(row));
    const auto at = static_cast<size_t>(std::ranges::upper_bound(ends_, row) - ends_.begin());
    const int64_t first = at == 0 ? 0 : ends_[at - 1];
    files_[at]->read_row(static_cast<int32_t>(row - first), result);
  }
  return result;
}

}  // namespace ijepa
