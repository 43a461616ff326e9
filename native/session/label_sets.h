#pragma once

// Several labels a sample, by the sample's index.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace ijepa {

class LabelSets {
 public:
  LabelSets() = default;

  // Sample i has the classes labels[offsets[i]] to labels[offsets[i + 1] - 1], of `classes` in all. Throws Error
  // (kArgument) where that is no such table.
  LabelSets(std::vector<int32_t> offsets, std::vector<int32_t> labels, int64_t classes);

  bool is_empty() const { return offsets_.empty(); }

  // 1 for each class of a sample and 0 for all others: float32 [B, C], CPU. Throws Error (kArgument) for a sample that
  // has no entry.
  at::Tensor shares(const std::vector<int32_t>& samples) const;

 private:
  std::vector<int32_t> offsets_, labels_;
  int64_t classes_ = 0;
};

}  // namespace ijepa
