#pragma once

// What each library that reads pictures is wrapped in: one picture whose header has been read.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>

#include "image/box.h"
#include "image/kind.h"
#include "image/pixels.h"

namespace ijepa {

struct ImageHeader {
  int64_t height = 0, width = 0;  // as stored
  int orientation = 1;            // EXIF code
};

// Reads the pixels once. The bytes given to its maker must outlive it.
class ImageDecoder {
 public:
  explicit ImageDecoder(const ImageHeader& header) : header_(header) {}
  virtual ~ImageDecoder() = default;

  const ImageHeader& header() const { return header_; }

  // uint8 [H, W, 3] as stored; throws kImageDecode where data are damaged or missing.
  virtual at::Tensor decode() = 0;

  // The same, of which only the pixels of `box` are needed: what lies around them may be anything, damage is found wherever
  // it is.
  virtual at::Tensor decode_around(const Box& box);

  // The pixels of `box`, perhaps made smaller by a power of two that leaves at least min_height by min_width; may read
  // no more than it needs, and so may miss damage elsewhere.
  virtual at::Tensor decode_region(const Box& box, int64_t min_height, int64_t min_width);

 protected:
  ImageHeader header_;
};

// Each reads the header only and allocates nothing that depends on the size told there.
std::unique_ptr<ImageDecoder> open_jpeg(std::span<const uint8_t> bytes);  // by libjpeg-turbo
std::unique_ptr<ImageDecoder> open_bmp(std::span<const uint8_t> bytes, AlphaPolicy alpha);
std::unique_ptr<ImageDecoder> open_netpbm(std::span<const uint8_t> bytes);
std::unique_ptr<ImageDecoder> open_vips(std::span<const uint8_t> bytes, ImageKind kind, AlphaPolicy alpha);

}  // namespace ijepa
