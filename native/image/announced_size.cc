#include "image/announced_size.h"

#include <string_view>

namespace ijepa {

namespace {

// Up to four bytes from `at`.
class Numbers {
 public:
  explicit Numbers(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint32_t little_endian(size_t at, size_t size) const {
    uint32_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | bytes_[at + i];
    return value;
  }
  uint32_t big_endian(size_t at) const {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | bytes_[at + i];
    return value;
  }

 private:
  std::span<const uint8_t> bytes_;
};

// A screen without a size is as large as its frames.
std::optional<ImageHeader> read_gif_size(const Numbers& gif) {
  const ImageHeader screen{gif.little_endian(8, 2), gif.little_endian(6, 2)};
  return screen.height > 0 && screen.width > 0 ? std::optional(screen) : std::nullopt;
}

// https://developers.google.com/speed/webp/docs/riff_container, and RFC 6386 and RFC 9649 for its two bit
// streams.
std::optional<ImageHeader> read_webp_size(std::span<const uint8_t> webp) {
  constexpr size_t kChunkAt = 12, kContentAt = 20;
  const std::string_view chunk(reinterpret_cast<const char*>(webp.data()) + kChunkAt, 4);
  const Numbers content(webp.subspan(kContentAt));
  if (chunk == "VP8X") return ImageHeader{content.little_endian(7, 3) + 1, content.little_endian(4, 3) + 1};
  if (chunk == "VP8 ")
    return ImageHeader{content.little_endian(8, 2) & 0x3fff, content.little_endian(6, 2) & 0x3fff};
  if (chunk != "VP8L") return std::nullopt;
  const uint32_t sides = content.little_endian(1, 4);
  return ImageHeader{(sides >> 14 & 0x3fff) + 1, (sides & 0x3fff) + 1};
}

}  // namespace

std::optional<ImageHeader> read_announced_size(std::span<const uint8_t> bytes, ImageKind kind) {
  constexpr size_t kLeastBytes = 30;
  if (bytes.size() < kLeastBytes) return std::nullopt;
  const Numbers numbers(bytes);
  switch (kind) {
    case ImageKind::kPng: return ImageHeader{numbers.big_endian(20), numbers.big_endian(16)};
    case ImageKind::kGif: return read_gif_size(numbers);
    case ImageKind::kWebp: return read_webp_size(bytes);
    default: return std::nullopt;
  }
}

}  // namespace ijepa
