#pragma once

// The k largest of many values, kept while they come in parts.

#include <cstdint>
#include <limits>
#include <vector>

namespace ijepa {

class TopRows {
 public:
  struct Entry {
    float value;
    int32_t row;
  };

  explicit TopRows(int64_t k);

  // Values of the rows from `first_row` on; parts come in the order of the rows. NaN is never among the largest.
  void add(const float* values, int64_t count, int64_t first_row);

  // At most k, the largest first; of equal values the lower row comes first, and is kept.
  std::vector<Entry> sorted() const;

 private:
  void shrink();

  size_t k_;
  float threshold_ = -std::numeric_limits<float>::infinity();  // what does not exceed it is not among them
  std::vector<Entry> entries_;
};

}  // namespace ijepa
