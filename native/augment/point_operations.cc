#include "augment/point_operations.h"

#include <algorithm>

namespace ijepa {

namespace {

using Histogram = std::array<int64_t, 256>;

// Four counters a level, so that equal neighbours do not wait for one another.
Histogram histogram(const uint8_t* values, int64_t count) {
  std::array<std::array<uint32_t, 256>, 4> counts{};
  int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (size_t k = 0; k < 4; ++k) ++counts[k][values[i + static_cast<int64_t>(k)]];
  for (; i < count; ++i) ++counts[0][values[i]];
  Histogram sums{};
  for (size_t level = 0; level < 256; ++level)
    for (const auto& part : counts) sums[level] += part[level];
  return sums;
}

template <typename Level>
LookUpTable table_of(Level level) {
  LookUpTable table;
  for (int i = 0; i < 256; ++i) table[static_cast<size_t>(i)] = static_cast<uint8_t>(std::clamp(level(i), 0, 255));
  return table;
}

LookUpTable stretched(const uint8_t* values, int64_t count) {
  uint8_t low = 255, high = 0;
  for (int64_t i = 0; i < count; ++i) low = std::min(low, values[i]), high = std::max(high, values[i]);
  if (high <= low) return table_of([](int i) { return i; });
  const double scale = 255.0 / (high - low), offset = -low * scale;
  return table_of([=](int i) { return static_cast<int>(i * scale + offset); });
}

// Level i becomes the share of the pixels below it, in steps of 1/255 of all but the lightest level.
LookUpTable equalized(const Histogram& counts, int64_t pixels) {
  size_t lightest = 255;
  while (lightest > 0 && counts[lightest] == 0) --lightest;
  const int64_t step = (pixels - counts[lightest]) / 255;
  if (step == 0) return table_of([](int i) { return i; });
  int64_t below = step / 2;
  return table_of([&](int i) {
    const auto level = static_cast<int>(std::min<int64_t>(below / step, 255));
    below += counts[static_cast<size_t>(i)];
    return level;
  });
}

// Without a table: many levels at a time.
template <typename Change>
void for_each(const Planes& picture, Change change) {
  uint8_t* const values = picture.data;
  const int64_t count = 3 * picture.area();
  for (int64_t i = 0; i < count; ++i) values[i] = change(values[i]);
}

}  // namespace

void apply(const LookUpTable& table, uint8_t* values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) values[i] = table[values[i]];
}

void apply_to_all(const LookUpTable& table, const Planes& picture) { apply(table, picture.data, 3 * picture.area()); }

void autocontrast(const Planes& picture) {
  for (int64_t c = 0; c < 3; ++c) apply(stretched(picture.plane(c), picture.area()), picture.plane(c), picture.area());
}

void equalize(const Planes& picture) {
  for (int64_t c = 0; c < 3; ++c) {
    const Histogram counts = histogram(picture.plane(c), picture.area());
    apply(equalized(counts, picture.area()), picture.plane(c), picture.area());
  }
}

void invert(const Planes& picture) {
  for_each(picture, [](uint8_t level) { return static_cast<uint8_t>(255 - level); });
}

void posterize(const Planes& picture, int bits) {
  const auto mask = static_cast<uint8_t>(0xff00 >> std::clamp(bits, 0, 8));
  for_each(picture, [mask](uint8_t level) { return static_cast<uint8_t>(level & mask); });
}

void solarize(const Planes& picture, int threshold) {
  if (threshold > 255) return;
  const auto first = static_cast<uint8_t>(std::max(threshold, 0));
  for_each(picture, [first](uint8_t level) { return level < first ? level : static_cast<uint8_t>(255 - level); });
}

void solarize_add(const Planes& picture, uint8_t amount, uint8_t threshold) {
  const auto highest = static_cast<uint8_t>(255 - amount);
  for_each(picture, [=](uint8_t level) {
    const auto lighter = static_cast<uint8_t>(std::min(level, highest) + amount);
    return level < threshold ? lighter : level;
  });
}

}  // namespace ijepa
