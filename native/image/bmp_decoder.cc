// BMP without compression, 1 to 32 bits (Microsoft's BITMAPINFOHEADER and its kin); libvips from npm lacks it.

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "image/decoder.h"

namespace ijepa {

namespace {

constexpr size_t kFileHeaderBytes = 14, kCoreHeaderBytes = 12, kInfoHeaderBytes = 40;
enum Compression : uint32_t { kNone = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

// Which bits of a pixel hold a channel.
struct Mask {
  uint32_t bits = 0;

  uint8_t of(uint32_t pixel) const {
    if (bits == 0) return 255;
    const int shift = std::countr_zero(bits);
    return static_cast<uint8_t>(uint64_t{(pixel & bits) >> shift} * 255 / (bits >> shift));
  }
};

class BmpDecoder final : public ImageDecoder {
 public:
  BmpDecoder(std::span<const uint8_t> bytes, AlphaPolicy alpha) : ImageDecoder({}), bytes_(bytes), alpha_(alpha) {
    pixels_at_ = number(10, 4);
    header_bytes_ = number(kFileHeaderBytes, 4);
    const bool is_core = header_bytes_ == kCoreHeaderBytes;
    check(is_core || header_bytes_ >= kInfoHeaderBytes, "a header of " + std::to_string(header_bytes_) + " bytes");
    const auto width = static_cast<int32_t>(is_core ? number(18, 2) : number(18, 4));
    const auto height = static_cast<int32_t>(is_core ? number(20, 2) : number(22, 4));
    bits_ = number(is_core ? 24 : 28, 2);
    compression_ = is_core ? kNone : number(30, 4);
    is_top_down_ = height < 0;
    header_.width = width;
    header_.height = std::abs(int64_t{height});
    check(width > 0 && height != 0, "a size of " + std::to_string(width) + " x " + std::to_string(height));
    read_layout(is_core);
  }

  at::Tensor decode() override {
    const size_t stride = (static_cast<size_t>(header_.width) * bits_ + 31) / 32 * 4;
    const size_t left = bytes_.size() - std::min(pixels_at_, bytes_.size());
    check(left / stride >= static_cast<size_t>(header_.height), "its pixels end too early");
    const at::Tensor image = at::empty({header_.height, header_.width, 3}, at::kByte);
    uint8_t* out = image.mutable_data_ptr<uint8_t>();
    for (int64_t y = 0; y < header_.height; ++y, out += 3 * header_.width)
      convert_row(pixels_at_ + stride * static_cast<size_t>(is_top_down_ ? y : header_.height - 1 - y), out);
    return image;
  }

 private:
  static void check(bool holds, const std::string& reason) {
    IJEPA_CHECK(holds, ErrorCode::kImageDecode, "damaged BMP: " + reason);
  }

  // Little-endian.
  uint32_t number(size_t at, size_t size) const {
    check(at <= bytes_.size() && bytes_.size() - at >= size, "it ends at byte " + std::to_string(bytes_.size()));
    uint32_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | bytes_[at + i];
    return value;
  }

  // Where the palette is, or which bits are which channel.
  void read_layout(bool is_core) {
    IJEPA_CHECK(compression_ != kRle8 && compression_ != kRle4, ErrorCode::kImageRefused,
                "a run-length encoded BMP, which is not read here: save it without compression");
    check(compression_ == kNone || compression_ == kBitFields || compression_ == kAlphaBitFields,
          "compression " + std::to_string(compression_));
    check(bits_ == 1 || bits_ == 4 || bits_ == 8 || bits_ == 16 || bits_ == 24 || bits_ == 32,
          std::to_string(bits_) + " bits a pixel");
    palette_at_ = kFileHeaderBytes + header_bytes_;
    palette_entry_ = is_core ? 3 : 4;
    if (bits_ == 16) masks_ = {Mask{0x7c00}, Mask{0x3e0}, Mask{0x1f}, Mask{0}};
    if (compression_ == kNone || bits_ < 16) return;
    const size_t masks_at = kFileHeaderBytes + kInfoHeaderBytes;  // part of the later, longer headers
    const size_t masks = header_bytes_ >= 56 || compression_ == kAlphaBitFields ? 4 : 3;
    for (size_t c = 0; c < masks; ++c) masks_[c].bits = number(masks_at + 4 * c, 4);
  }

  void convert_row(size_t row, uint8_t* out) const {
    for (int64_t x = 0; x < header_.width; ++x, out += 3) {
      const uint32_t pixel = read_pixel(row, static_cast<size_t>(x));
      const bool has_palette = bits_ <= 8;
      const uint32_t colour = has_palette ? number(palette_at_ + palette_entry_ * pixel, 3) : pixel;
      std::array<uint8_t, 4> rgba{};
      for (size_t c = 0; c < 4; ++c) rgba[c] = has_palette ? kBgr[c].of(colour) : masks_[c].of(colour);
      to_rgb(rgba.data(), 4, alpha_, out, 1);
    }
  }

  uint32_t read_pixel(size_t row, size_t x) const {
    if (bits_ >= 8) return number(row + x * bits_ / 8, bits_ / 8);
    const size_t bit = x * bits_;
    return bytes_[row + bit / 8] >> (8 - bits_ - bit % 8) & ((1u << bits_) - 1);
  }

  static constexpr std::array<Mask, 4> kBgr{Mask{0xff0000}, Mask{0xff00}, Mask{0xff}, Mask{0}};

  std::span<const uint8_t> bytes_;
  AlphaPolicy alpha_;
  size_t pixels_at_ = 0, header_bytes_ = 0, palette_at_ = 0, palette_entry_ = 4;
  uint32_t bits_ = 0, compression_ = kNone;
  bool is_top_down_ = false;
  std::array<Mask, 4> masks_ = kBgr;
};

}  // namespace

std::unique_ptr<ImageDecoder> open_bmp(std::span<const uint8_t> bytes, AlphaPolicy alpha) {
  return std::make_unique<BmpDecoder>(bytes, alpha);
}

}  // namespace ijepa
