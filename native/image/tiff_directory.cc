#include "image/tiff_directory.h"

#include <algorithm>

namespace ijepa {

namespace {

constexpr uint64_t kBigTiff = 43, kShort = 3, kLong = 4;
constexpr uint64_t kMostEntries = 4096;  // libtiff's pictures have some twenty

}  // namespace

TiffDirectory::TiffDirectory(std::span<const uint8_t> bytes) : bytes_(bytes) {
  is_big_endian_ = !bytes.empty() && bytes[0] == 'M';
  const bool is_big = number(2, 2) == kBigTiff;
  if (is_big) entry_bytes_ = 20, offset_bytes_ = 8;
  const size_t count_bytes = is_big ? 8 : 2;
  const auto directory = number(is_big ? 8 : 4, offset_bytes_);
  if (!directory || *directory > bytes.size()) return;
  first_entry_ = *directory + count_bytes;
  entries_ = std::min(number(*directory, count_bytes).value_or(0), kMostEntries);
}

std::optional<uint32_t> TiffDirectory::find(uint32_t tag) const {
  for (uint64_t i = 0, entry = first_entry_; i < entries_; ++i, entry += entry_bytes_) {
    if (number(entry, 2) != tag) continue;
    const auto type = number(entry + 2, 2), count = number(entry + 4, offset_bytes_);
    if ((type != kShort && type != kLong) || !count || *count == 0) return std::nullopt;
    const size_t size = type == kShort ? 2 : 4;
    const uint64_t place = entry + 4 + offset_bytes_;  // the values themselves, or where they are
    const auto at = *count > offset_bytes_ / size ? number(place, offset_bytes_) : place;
    const auto value = at ? number(*at, size) : std::nullopt;
    return value ? std::optional(static_cast<uint32_t>(*value)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<uint64_t> TiffDirectory::number(uint64_t at, size_t size) const {
  if (at > bytes_.size() || bytes_.size() - at < size) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | bytes_[at + (is_big_endian_ ? i : size - 1 - i)];
  return value;
}

}  // namespace ijepa
