#pragma once

// The first directory of a TIFF, classic or BigTIFF, and so of an Exif block: numbers by their tags.

#include <cstdint>
#include <optional>
#include <span>

namespace ijepa {

// Reads nothing outside of `bytes`, which must outlive it; a damaged directory has fewer tags.
class TiffDirectory {
 public:
  explicit TiffDirectory(std::span<const uint8_t> bytes);

  // The first value of a tag that holds 16- or 32-bit numbers.
  std::optional<uint32_t> find(uint32_t tag) const;

 private:
  std::optional<uint64_t> number(uint64_t at, size_t size) const;

  std::span<const uint8_t> bytes_;
  bool is_big_endian_ = false;
  size_t entry_bytes_ = 12, offset_bytes_ = 4;  // of an entry, and of an offset or a count in it
  uint64_t first_entry_ = 0, entries_ = 0;
};

}  // namespace ijepa
