#pragma once

// Operations that give each grey level of a channel another one, in place, with the pixels of Pillow's ImageOps.

#include "augment/planes.h"

namespace ijepa {

using LookUpTable = std::array<uint8_t, 256>;

void apply(const LookUpTable& table, uint8_t* values, int64_t count);
void apply_to_all(const LookUpTable& table, const Planes& picture);

// Each channel's darkest level becomes 0, its lightest 255.
void autocontrast(const Planes& picture);

// Each channel's histogram becomes as even as it can.
void equalize(const Planes& picture);

void invert(const Planes& picture);

// Keeps the highest `bits`, 0 to 8.
void posterize(const Planes& picture, int bits);

// Inverts levels of `threshold` and above; 256: none.
void solarize(const Planes& picture, int threshold);

// Adds `amount` to levels below `threshold`, up to 255.
void solarize_add(const Planes& picture, uint8_t amount, uint8_t threshold = 128);

}  // namespace ijepa
