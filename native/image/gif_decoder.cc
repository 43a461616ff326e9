// GIF by libvips, whose pixels are as browsers show them; here with Pillow's colours where nothing is drawn.

#ifdef IJEPA_HAVE_LIBVIPS

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <optional>

#include "image/announced_size.h"
#include "image/vips_decoder.h"

namespace ijepa {

namespace {

using Colour = std::array<uint8_t, 3>;

// What stands in a GIF before the pixels of its first frame
// (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
struct FirstFrame {
  Box box;
  bool is_transparent = false;
  Colour empty{};  // of what is transparent, or else (index 0) of what the frame does not cover
};

class FrameReader {
 public:
  explicit FrameReader(std::span<const uint8_t> gif) : gif_(gif) {}

  // None where it is damaged or has no palette.
  std::optional<FirstFrame> read() {
    constexpr size_t kScreenFlagsAt = 10, kScreenEnd = 13;
    at_ = kScreenEnd;
    take_palette(byte(kScreenFlagsAt));
    while (at_ < gif_.size()) {
      const uint8_t block = gif_[at_++];
      if (block == ',') return read_frame();
      if (block != '!') return std::nullopt;
      read_extension();
    }
    return std::nullopt;
  }

 private:
  uint8_t byte(size_t at) const { return at < gif_.size() ? gif_[at] : 0; }
  int64_t number(size_t at) const { return byte(at) | byte(at + 1) << 8; }

  void take_palette(uint8_t flags) {
    if ((flags & 0x80) == 0) return;
    const size_t bytes = size_t{3} << ((flags & 7) + 1);
    palette_ = gif_.subspan(std::min(at_, gif_.size()));
    palette_ = palette_.first(std::min(bytes, palette_.size()));
    at_ += bytes;
  }

  // A graphic control extension says which index is transparent; others are passed over.
  void read_extension() {
    constexpr uint8_t kGraphicControl = 0xf9;
    if (byte(at_) == kGraphicControl && byte(at_ + 1) >= 4) {
      is_transparent_ = byte(at_ + 2) & 1;
      transparent_ = byte(at_ + 5);
    }
    for (++at_; byte(at_) != 0; at_ += 1 + size_t{byte(at_)}) {
    }
    ++at_;
  }

  std::optional<FirstFrame> read_frame() {
    FirstFrame frame{{number(at_ + 2), number(at_), number(at_ + 6), number(at_ + 4)}, is_transparent_, {}};
    const uint8_t flags = byte(at_ + 8);
    at_ += 9;
    take_palette(flags);
    const size_t index = is_transparent_ ? 3u * transparent_ : 0;
    if (index + 3 > palette_.size()) return std::nullopt;
    std::copy_n(palette_.begin() + static_cast<std::ptrdiff_t>(index), 3, frame.empty.begin());
    return frame;
  }

  std::span<const uint8_t> gif_, palette_;
  size_t at_ = 0;
  bool is_transparent_ = false;
  uint8_t transparent_ = 0;
};

class GifDecoder final : public ImageDecoder {
 public:
  GifDecoder(std::span<const uint8_t> bytes, AlphaPolicy alpha)
      : ImageDecoder({}),
        pixels_(bytes, ImageKind::kGif, alpha),
        alpha_(alpha),
        frame_(FrameReader(bytes).read()) {
    header_ = pixels_.header();
    // libvips takes some sizes of screens for mistakes, and gives the frame alone.
    const auto screen = frame_ ? read_announced_size(bytes, ImageKind::kGif) : std::nullopt;
    if (!screen) return;
    header_.height = std::max(header_.height, screen->height);
    header_.width = std::max(header_.width, screen->width);
  }

  at::Tensor decode() override {
    if (!frame_) return pixels_.decode();
    const at::Tensor stored = pixels_.decode_bands();
    const bool is_white = frame_->is_transparent && alpha_ == AlphaPolicy::kWhite;
    const Colour empty = is_white ? Colour{255, 255, 255} : frame_->empty;
    const at::Tensor image = at::empty({header_.height, header_.width, 3}, at::kByte);
    const auto* pixels = stored.const_data_ptr<uint8_t>();
    auto* out = image.mutable_data_ptr<uint8_t>();
    for (int64_t y = 0; y < header_.height; ++y) {
      for (int64_t x = 0; x < header_.width; ++x, out += 3)
        std::copy_n(colour_at(pixels, stored.size(2), y, x, empty).begin(), 3, out);
    }
    return image;
  }

 private:
  // Pixels are wholly clear or wholly opaque. `stored`: [H, W, bands], of the size that libvips gives.
  Colour colour_at(const uint8_t* stored, int64_t bands, int64_t y, int64_t x, const Colour& empty) const {
    const Box& box = frame_->box;
    const bool is_drawn =
        y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width;
    if (!is_drawn || y >= pixels_.header().height || x >= pixels_.header().width) return empty;
    const auto* pixel = stored + (y * pixels_.header().width + x) * bands;
    if (bands % 2 == 0 && pixel[bands - 1] == 0) return empty;
    return bands < 3 ? Colour{pixel[0], pixel[0], pixel[0]} : Colour{pixel[0], pixel[1], pixel[2]};
  }

  VipsDecoder pixels_;
  AlphaPolicy alpha_;
  std::optional<FirstFrame> frame_;
};

}  // namespace

std::unique_ptr<ImageDecoder> open_gif(std::span<const uint8_t> bytes, AlphaPolicy alpha) {
  return std::make_unique<GifDecoder>(bytes, alpha);
}

}  // namespace ijepa

#endif
