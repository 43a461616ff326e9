#include "image/avif_planes.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace ijepa {

namespace {

constexpr uint8_t kHalvesColumns = 0x08, kHalvesRows = 0x04;

// What the item properties say of a picture and its parts (ISO/IEC 23008-12; AV1 in ISO base media files).
struct Properties {
  std::vector<size_t> colours;             // where the content of each 'colr' box of kind 'nclx' begins
  std::optional<uint8_t> sampling;         // the two bits of AV1CodecConfigurationRecord
  std::vector<size_t> rotations, mirrors;  // where the content of each 'irot' and 'imir' is
  bool is_mixed = false, is_cut = false;
};

uint32_t number(std::span<const uint8_t> bytes, size_t at, size_t size = 4) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | (at + i < bytes.size() ? bytes[at + i] : 0);
  return value;
}

std::string_view text(std::span<const uint8_t> bytes, size_t at) {
  if (at + 4 > bytes.size()) return {};
  return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

// `flags`: the third byte of AV1CodecConfigurationRecord.
void read_sampling(uint8_t flags, Properties& found) {
  constexpr uint8_t kMonochrome = 0x10;  // alpha, mostly
  if (flags & kMonochrome) return;
  const uint8_t sampling = flags & (kHalvesColumns | kHalvesRows);
  if (found.sampling && *found.sampling != sampling) found.is_mixed = true;
  found.sampling = sampling;
}

void read_property(std::span<const uint8_t> avif, std::string_view name, size_t at, Properties& found) {
  if (name == "av1C") read_sampling(static_cast<uint8_t>(number(avif, at + 2, 1)), found);
  if (name == "colr" && text(avif, at) == "nclx") found.colours.push_back(at + 4);
  if (name == "irot") found.rotations.push_back(at);
  if (name == "imir") found.mirrors.push_back(at);
  if (name == "clap") found.is_cut = true;
}

// Goes through the boxes of [at, end), which are `depth` boxes deep, and into those on the way to the
// properties.
void read_boxes(std::span<const uint8_t> avif, size_t at, size_t end, size_t depth, Properties& found) {
  constexpr std::array<std::string_view, 3> kWay{"meta", "iprp", "ipco"};
  constexpr size_t kHeaderBytes = 8, kVersionBytes = 4;  // the second of 'meta' alone
  while (at + kHeaderBytes <= end) {
    const size_t size = number(avif, at) == 0 ? end - at : number(avif, at);
    if (size < kHeaderBytes || size > end - at) return;
    const std::string_view name = text(avif, at + 4);
    const size_t content = at + kHeaderBytes;
    if (depth == kWay.size())
      read_property(avif, name, content, found);
    else if (name == kWay[depth])
      read_boxes(avif, content + (depth == 0 ? kVersionBytes : 0), at + size, depth + 1, found);
    at += size;
  }
}

// The EXIF code of a rotation by quarters against the clock, and then perhaps a mirroring: its axis, or -1
// for none.
int find_orientation(uint32_t quarters, int axis) {
  constexpr int kCodes[3][4] = {{1, 8, 3, 6}, {4, 5, 2, 7}, {2, 7, 4, 5}};
  return kCodes[axis + 1][quarters & 3];
}

// Takes the turns out of `bytes`: a rotation by 0 stands in the place of each, for their list is not to be
// rewritten.
int take_orientation(std::vector<uint8_t>& bytes, const Properties& found) {
  const size_t end = bytes.size();
  uint32_t quarters = 0;
  int axis = -1;
  for (const size_t at : found.rotations) {
    if (at < end) quarters = std::exchange(bytes[at], 0);
  }
  for (const size_t at : found.mirrors) {
    if (at >= end) continue;
    axis = std::exchange(bytes[at], 0) & 1;
    constexpr std::string_view kRotation = "irot";
    std::copy(kRotation.begin(), kRotation.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at) - 4);
  }
  return find_orientation(quarters, axis);
}

// The weights of red and blue by matrix coefficients (ITU-T H.273); none for those that libavif does not do
// either way.
std::optional<std::array<double, 2>> find_weights(uint32_t matrix) {
  switch (matrix) {
    case 1: return {{0.2126, 0.0722}};
    case 2:  // unspecified: libavif takes BT.601
    case 5:
    case 6: return {{0.299, 0.114}};
    case 9: return {{0.2627, 0.0593}};
    default: return std::nullopt;
  }
}

// A sample of 16 bits as one of 8, without rounding.
float level(uint8_t value) { return value; }
float level(uint16_t value) { return static_cast<float>(value) / 256; }

uint8_t to_byte(float value) { return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L)); }

