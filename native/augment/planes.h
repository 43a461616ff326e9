#pragma once

// A picture as a batch holds it: what the operations of this folder change in place.

#include <array>
#include <cstdint>
#include <vector>

namespace ijepa {

using Colour = std::array<uint8_t, 3>;

// uint8 [3, height, width]: red, green, blue, one after another without gaps. Owns nothing.
struct Planes {
  uint8_t* data;
  int64_t height, width;

  int64_t area() const { return height * width; }
  uint8_t* plane(int64_t channel) const { return data + channel * area(); }
};

// Memory that operations overwrite, to be used again.
struct AugmentScratch {
  std::vector<uint8_t> bytes;
  std::vector<float> floats;
};

}  // namespace ijepa
