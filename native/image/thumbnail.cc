#include "image/thumbnail.h"

#include <algorithm>

#include "base/error.h"
#include "image/jpeg_encoder.h"
#include "image/resize.h"

namespace ijepa {

std::vector<uint8_t> encode_thumbnail(const at::Tensor& image, int64_t size) {
  constexpr int kQuality = 85;
  IJEPA_CHECK(size > 0, ErrorCode::kArgument, "Expected a size of 1 pixel or more, got " + std::to_string(size));
  const int64_t longest = std::max(image.size(0), image.size(1));
  if (longest <= size) return encode_jpeg(image.contiguous(), kQuality);
  const auto scaled = [&](int64_t side) { return std::max<int64_t>(1, side * size / longest); };
  const ImageSize small{scaled(image.size(0)), scaled(image.size(1))};
  return encode_jpeg(resize(image, small, Interpolation::kBicubic).contiguous(), kQuality);
}

}  // namespace ijepa
