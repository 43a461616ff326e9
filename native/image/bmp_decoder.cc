// BMP of 1 to 32 bits, RLE too (Microsoft's BITMAPINFOHEADER and its kin); libvips from npm lacks it.

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "image/bmp_runs.h"
#include "image/decoder.h"

namespace ijepa {

namespace {

constexpr size_t kFileHeaderBytes = 14, kCoreHeaderBytes = 12, kInfoHeaderBytes = 40;
enum Compression : uint32_t {
  kNone = 0,
  kRle8 = 1,
  kRle4 = 2,
  kBitFields = 3,
  kJpeg = 4,
  kPng = 5,
  kAlphaBitFields = 6
};

// Which bits of a pixel hold a channel.
struct Mask {
  uint32_t bits = 0;

  uint8_t of(uint32_t pixel) const {
    if (bits == 0) return 0;
    const int shift = std::countr_zero(bits);
    const uint32_t value = (pixel & bits) >> shift, largest = bits >> shift;
    return static_cast<uint8_t>(largest == 255 ? value : uint64_t{value} * 255 / largest);
  }
};

class BmpDecoder final : public ImageDecoder {
 public:
  BmpDecoder(std::span<const uint8_t> bytes, AlphaPolicy alpha)
      : ImageDecoder({}), bytes_(bytes), alpha_(alpha) {
    pixels_at_ = number(10, 4);
    header_bytes_ = number(kFileHeaderBytes, 4);
    const bool is_core = header_bytes_ == kCoreHeaderBytes;
    check(is_core || header_bytes_ >= kInfoHeaderBytes,
          "a header of " + std::to_string(header_bytes_) + " bytes");
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
    read_palette();
    const auto data = bytes_.subspan(std::min(pixels_at_, bytes_.size()));
    if (compression_ != kRle8 && compression_ != kRle4) return convert(data);
    const auto indices = expand_bmp_runs(data, bits_, header_.width, header_.height);
    bits_ = 8;
    return convert(indices, /*row_alignment=*/1);
  }

 private:
  static void check(bool holds, const std::string& reason) {
    IJEPA_CHECK(holds, ErrorCode::kImageDecode, "damaged BMP: " + reason);
  }

  // Little-endian.
  uint32_t number(size_t at, size_t size) const {
    check(at <= bytes_.size() && bytes_.size() - at >= size,
          "it ends at byte " + std::to_string(bytes_.size()));
    uint32_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | bytes_[at + i];
    return value;
  }

  // Where the palette is, or which bits are which channel.
  void read_layout(bool is_core) {
    check(bits_ == 1 || bits_ == 4 || bits_ == 8 || bits_ == 16 || bits_ == 24 || bits_ == 32,
          std::to_string(bits_) + " bits a pixel");
    IJEPA_CHECK(compression_ != kJpeg && compression_ != kPng, ErrorCode::kImageRefused,
                "a BMP around a JPEG or a PNG");
    const bool fits = compression_ == kNone || (compression_ == kRle8 && bits_ == 8) ||
                      (compression_ == kRle4 && bits_ == 4) ||
                      ((compression_ == kBitFields || compression_ == kAlphaBitFields) && bits_ >= 16);
    check(fits,
          "compression " + std::to_string(compression_) + " with " + std::to_string(bits_) + " bits a pixel");
    if (bits_ == 16) masks_ = {Mask{0x7c00}, Mask{0x3e0}, Mask{0x1f}, Mask{0}};
    if (compression_ != kBitFields && compression_ != kAlphaBitFields) return set_palette(is_core);
    const size_t masks_at = kFileHeaderBytes + kInfoHeaderBytes;  // part of the later, longer headers
    const size_t masks = header_bytes_ >= 56 || compression_ == kAlphaBitFields ? 4 : 3;
    for (size_t c = 0; c < masks; ++c) masks_[c].bits = number(masks_at + 4 * c, 4);
  }

  void set_palette(bool is_core) {
    if (bits_ > 8) return;
    palette_at_ = kFileHeaderBytes + header_bytes_;
    palette_entry_ = is_core ? 3 : 4;
    const uint32_t used = is_core ? 0 : number(46, 4);
    colours_ = used == 0 ? 1u << bits_ : std::min(used, 1u << bits_);
    if (pixels_at_ > palette_at_) colours_ = std::min(colours_, (pixels_at_ - palette_at_) / palette_entry_);
  }

  // Colours that are not there are black.
  void read_palette() {
    for (size_t i = 0; i < colours_; ++i) {
      const uint32_t colour = number(palette_at_ + palette_entry_ * i, 3);
      for (size_t c = 0; c < 3; ++c) palette_[i][c] = kBgr[c].of(colour);
    }
  }

  // `data`: rows in the order of the file, each filled up to a multiple of row_alignment bytes.
  at::Tensor convert(std::span<const uint8_t> data, size_t row_alignment = 4) const {
    const size_t row_bytes = (static_cast<size_t>(header_.width) * bits_ + 7) / 8;
    const size_t stride = (row_bytes + row_alignment - 1) / row_alignment * row_alignment;
    const auto rows = static_cast<size_t>(header_.height);
    check(data.size() / stride >= rows, "its pixels end too early");
    const at::Tensor image = at::empty({header_.height, header_.width, 3}, at::kByte);
    uint8_t* out = image.mutable_data_ptr<uint8_t>();
    for (size_t y = 0; y < rows; ++y, out += 3 * header_.width)
      convert_row(data.subspan(stride * (is_top_down_ ? y : rows - 1 - y), row_bytes), out);
    return image;
  }

  void convert_row(std::span<const uint8_t> row, uint8_t* out) const {
    for (size_t x = 0; x < static_cast<size_t>(header_.width); ++x, out += 3) {
      const uint32_t pixel = read_pixel(row, x);
      if (bits_ <= 8) {
        std::copy_n(palette_[pixel].begin(), 3, out);
        continue;
      }
      std::array<uint8_t, 4> rgba{};
      for (size_t c = 0; c < 4; ++c) rgba[c] = masks_[c].of(pixel);
      if (masks_[3].bits == 0) rgba[3] = 255;
      to_rgb(rgba.data(), 4, alpha_, out, 1);
    }
  }

  uint32_t read_pixel(std::span<const uint8_t> row, size_t x) const {
    if (bits_ < 8) return row[x * bits_ / 8] >> (8 - bits_ - x * bits_ % 8) & ((1u << bits_) - 1);
    uint32_t value = 0;
    for (size_t i = bits_ / 8; i-- > 0;) value = value << 8 | row[x * bits_ / 8 + i];
    return value;
  }

  static constexpr std::array<Mask, 4> kBgr{Mask{0xff0000}, Mask{0xff00}, Mask{0xff}, Mask{0}};

  std::span<const uint8_t> bytes_;
  AlphaPolicy alpha_;
  size_t pixels_at_ = 0, header_bytes_ = 0, palette_at_ = 0, palette_entry_ = 4, colours_ = 0;
  uint32_t bits_ = 0, compression_ = kNone;
  bool is_top_down_ = false;
  std::array<Mask, 4> masks_ = kBgr;
  std::array<std::array<uint8_t, 3>, 256> palette_{};
};

}  // namespace

std::unique_ptr<ImageDecoder> open_bmp(std::span<const uint8_t> bytes, AlphaPolicy alpha) {
  return std::make_unique<BmpDecoder>(bytes, alpha);
}

}  // namespace ijepa
