// PPM and PGM, as text or binary, 8 or 16 bits (https://netpbm.sourceforge.net/doc/ppm.html); libvips from npm lacks them.

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
    const char type = static_cast<char>(bytes[1]);
    bands_ = type == '3' || type == '6' ? 3 : 1;
    is_text_ = type == '2' || type == '3';
    at_ = 2;
    header_.width = read_number(kMaxSide);
    header_.height = read_number(kMaxSide);
    max_value_ = read_number(65535);
    IJEPA_CHECK(max_value_ > 0, ErrorCode::kImageDecode, "damaged PPM or PGM: a largest value of 0");
    ++at_;  // one white space; the pixels follow
  }

  at::Tensor decode() override {
    const int64_t pixels = header_.height * header_.width, values = pixels * bands_;
    const int64_t bytes_each = is_text_ ? 2 : max_value_ > 255 ? 2 : 1;  // as text: a digit and a space
    const auto left = static_cast<int64_t>(bytes_.size() - std::min(at_, bytes_.size()));
    IJEPA_CHECK(left + is_text_ >= values * bytes_each, ErrorCode::kImageDecode,
                "damaged PPM or PGM: " + std::to_string(left) + " bytes are left for " + std::to_string(values) + " values");
    const at::Tensor image = at::empty({header_.height, header_.width, 3}, at::kByte);
    uint8_t* out = image.mutable_data_ptr<uint8_t>();
    for (int64_t i = 0; i < pixels; ++i, out += 3) {
      out[0] = read_value();
      for (int c = 1; c < 3; ++c) out[c] = bands_ == 3 ? read_value() : out[0];
    }
    return image;
  }

 private:
  // The next decimal number of the text, after white space and comments.
  int64_t read_number(int64_t largest) {
    skip_spaces();
    int64_t value = -1;
    for (; at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9'; ++at_) {
      value = std::max<int64_t>(value, 0) * 10 + (bytes_[at_] - '0');
      IJEPA_CHECK(value <= largest, ErrorCode::kImageDecode, "damaged PPM or PGM: a number above " + std::to_string(largest));
    }
    IJEPA_CHECK(value >= 0, ErrorCode::kImageDecode, "damaged PPM or PGM: a number is missing at byte " + std::to_string(at_));
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

  // The next value of a pixel, in 8 bits.
  uint8_t read_value() {
    int64_t value = 0;
    if (is_text_) {
      value = read_number(65535);
    } else {
      value = bytes_[at_++];
      if (max_value_ > 255) value = value << 8 | bytes_[at_++];
    }
    value = std::min(value, max_value_);
    if (max_value_ > 255) return static_cast<uint8_t>(value * 256 / (max_value_ + 1));  // of 65535: the higher byte
    return static_cast<uint8_t>((value * 255 + max_value_ / 2) / max_value_);
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  int bands_ = 3;
  bool is_text_ = false;
  int64_t max_value_ = 255;
};

}  // namespace

std::unique_ptr<ImageDecoder> open_netpbm(std::span<const uint8_t> bytes) {
  return std::make_unique<NetpbmDecoder>(bytes);
}

}  // namespace ijepa
