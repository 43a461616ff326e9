#pragma once

// Runs of pixels as libraries give them (grey, with transparency, CMYK, 16 bits) as 8-bit RGB.

#include <cstdint>

namespace ijepa {

// White: composited on white. Ignore: the colours as they are stored, as Pillow's convert('RGB').
enum class AlphaPolicy { kWhite, kIgnore };

// `count` pixels of `bands` values (1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha) -> RGB.
void to_rgb(const uint8_t* in, int bands, AlphaPolicy alpha, uint8_t* out, int64_t count);

// C, M, Y, K (0: no ink) -> RGB by Pillow's formula, (255 - K) · (255 - C) / 255 with its rounding.
void cmyk_to_rgb(const uint8_t* in, uint8_t* out, int64_t count);

// 16 bits -> 8 by the higher byte.
void to_8_bits(const uint16_t* in, uint8_t* out, int64_t count);

}  // namespace ijepa
