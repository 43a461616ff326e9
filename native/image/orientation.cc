#include "image/orientation.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ijepa {

namespace {

constexpr uint32_t kOrientationTag = 0x0112;
constexpr size_t kEntryBytes = 12;

// Numbers of a TIFF block in its byte order; 0 outside of it.
struct TiffBlock {
  std::span<const uint8_t> bytes;
  bool big_endian = false;

  uint32_t number(size_t at, size_t size) const {
    if (at > bytes.size() || bytes.size() - at < size) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + (big_endian ? i : size - 1 - i)];
    return value;
  }
};

}  // namespace

Orientation Orientation::from_code(int code) {
  return {.flip_rows = code == 3 || code == 4 || code == 6 || code == 7,
          .flip_columns = code == 2 || code == 3 || code == 7 || code == 8,
          .transpose = code >= 5 && code <= 8};
}

int read_exif_orientation(std::span<const uint8_t> exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  const std::string_view head(reinterpret_cast<const char*>(exif.data()), exif.size());
  if (!head.starts_with(kPrefix) || exif.size() < kPrefix.size() + 8) return 1;
  const TiffBlock tiff{exif.subspan(kPrefix.size()), head[kPrefix.size()] == 'M'};
  const size_t directory = tiff.number(4, 4);
  const size_t entries = tiff.number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (tiff.number(entry, 2) == kOrientationTag) return static_cast<int>(tiff.number(entry + 8, 2));
  }
  return 1;
}

at::Tensor turn_upright(const at::Tensor& stored, const Orientation& orientation) {
  at::Tensor image = stored;
  if (orientation.flip_rows) image = image.flip(0);
  if (orientation.flip_columns) image = image.flip(1);
  if (orientation.transpose) image = image.transpose(0, 1);
  return image.contiguous();
}

Box to_stored(const Box& upright, const Orientation& orientation, int64_t height, int64_t width) {
  Box box = upright;
  if (orientation.transpose) {
    std::swap(box.top, box.left);
    std::swap(box.height, box.width);
  }
  if (orientation.flip_rows) box.top = height - box.top - box.height;
  if (orientation.flip_columns) box.left = width - box.left - box.width;
  return box;
}

}  // namespace ijepa
