#pragma once

// A range of addresses in which ranges of files lie one behind another, as one array, without being read into memory.

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/input_file.h"

namespace ijepa {

// A place in the range and one in a file whose difference is a multiple of this can share their pages on every common system.
constexpr int64_t kPageMultiple = int64_t{1} << 16;

class AddressRange {
 public:
  // Addresses alone, which take no memory. Where the system has none nothing can be shown.
  explicit AddressRange(int64_t bytes);
  ~AddressRange();
  AddressRange(const AddressRange&) = delete;
  AddressRange& operator=(const AddressRange&) = delete;

  // Shows `length` bytes of the file from `offset` on, read-only, right behind what is kept, in the place of what was shown
  // there before. Whole pages are the file's own; of those that it shares with what comes before or after, its part is copied.
  // Empty where that cannot be: the places differ within a page, the range is too short, or the system refuses.
  //
  // Only for files that nobody shortens: a page that a file no longer has ends the process that touches it. The file itself may
  // be closed, deleted or replaced by another: what is mapped stays.
  std::span<const std::byte> show(const InputFile& file, int64_t offset, int64_t length);

  // What was shown last stays, for good.
  void keep(std::span<const std::byte> shown) { kept_ += static_cast<int64_t>(shown.size()); }

  std::span<const std::byte> kept() const { return {base_, static_cast<size_t>(kept_)}; }

 private:
  void copy(const InputFile& file, int64_t difference, int64_t begin, int64_t end);

  std::byte* base_ = nullptr;
  int64_t bytes_ = 0, kept_ = 0;
};

}  // namespace ijepa
