// Pictures of one kind (IJEPA_FUZZ_KIND): whatever the bytes are, they give pixels of the size announced or a
// typed error.

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "image/picture.h"

using namespace ijepa;

namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 20;  // small, for many pictures a second

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_of_this_kind(std::span<const uint8_t> bytes) {
  try {
    return recognise_image(bytes) == IJEPA_FUZZ_KIND;
  } catch (const Error&) {
    return false;
  }
}

// Runs `read`, which may end in an error about the picture and in no other.
template <typename Read>
void pixels_or_error(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kImageDecode || error.code() == ErrorCode::kImageRefused);
  }
}

// Every pixel is read, so that one that nobody wrote to is found where the sanitizer can see it.
void require_size(const at::Tensor& image, int64_t height, int64_t width) {
  require(image.is_contiguous() && image.scalar_type() == at::kByte);
  require(image.dim() == 3 && image.size(0) == height && image.size(1) == width && image.size(2) == 3);
  const uint8_t* pixels = image.const_data_ptr<uint8_t>();
  volatile uint64_t sum = 0;
  for (int64_t i = 0; i < image.numel(); ++i) sum = sum + pixels[i];
}

// Numbers that depend on every byte, for the box of a crop.
class Draw {
 public:
  explicit Draw(std::span<const uint8_t> bytes) {
    for (const uint8_t byte : bytes) state_ = (state_ ^ byte) * 0x100000001b3;
  }
  // 0 to last, both included.
  int64_t up_to(int64_t last) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return static_cast<int64_t>((state_ >> 33) % static_cast<uint64_t>(last + 1));
  }

 private:
  uint64_t state_ = 0xcbf29ce484222325;
};

Box draw_box(Draw& draw, const Picture& picture) {
  Box box;
  box.height = 1 + draw.up_to(picture.height() - 1);
  box.width = 1 + draw.up_to(picture.width() - 1);
  box.top = draw.up_to(picture.height() - box.height);
  box.left = draw.up_to(picture.width() - box.width);
  return box;
}

at::Tensor part(const at::Tensor& image, const Box& box) {
  return image.narrow(0, box.top, box.height).narrow(1, box.left, box.width);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span bytes(data, size);
  if (!is_of_this_kind(bytes)) return -1;
  Draw draw(bytes);
  const DecodeOptions options{.alpha = draw.up_to(1) ? AlphaPolicy::kWhite : AlphaPolicy::kIgnore,
                              .max_pixels = kMaxPixels};
  at::Tensor whole;
  pixels_or_error([&] {
    Picture picture(bytes, options);
    whole = picture.decode();
    require_size(whole, picture.height(), picture.width());
  });
  pixels_or_error([&] {
    Picture picture(bytes, options);
    const Box box = draw_box(draw, picture);
    const at::Tensor around = picture.decode_around(box);
    require(whole.defined());
    require_size(around, whole.size(0), whole.size(1));
    require(at::equal(part(around, box), part(whole, box)));
  });
  pixels_or_error([&] {
    Picture picture(bytes, options);
    const Box box = draw_box(draw, picture);
    const int64_t least = 1 + draw.up_to(63);
    const at::Tensor region = picture.decode_region(box, least, least);
    require(region.size(0) >= std::min(least, box.height) && region.size(1) >= std::min(least, box.width));
    require(region.size(0) <= box.height && region.size(1) <= box.width);
    require_size(region, region.size(0), region.size(1));
  });
  return 0;
}