template <typename Sample>
class Converter {
 public:
  Converter(const at::Tensor& planes, const AvifPlanes& how)
      : in_(planes.const_data_ptr<Sample>()),
        height_(planes.size(0)),
        width_(planes.size(1)),
        bands_(planes.size(2)),
        halves_rows_(how.halves_rows),
        black_(how.is_full_range ? 0 : 16),
        luma_(how.is_full_range ? 1 : 255.0f / 219),
        chroma_(how.is_full_range ? 1 : 255.0f / 224),
        red_(static_cast<float>(how.red)),
        blue_(static_cast<float>(how.blue)) {}

  void convert(uint8_t* out) const {
    for (int64_t y = 0; y < height_; ++y)
      for (int64_t x = 0; x < width_; ++x, out += bands_) convert_pixel(y, x, out);
  }

 private:
  void convert_pixel(int64_t y, int64_t x, uint8_t* out) const {
    const float green = 1 - red_ - blue_;
    const float luma = (at(y, x, 1) - black_) * luma_;
    const float cr = (interpolate(y, x, 0) - 128) * chroma_ * 2 * (1 - red_);
    const float cb = (interpolate(y, x, 2) - 128) * chroma_ * 2 * (1 - blue_);
    out[0] = to_byte(luma + cr);
    out[1] = to_byte(luma - (red_ * cr + blue_ * cb) / green);
    out[2] = to_byte(luma + cb);
    if (bands_ == 4) out[3] = static_cast<uint8_t>(at(y, x, 3));
  }

  float at(int64_t y, int64_t x, int64_t band) const { return level(in_[(y * width_ + x) * bands_ + band]); }

  // Every second column, and with 4:2:0 every second row, begins a chroma value, which is repeated for the
  // rest.
  float interpolate(int64_t y, int64_t x, int64_t band) const {
    const int64_t x0 = x / 2 * 2, x1 = next(x, width_);
    if (!halves_rows_) return (3 * at(y, x0, band) + at(y, x1, band)) / 4;
    const int64_t y0 = y / 2 * 2, y1 = next(y, height_);
    return (9 * at(y0, x0, band) + 3 * at(y0, x1, band) + 3 * at(y1, x0, band) + at(y1, x1, band)) / 16;
  }

  // The first place of the pair on the nearer side of `place`, or of its own pair at the edges.
  static int64_t next(int64_t place, int64_t size) {
    const int64_t own = place / 2 * 2, other = place % 2 == 0 ? own - 2 : own + 2;
    return other < 0 || other >= size ? own : other;
  }

  const Sample* in_;
  int64_t height_, width_, bands_;
  bool halves_rows_;
  float black_, luma_, chroma_, red_, blue_;
};

}  // namespace

std::optional<AvifPlanes> separate_avif_planes(std::span<const uint8_t> avif) {
  constexpr size_t kMatrixAt = 4, kRangeAt = 6;
  constexpr uint8_t kFullRange = 0x80;
  Properties found;
  read_boxes(avif, 0, avif.size(), 0, found);
  const uint8_t sampling = found.sampling.value_or(0);
  const bool halves_rows = sampling & kHalvesRows;
  if (!(sampling & kHalvesColumns) || found.is_mixed || found.colours.empty()) return std::nullopt;
  if (found.is_cut || found.rotations.size() > 1 || found.mirrors.size() > 1) return std::nullopt;
  const uint32_t first = number(avif, found.colours[0] + kMatrixAt, 3);  // matrix and range
  const auto weights = find_weights(first >> 8);
  if (!weights) return std::nullopt;
  AvifPlanes planes{.bytes = {avif.begin(), avif.end()},
                    .halves_rows = halves_rows,
                    .is_full_range = (first & kFullRange) != 0,
                    .red = (*weights)[0],
                    .blue = (*weights)[1]};
  for (const size_t at : found.colours) {
    if (at + kRangeAt >= avif.size() || number(avif, at + kMatrixAt, 3) != first) return std::nullopt;
    planes.bytes[at + kMatrixAt] = planes.bytes[at + kMatrixAt + 1] = 0;  // identity
    planes.bytes[at + kRangeAt] = kFullRange;
  }
  planes.orientation = take_orientation(planes.bytes, found);
  return planes;
}

at::Tensor avif_planes_to_rgb(const at::Tensor& planes, const AvifPlanes& how) {
  const at::Tensor image = at::empty(planes.sizes(), at::kByte);
  auto* out = image.mutable_data_ptr<uint8_t>();
  if (planes.scalar_type() == at::kByte)
    Converter<uint8_t>(planes, how).convert(out);
  else
    Converter<uint16_t>(planes, how).convert(out);
  return image;
}

}  // namespace ijepa
