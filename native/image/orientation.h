#pragma once

// EXIF orientation: how the stored pixels must be turned to be seen upright (Exif 2.32, tag 0x0112).

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "image/box.h"

namespace ijepa {

// First flips of the stored rows and columns, then perhaps an exchange of the two.
struct Orientation {
  bool flip_rows = false;
  bool flip_columns = false;
  bool transpose = false;

  // `code`: 1 to 8; any other is 1, upright.
  static Orientation from_code(int code);
  bool operator==(const Orientation&) const = default;
};

// The orientation code, 1 to 8, of an Exif block ("Exif\0\0", then a TIFF header), 1 where it has none or is damaged.
int read_exif_orientation(std::span<const uint8_t> exif);
// The same of the TIFF header alone.
int read_tiff_orientation(std::span<const uint8_t> tiff);

// [H, W, 3] as stored -> upright, contiguous.
at::Tensor turn_upright(const at::Tensor& stored, const Orientation& orientation);

// A box of the upright picture in the coordinates of the stored one, which is `height` by `width`.
Box to_stored(const Box& upright, const Orientation& orientation, int64_t height, int64_t width);

}  // namespace ijepa
