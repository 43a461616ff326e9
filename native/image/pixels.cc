#include "image/pixels.h"

#include <algorithm>

namespace ijepa {

namespace {

// a · b / 255, rounded, as Pillow's MULDIV255.
uint8_t multiply_255(uint8_t a, uint8_t b) {
  const unsigned product = a * b + 128u;
  return static_cast<uint8_t>((product + (product >> 8)) >> 8);
}

uint8_t on_white(uint8_t value, uint8_t alpha) {
  return static_cast<uint8_t>((value * alpha + 255u * (255u - alpha) + 127u) / 255u);
}

}  // namespace

void to_rgb(const uint8_t* in, int bands, AlphaPolicy alpha, uint8_t* out, int64_t count) {
  const bool is_grey = bands < 3, has_alpha = bands == 2 || bands == 4;
  if (bands == 3) {
    std::copy_n(in, 3 * count, out);
    return;
  }
  for (int64_t i = 0; i < count; ++i, in += bands, out += 3) {
    for (int c = 0; c < 3; ++c) out[c] = in[is_grey ? 0 : c];
    if (!has_alpha || alpha == AlphaPolicy::kIgnore) continue;
    for (int c = 0; c < 3; ++c) out[c] = on_white(out[c], in[bands - 1]);
  }
}

void cmyk_to_rgb(const uint8_t* in, uint8_t* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i, in += 4, out += 3) {
    const auto white = static_cast<uint8_t>(255 - in[3]);
    for (int c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>(white - multiply_255(in[c], white));
  }
}

void to_8_bits(const uint16_t* in, uint8_t* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<uint8_t>(in[i] >> 8);
}

}  // namespace ijepa
