// Pictures against Pillow's and torchvision's pixels, and bytes that are no whole picture.

#include "image/picture.h"
#include "image/orientation.h"
#include "image/resize.h"

#include <torch/torch.h>

#include <fstream>
#include <iterator>
#include <tuple>

#include "expect_error.h"
#include "golden.h"
#include "test.h"

using namespace ijepa;
using test::code_of;
using test::difference;

namespace {

constexpr double kGreyLevel = 1;

using Bytes = std::vector<uint8_t>;

Bytes read_bytes(const std::string& name) {
  std::ifstream file(test::fixture("golden/images/" + name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

at::Tensor decode(const Bytes& bytes, AlphaPolicy alpha = AlphaPolicy::kWhite) {
  return Picture(bytes, {.alpha = alpha}).decode();
}

at::Tensor planes(const at::Tensor& image) { return image.permute({2, 0, 1}); }

at::Tensor part(const at::Tensor& image, const Box& box) {
  return image.narrow(0, box.top, box.height).narrow(1, box.left, box.width);
}

const std::map<std::string, Box>& golden_boxes() {
  static const std::map<std::string, Box> boxes = {{"china", {40, 100, 300, 350}}, {"flower", {10, 300, 120, 97}}};
  return boxes;
}

void put_big_endian(Bytes& bytes, size_t at, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[at + static_cast<size_t>(i)] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

// A PNG's first chunk alone, which announces a size (its checksum is not right; a reader that allocates does so before).
Bytes png_header(uint32_t width, uint32_t height) {
  Bytes bytes = bytes_of(std::string_view("\x89PNG\r\n\x1a\n\0\0\0\rIHDR________\x08\x02\0\0\0____", 33));
  put_big_endian(bytes, 16, width);
  put_big_endian(bytes, 20, height);
  return bytes;
}

}  // namespace

TEST("photographs decode to Pillow's pixels and crops resize to torchvision's") {
  const auto golden = test::read_golden(test::fixture("golden/images/expected.safetensors"));
  for (const auto& [name, box] : golden_boxes()) {
    const auto image = decode(read_bytes(name + ".jpg"));
    EXPECT_NOTE(name, difference(planes(image), golden.at(name + ".decoded")) <= kGreyLevel);
    for (const int64_t side : {224, 96}) {
      const auto crop = resize(part(image, box), {side, side}, Interpolation::kBicubic);
      EXPECT_NOTE(name, difference(planes(crop), golden.at(name + ".crop" + std::to_string(side))) <= kGreyLevel);
    }
  }
}

TEST("what the middle of a resized picture needs gives it bit by bit") {
  const std::tuple<ImageSize, double, Interpolation> cases[] = {{{224, 224}, 0.875, Interpolation::kBicubic},
                                                                {{96, 96}, 0.5, Interpolation::kBilinear},
                                                                {{64, 200}, 0.9, Interpolation::kBicubic},
                                                                {{300, 300}, 0.3, Interpolation::kBicubic},
                                                                {{224, 224}, 1, Interpolation::kBilinear},
                                                                {{32, 32}, 1.5, Interpolation::kBicubic}};
  for (const auto& [name, unused] : golden_boxes()) {
    const auto bytes = read_bytes(name + ".jpg");
    const auto whole = decode(bytes);
    for (const auto& [target, fraction, interpolation] : cases) {
      const auto seen = seen_by_resize_shortest({whole.size(0), whole.size(1)}, target, fraction, interpolation);
      const auto around = at::full_like(whole, 255);
      part(around, seen).copy_(part(whole, seen));
      const auto result = [&, &to = target, &by = fraction, &with = interpolation](const at::Tensor& image) {
        return resize_shortest(image, to, by, with, int64_t{1} << 40);
      };
      EXPECT_NOTE(name, torch::equal(result(around), result(whole)));
      EXPECT_NOTE(name, torch::equal(result(Picture(bytes, {}).decode_around(seen)), result(whole)));
    }
  }
  const auto seen = seen_by_resize_shortest({427, 640}, {224, 224}, 0.875, Interpolation::kBicubic);
  EXPECT(seen.width < 400 && seen.height < 400);
}

TEST("a region decoded alone is near the same region of the whole") {
  for (const auto& [name, box] : golden_boxes()) {
    const auto bytes = read_bytes(name + ".jpg");
    const auto region = Picture(bytes, {}).decode_region(box, 4096, 4096);
    const auto whole = part(decode(bytes), box);
    EXPECT_NOTE(name, region.sizes() == whole.sizes());
    const auto apart = (region.to(at::kFloat) - whole.to(at::kFloat)).abs();
    EXPECT_NOTE(name, apart.mean().item<double>() < 0.1);
    const auto small = Picture(bytes, {}).decode_region(box, 24, 24);
    EXPECT_NOTE(name, small.size(0) < box.height && small.size(0) >= 24);
  }
}

TEST("a JPEG cut anywhere is damaged, with bytes behind it whole") {
  const auto bytes = read_bytes("flower.jpg");
  for (const size_t length : {size_t{4}, size_t{100}, bytes.size() / 3, bytes.size() * 9 / 10}) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NOTE(std::to_string(length), code_of([&] { decode(cut); }) == ErrorCode::kImageDecode);
    const auto decode_corner = [&] { Picture(cut, {}).decode_around({0, 0, 8, 8}); };
    EXPECT_NOTE(std::to_string(length), code_of(decode_corner) == ErrorCode::kImageDecode);
  }
  auto longer = bytes;
  longer.insert(longer.end(), 1000, 0);
  EXPECT(torch::equal(decode(longer), decode(bytes)));
}

TEST("a size beyond the limit is refused from the header, before anything is allocated") {
  EXPECT(code_of([] { decode(png_header(60'000, 60'000)); }).has_value());
  const auto bytes = read_bytes("china.jpg");
  EXPECT(code_of([&] { Picture(bytes, {.max_pixels = 640 * 427 - 1}); }) == ErrorCode::kImageRefused);
  EXPECT(!code_of([&] { Picture(bytes, {.max_pixels = 640 * 427}); }).has_value());
}

TEST("what is no picture of the known kinds is refused by its name") {
  const auto refusal = [](std::string_view text) {
    const auto bytes = bytes_of(text);
    const auto error = test::error_of([&] { Picture(bytes, {}); });
    return error && error->code() == ErrorCode::kImageRefused ? std::string(error->what()) : std::string();
  };
  EXPECT(refusal("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>").find("SVG") != std::string::npos);
  EXPECT(!refusal("hello, I am a text").empty());
  EXPECT(!refusal("").empty());
  EXPECT(!refusal("%PDF-1.7").empty());
}

TEST("orientation turns every corner where it belongs") {
  const auto stored = torch::arange(2 * 3 * 3, at::kByte).reshape({2, 3, 3});
  const auto top_left = [&](int code) {
    return turn_upright(stored, Orientation::from_code(code))[0][0][0].item<int>() / 3;
  };
  // Index of the stored pixel that is seen at the top left, by EXIF code 1 to 8.
  const int expected[] = {0, 2, 5, 3, 0, 3, 5, 2};
  for (int code = 1; code <= 8; ++code) EXPECT_NOTE(std::to_string(code), top_left(code) == expected[code - 1]);
  EXPECT(turn_upright(stored, Orientation::from_code(6)).sizes() == at::IntArrayRef({3, 2, 3}));
}

TEST("resizing to the same size changes nothing, and a strided part is resized as its copy") {
  const auto image = torch::randint(0, 256, {40, 50, 3}, at::kByte);
  EXPECT(torch::equal(resize(image, {40, 50}, Interpolation::kBicubic), image));
  const auto inner = part(image, {5, 6, 20, 30});
  EXPECT(torch::equal(resize(inner, {9, 9}, Interpolation::kBicubic),
                      resize(inner.contiguous(), {9, 9}, Interpolation::kBicubic)));
}

TEST_MAIN
