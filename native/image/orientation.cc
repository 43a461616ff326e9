#include "image/orientation.h"

#include <string_view>
#include <utility>

#include "image/tiff_directory.h"

namespace ijepa {

namespace {

constexpr uint32_t kOrientationTag = 0x0112;

}  // namespace

Orientation Orientation::from_code(int code) {
  return {.flip_rows = code == 3 || code == 4 || code == 6 || code == 7,
          .flip_columns = code == 2 || code == 3 || code == 7 || code == 8,
          .transpose = code >= 5 && code <= 8};
}

int read_exif_orientation(std::span<const uint8_t> exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  const std::string_view head(reinterpret_cast<const char*>(exif.data()), exif.size());
  return head.starts_with(kPrefix) ? read_tiff_orientation(exif.subspan(kPrefix.size())) : 1;
}

int read_tiff_orientation(std::span<const uint8_t> tiff) {
  const uint32_t code = TiffDirectory(tiff).find(kOrientationTag).value_or(1);
  return code >= 1 && code <= 8 ? static_cast<int>(code) : 1;
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
