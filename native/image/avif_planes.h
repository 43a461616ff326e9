#pragma once

// Colour planes of AVIF pictures with subsampled chroma. libheif, by which libvips reads them, repeats a
// chroma value for all its pixels; libavif, and so browsers and Pillow, interpolate, which differs by tens of
// grey levels at coloured edges. libvips has no setting for it. So here the bytes are made to say that their
// planes are green, blue and red, whereupon libheif gives luma and chroma as they are, and the conversion is
// ours.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

namespace ijepa {

struct AvifPlanes {
  std::vector<uint8_t> bytes;  // the picture that decodes to Cr, Y, Cb in place of red, green, blue
  bool halves_rows = false;    // 4:2:0, else 4:2:2
  bool is_full_range = true;   // else luma is 16 to 235, chroma 16 to 240
  int orientation = 1;  // EXIF code of the turns that `bytes` are without: they would tear chroma from luma
  double red = 0, blue = 0;  // the weights of red and blue in luma
};

// None where chroma is not subsampled, or where the container does not tell its way to RGB, or cuts the
// picture.
std::optional<AvifPlanes> separate_avif_planes(std::span<const uint8_t> avif);

// uint8 or uint16 [H, W, 3 or 4] of Cr, Y, Cb and perhaps alpha -> uint8 [H, W, 3 or 4] of red, green, blue
// and alpha. Chroma lies in the middle of its pixels and is interpolated with weights 9, 3, 3, 1, as libyuv
// does.
at::Tensor avif_planes_to_rgb(const at::Tensor& planes, const AvifPlanes& how);

}  // namespace ijepa
