#include "augment/enhance.h"

#include <algorithm>
#include <cmath>

#include "augment/point_operations.h"

namespace ijepa {

namespace {

// From `without` (factor 0) to `with` (factor 1) and beyond; Pillow's arithmetic: float32, cut off at the point.
inline uint8_t blend(int without, int with, float factor) {
  const float value = static_cast<float>(without) + factor * static_cast<float>(with - without);
  return static_cast<uint8_t>(static_cast<int>(std::min(std::max(value, 0.0f), 255.0f)));
}

LookUpTable blend_table(int without, double factor) {
  LookUpTable table;
  for (int i = 0; i < 256; ++i) table[static_cast<size_t>(i)] = blend(without, i, static_cast<float>(factor));
  return table;
}

// ITU-R 601-2 luma in 16-bit fixed point, rounded, as Pillow's convert("L").
inline uint8_t grey(uint16_t red, uint16_t green, uint16_t blue) {
  constexpr uint16_t kRed = 19595, kGreen = 38470, kBlue = 7471;
  const uint32_t sum = static_cast<uint32_t>(red) * kRed + static_cast<uint32_t>(green) * kGreen +
                       static_cast<uint32_t>(blue) * kBlue;
  return static_cast<uint8_t>((sum + 0x8000) >> 16);
}

int mean_grey(const Planes& picture) {
  const uint8_t *red = picture.plane(0), *green = picture.plane(1), *blue = picture.plane(2);
  int64_t sum = 0;
  for (int64_t y = 0; y < picture.height; ++y, red += picture.width, green += picture.width, blue += picture.width) {
    uint32_t row = 0;
    for (int64_t x = 0; x < picture.width; ++x) row += grey(red[x], green[x], blue[x]);
    sum += row;
  }
  return static_cast<int>(static_cast<double>(sum) / static_cast<double>(picture.area()) + 0.5);
}

// One inner row: the centre counts 5, its 8 neighbours 1 each, of 13 (ImageFilter.SMOOTH), rounded.
void sharpen_row(const uint8_t* above, const uint8_t* row, const uint8_t* below, int64_t width, float factor,
                 uint8_t* __restrict out) {
  for (int64_t x = 1; x + 1 < width; ++x) {
    const auto sum = static_cast<uint16_t>(above[x - 1] + above[x] + above[x + 1] + row[x - 1] + 5 * row[x] +
                                           row[x + 1] + below[x - 1] + below[x] + below[x + 1]);
    const auto smooth = static_cast<uint16_t>(static_cast<uint16_t>(2 * sum + 13) / 26);
    out[x] = blend(smooth, row[x], factor);
  }
}

struct Hsv {
  uint8_t hue, saturation, value;
};

// The hue in 255ths of the circle, cut off at the point, as the saturation (Pillow's Convert.c, after Python's colorsys).
Hsv to_hsv(uint8_t red, uint8_t green, uint8_t blue) {
  const uint8_t most = std::max({red, green, blue}), least = std::min({red, green, blue});
  if (most == least) return {0, 0, most};
  const auto range = static_cast<float>(most - least);
  const auto lack = [&](uint8_t channel) { return static_cast<float>(most - channel) / range; };
  const float r = lack(red), g = lack(green), b = lack(blue);
  const auto sixths = static_cast<float>(red == most ? b - g : green == most ? 2.0 + r - b : 4.0 + g - r);
  const double turns = sixths / 6.0 + 1;
  const auto hue = static_cast<float>(turns - std::floor(turns));
  const float saturation = range / static_cast<float>(most);
  return {static_cast<uint8_t>(hue * 255.0), static_cast<uint8_t>(saturation * 255.0), most};
}

Colour to_rgb(const Hsv& hsv) {
  if (hsv.saturation == 0) return {hsv.value, hsv.value, hsv.value};
  const double sixths = hsv.hue * 6.0 / 255;
  const int sector = static_cast<int>(sixths);
  const auto along = static_cast<float>(sixths - sector);
  const auto saturation = static_cast<float>(hsv.saturation / 255.0);
  const auto part = [&](double share) { return static_cast<uint8_t>(std::lround(hsv.value * (1 - share))); };
  const uint8_t v = hsv.value, p = part(saturation), q = part(saturation * along), t = part(saturation * (1.0 - along));
  switch (sector % 6) {
    case 0: return {v, t, p};
    case 1: return {q, v, p};
    case 2: return {p, v, t};
    case 3: return {p, q, v};
    case 4: return {t, p, v};
    default: return {v, p, q};
  }
}

}  // namespace

void adjust_brightness(const Planes& picture, double factor) { apply_to_all(blend_table(0, factor), picture); }

void adjust_contrast(const Planes& picture, double factor) {
  apply_to_all(blend_table(mean_grey(picture), factor), picture);
}

void adjust_saturation(const Planes& picture, double factor) {
  const auto strength = static_cast<float>(factor);
  uint8_t* __restrict const red = picture.plane(0);
  uint8_t* __restrict const green = picture.plane(1);
  uint8_t* __restrict const blue = picture.plane(2);
  const int64_t area = picture.area();  // bytes that are written might be the picture's sides, for all the compiler knows
  for (int64_t i = 0; i < area; ++i) {
    const int without = grey(red[i], green[i], blue[i]);
    red[i] = blend(without, red[i], strength);
    green[i] = blend(without, green[i], strength);
    blue[i] = blend(without, blue[i], strength);
  }
}

void adjust_sharpness(const Planes& picture, double factor, std::vector<uint8_t>& scratch) {
  const int64_t width = picture.width;
  for (int64_t c = 0; c < 3; ++c) {
    uint8_t* const plane = picture.plane(c);
    scratch.assign(plane, plane + picture.area());
    for (int64_t y = 1; y + 1 < picture.height; ++y) {
      const uint8_t* const row = scratch.data() + y * width;
      sharpen_row(row - width, row, row + width, width, static_cast<float>(factor), plane + y * width);
    }
  }
}

void adjust_hue(const Planes& picture, double shift) {
  const auto turn = static_cast<uint8_t>(static_cast<int>(shift * 255));
  uint8_t *red = picture.plane(0), *green = picture.plane(1), *blue = picture.plane(2);
  for (int64_t i = 0; i < picture.area(); ++i) {
    Hsv hsv = to_hsv(red[i], green[i], blue[i]);
    hsv.hue = static_cast<uint8_t>(hsv.hue + turn);
    const Colour turned = to_rgb(hsv);
    red[i] = turned[0], green[i] = turned[1], blue[i] = turned[2];
  }
}

}  // namespace ijepa
