#pragma once

// Encoded bytes to upright RGB pixels: the one way in for every kind of picture.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>

#include "image/decoder.h"
#include "image/orientation.h"

namespace ijepa {

struct DecodeOptions {
  AlphaPolicy alpha = AlphaPolicy::kWhite;
  int64_t max_pixels = 100'000'000;
};

// A picture whose header has been read and checked. EXIF orientation is applied everywhere; an animation or a document of
// several pages is its first frame. Errors name no file: the caller knows it.
class Picture {
 public:
  // `bytes` must outlive it. Throws kImageRefused (kind not allowed, more pixels than max_pixels), kImageDecode.
  Picture(std::span<const uint8_t> bytes, const DecodeOptions& options);

  int64_t height() const;  // upright
  int64_t width() const;

  // One of these, once: uint8 [H, W, 3], contiguous. Throws kImageDecode where data are damaged or missing.
  at::Tensor decode();  // the pixels that Pillow gives
  // The same pixels within `box`, anything around it; as strict, and faster (JPEG).
  at::Tensor decode_around(const Box& box);
  // Fast and not bit-equal: the box alone (JPEG), at 1/2, 1/4 or 1/8 where that leaves min_height by min_width or more.
  at::Tensor decode_region(const Box& box, int64_t min_height, int64_t min_width);

 private:
  std::unique_ptr<ImageDecoder> decoder_;
  Orientation orientation_;
};

}  // namespace ijepa
