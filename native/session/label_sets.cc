#include "session/label_sets.h"

#include <torch/types.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"

namespace ijepa {

LabelSets::LabelSets(std::vector<int32_t> offsets, std::vector<int32_t> labels, int64_t classes)
    : offsets_(std::move(offsets)), labels_(std::move(labels)), classes_(classes) {
  const bool spans_all = !offsets_.empty() && offsets_.front() == 0 && std::ranges::is_sorted(offsets_) &&
                         static_cast<size_t>(offsets_.back()) == labels_.size();
  IJEPA_CHECK(spans_all, ErrorCode::kArgument, "Expected rising offsets into the labels, from 0 to their number");
  const auto known = [classes](int32_t label) { return label >= 0 && label < classes; };
  IJEPA_CHECK(std::ranges::all_of(labels_, known), ErrorCode::kArgument,
              "Expected labels from 0 to " + std::to_string(classes - 1));
}

at::Tensor LabelSets::shares(const std::vector<int32_t>& samples) const {
  auto shares = at::zeros({static_cast<int64_t>(samples.size()), classes_}, at::kFloat);
  float* row = shares.mutable_data_ptr<float>();
  for (const int32_t sample : samples) {
    IJEPA_CHECK(sample >= 0 && static_cast<size_t>(sample) + 1 < offsets_.size(), ErrorCode::kArgument,
                "Expected labels of sample " + std::to_string(sample));
    const auto begin = labels_.begin() + offsets_[static_cast<size_t>(sample)];
    const auto end = labels_.begin() + offsets_[static_cast<size_t>(sample) + 1];
    for (auto label = begin; label != end; ++label) row[*label] = 1;
    row += classes_;
  }
  return shares;
}

}  // namespace ijepa
