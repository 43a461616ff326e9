// PPM, PGM and PBM, as text or binary, 1 to 16 bits (https://netpbm.sourceforge.net/doc/ppm.html); libvips
// from npm lacks them.

#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "image/decoder.h"

namespace ijepa {

namespace {

constexpr int64_t kMaxSide = 1'000'000'000;

class NetpbmDecoder final : public ImageDecoder {
 public:
  explicit NetpbmDecoder(std::span<const uint8_t> bytes) : ImageDecoder({}), bytes_(bytes) {
    const int type = bytes[1] - '0';  // 1 to 3 as text, 4 to 6 binary
    is_text_ = type <= 3;
    bands_ = type % 3 == 0 ? 3 : 1;
    is_bilevel_ = type % 3 == 1;
    at_ = 2;
    header_.width = read_number(kMaxSide);
    header_.height = read_number(kMaxSide);
    max_value_ = is_bilevel_ ? 1 : read_number(65535);
    IJEPA_CHECK(max_value_ > 0, ErrorCode::kImageDecode, "damaged PPM or PGM: a largest value of 0");
    ++at_;  // one white space; the pixels follow
  }

  at::Tensor decode() override {
    const int64_t left = static_cast<int64_t>(bytes_.size() - std::min(at_, bytes_.size()));
    const int64_t least = least_bytes();
    IJEPA_CHECK(left >= least, ErrorCode::kImageDecode,
                "damaged PPM or PGM: " + std::to_string(left) +
                    " bytes are left for its pixels, which take " + std::to_string(least) + " or more");
    const at::Tensor image = at::empty({header_.height, header_.width, 3}, at::kByte);
    uint8_t* out = image.mutable_data_ptr<uint8_t>();
    for (int64_t y = 0; y < header_.height; ++y) {
      for (int64_t x = 0; x < header_.width; ++x, out += 3) {
        out[0] = read_value(x);
        for (int c = 1; c < 3; ++c) out[c] = bands_ == 3 ? read_value(x) : out[0];
      }
    }
    return image;
  }

 private:
  // Of the pixels; as text: a digit and, but for the bits of a PBM, a space after each but the last.
  int64_t least_bytes() const {
    const int64_t values = header_.height * header_.width * bands_;
    if (is_bilevel_) return is_text_ ? values : header_.height * ((header_.width + 7) / 8);
    if (is_text_) return 2 * values - 1;
    return values * (max_value_ > 255 ? 2 : 1);
  }

  // The next decimal number of the text, after white space and comments.
  int64_t read_number(int64_t largest) {
    skip_spaces();
    int64_t value = -1;
    for (; at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9'; ++at_) {
      value = std::max<int64_t>(value, 0) * 10 + (bytes_[at_] - '0');
      IJEPA_CHECK(value <= largest, ErrorCode::kImageDecode,
                  "damaged PPM or PGM: a number above " + std::to_string(largest));
    }
    IJEPA_CHECK(value >= 0, ErrorCode::kImageDecode,
                "damaged PPM or PGM: a number is missing at byte " + std::to_string(at_));
    return value;
  }

  void skip_spaces() {
    for (bool in_comment = false; at_ < bytes_.size(); ++at_) {
      const uint8_t byte = bytes_[at_];
      if (byte == '#') in_comment = true;
      if (byte == '\n' || byte == '\r') in_comment = false;
      const bool is_space = byte == ' ' || (byte >= '\t' && byte <= '\r');
      if (!in_comment && !is_space) return;
    }
  }

  // The next value of column `x`, in 8 bits.
  uint8_t read_value(int64_t x) {
    if (is_bilevel_) return read_bit(x) ? 0 : 255;
    int64_t value = 0;
    if (is_text_) {
      value = read_number(65535);
    } else {
      value = bytes_[at_++];
      if (max_value_ > 255) value = value << 8 | bytes_[at_++];
    }
    value = std::min(value, max_value_);
    if (max_value_ > 255)
      return static_cast<uint8_t>(value * 256 / (max_value_ + 1));  // of 65535: the higher byte
    return static_cast<uint8_t>((value * 255 + max_value_ / 2) / max_value_);
  }

  // 1 is black. As text, digits may follow each other without spaces; binary rows begin at a byte.
  bool read_bit(int64_t x) {
    if (!is_text_) {
      const bool bit = bytes_[at_] >> (7 - x % 8) & 1;
      if (x % 8 == 7 || x + 1 == header_.width) ++at_;
      return bit;
    }
    skip_spaces();
    const uint8_t digit = at_ < bytes_.size() ? bytes_[at_++] : 0;
    IJEPA_CHECK(digit == '0' || digit == '1', ErrorCode::kImageDecode,
                "damaged PBM: no digit 0 or 1 at byte " + std::to_string(at_));
    return digit == '1';
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  int bands_ = 3;
  bool is_text_ = false, is_bilevel_ = false;
  int64_t max_value_ = 255;
};

}  // namespace

std::unique_ptr<ImageDecoder> open_netpbm(std::span<const uint8_t> bytes) {
  return std::make_unique<NetpbmDecoder>(bytes);
}

}  // namespace ijepa
