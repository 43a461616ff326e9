#include "head/top_rows.h"

#include <algorithm>

namespace ijepa {

namespace {

constexpr int64_t kBlock = 64;

bool is_before(const TopRows::Entry& a, const TopRows::Entry& b) {
  return a.value != b.value ? a.value > b.value : a.row < b.row;
}

// Without a branch, so that it compiles to vector instructions: nearly always none does.
bool any_exceeds(const float* values, int64_t count, float threshold) {
  int exceeds = 0;
  for (int64_t i = 0; i < count; ++i) exceeds |= values[i] > threshold;
  return exceeds != 0;
}

}  // namespace

TopRows::TopRows(int64_t k) : k_(static_cast<size_t>(k)) {}

void TopRows::add(const float* values, int64_t count, int64_t first_row) {
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = std::min(begin + kBlock, count);
    if (!any_exceeds(values + begin, end - begin, threshold_)) continue;
    for (int64_t i = begin; i < end; ++i)
      if (values[i] > threshold_) entries_.push_back({values[i], static_cast<int32_t>(first_row + i)});
    if (entries_.size() >= 2 * k_ + kBlock) shrink();
  }
}

void TopRows::shrink() {
  std::nth_element(entries_.begin(), entries_.begin() + static_cast<int64_t>(k_) - 1, entries_.end(), is_before);
  entries_.resize(k_);
  threshold_ = entries_.back().value;  // an equal value of a later row loses
}

std::vector<TopRows::Entry> TopRows::sorted() const {
  auto entries = entries_;
  std::sort(entries.begin(), entries.end(), is_before);
  entries.resize(std::min(entries.size(), k_));
  return entries;
}

}  // namespace ijepa
