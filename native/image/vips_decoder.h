#pragma once

// Pictures read by libvips, by its C interface. Only where the build has it.

#include <cstdint>
#include <functional>
#include <span>

#include "image/decoder.h"

namespace ijepa {

class VipsDecoder : public ImageDecoder {
 public:
  VipsDecoder(std::span<const uint8_t> bytes, ImageKind kind, AlphaPolicy alpha);

  at::Tensor decode() override;

  // uint8 or uint16 [H, W, bands]: what libvips gives, before any conversion.
  at::Tensor decode_bands();

 private:
  template <typename Attempt>
  void call(const Attempt& attempt);
  bool read_header();
  void convert_row(const uint8_t* in, uint8_t* out);
  at::Tensor decode_rows(at::Tensor image, const std::function<void(const uint8_t*, uint8_t*)>& convert);

  std::span<const uint8_t> bytes_;
  ImageKind kind_;
  AlphaPolicy alpha_;
  int bands_ = 0;
  bool has_16_bits_ = false, is_cmyk_ = false;
  std::vector<uint8_t> narrow_row_;
};

// With what libvips does not do: see the files of that name.
std::unique_ptr<ImageDecoder> open_gif(std::span<const uint8_t> bytes, AlphaPolicy alpha);
std::unique_ptr<ImageDecoder> open_avif(std::span<const uint8_t> bytes, AlphaPolicy alpha);

}  // namespace ijepa
