#pragma once

// Antialiased resizing of uint8 pictures, within one grey level of Pillow's, and the evaluation geometries made of it.

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "image/box.h"

namespace ijepa {

enum class Interpolation { kBicubic, kBilinear };

struct ImageSize {
  int64_t height = 0, width = 0;

  bool operator==(const ImageSize&) const = default;
};

// uint8 [H, W, 3] -> uint8 [size.height, size.width, 3]. Pictures may have any strides; those of one
// whose channels are last in memory, as a decoder gives it, are last in the result, too.
at::Tensor resize(const at::Tensor& image, const ImageSize& size, Interpolation interpolation);

// The smallest size of the same shape that covers `target`: one side equal, the other longer, rounded down. For a square it
// is torchvision's Resize(int): shortest side to it, int(size * long / short).
ImageSize cover(const ImageSize& image, const ImageSize& target);

// The largest size of the same shape within `target`, rounded to nearest (Pillow's ImageOps.contain).
ImageSize contain(const ImageSize& image, const ImageSize& target);

// Covers `target` / crop_fraction (each side rounded down) and cuts `target` out of the middle as torchvision's CenterCrop
// does, black where the picture is smaller. Throws kImageRefused where the picture in between would have more than
// max_pixels (a line of pixels, enlarged).
at::Tensor resize_shortest(const at::Tensor& image, const ImageSize& target, double crop_fraction,
                           Interpolation interpolation, int64_t max_pixels);

// Of an `image` that is given to resize_shortest, the pixels that its result depends on.
Box seen_by_resize_shortest(const ImageSize& image, const ImageSize& target, double crop_fraction,
                            Interpolation interpolation);

// The whole picture within `target`, in the middle, on black.
at::Tensor resize_padded(const at::Tensor& image, const ImageSize& target, Interpolation interpolation);

}  // namespace ijepa
