#include "image/bmp_runs.h"

#include <string>
#include <utility>

#include "base/error.h"

namespace ijepa {

namespace {

enum Escape : uint8_t { kEndOfRow = 0, kEndOfPicture = 1, kJump = 2 };  // larger: a stretch of so many pixels

class Runs {
 public:
  Runs(std::span<const uint8_t> data, uint32_t bits, int64_t width, int64_t height)
      : data_(data),
        bits_(bits),
        width_(width),
        height_(height),
        indices_(static_cast<size_t>(width * height)) {}

  std::vector<uint8_t> expand() {
    while (!is_over_ && y_ < height_) {
      const uint8_t count = next(), value = next();
      if (count > 0) {
        for (uint8_t i = 0; i < count; ++i) put(pixel(value, i));
      } else {
        escape(value);
      }
    }
    return std::move(indices_);
  }

 private:
  uint8_t next() {
    // The last row is whole without an end of its own.
    IJEPA_CHECK(at_ < data_.size(), ErrorCode::kImageDecode,
                "damaged BMP: its runs end in row " + std::to_string(y_));
    return data_[at_++];
  }

  // The pixel number `i` of those that one byte holds over and over (RLE4: two in turn).
  uint8_t pixel(uint8_t byte, int i) const {
    if (bits_ == 8) return byte;
    return i % 2 == 0 ? byte >> 4 : byte & 15;
  }

  // What goes beyond the row is lost, as in other readers.
  void put(uint8_t index) {
    if (x_ < width_) indices_[static_cast<size_t>(y_ * width_ + x_)] = index;
    ++x_;
  }

  void escape(uint8_t code) {
    switch (code) {
      case kEndOfRow: ++y_, x_ = 0; return;
      case kEndOfPicture: is_over_ = true; return;
      case kJump: x_ += next(), y_ += next(); return;
      default: break;
    }
    const size_t begun = at_;
    for (int i = 0; i < code; ++i) {
      if (bits_ == 8 || i % 2 == 0) byte_ = next();
      put(pixel(byte_, i));
    }
    if ((at_ - begun) % 2 == 1) next();  // stretches are filled up to 16 bits
  }

  std::span<const uint8_t> data_;
  uint32_t bits_;
  int64_t width_, height_;
  std::vector<uint8_t> indices_;
  size_t at_ = 0;
  int64_t x_ = 0, y_ = 0;
  uint8_t byte_ = 0;
  bool is_over_ = false;
};

}  // namespace

std::vector<uint8_t> expand_bmp_runs(std::span<const uint8_t> data, uint32_t bits, int64_t width,
                                     int64_t height) {
  return Runs(data, bits, width, height).expand();
}

}  // namespace ijepa
