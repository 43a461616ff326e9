// Every format, mode, depth, transparency and orientation against Pillow's pixels (scripts/pictures makes
// them), and what is cut, damaged or lying.

#include "image/picture.h"

#include <torch/torch.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/random.h"
#include "expect_error.h"
#include "golden.h"
#include "scratch.h"
#include "test.h"

using namespace ijepa;
using test::code_of;

namespace {

using Bytes = std::vector<uint8_t>;

struct Expectation {
  at::Tensor white, stored;  // [H, W, 3]
  double tolerance = 1;
};

std::string folder() { return test::fixture("pictures"); }

Bytes read_picture(const std::string& name) {
  const std::string bytes = test::read_bytes(folder() + "/" + name);
  return {bytes.begin(), bytes.end()};
}

// By name of the file.
std::map<std::string, Expectation> read_expectations() {
  std::map<std::string, Expectation> expectations;
  const auto tensors = test::read_golden(folder() + "/expected.safetensors");
  for (const auto& [key, values] : tensors) {
    const std::string name = key.substr(0, key.find('|'));
    auto& expected = expectations[name];
    if (key.ends_with("|white")) expected.white = values;
    if (key.ends_with("|ignore")) expected.stored = values;
    if (key.ends_with("|tolerance")) expected.tolerance = values.item<double>();
  }
  for (auto& [name, expected] : expectations) {
    if (!expected.stored.defined()) expected.stored = expected.white;
  }
  return expectations;
}

std::set<std::string> files_in(const std::string& path) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) names.insert(entry.path().filename());
  }
  return names;
}

at::Tensor decode(const Bytes& bytes, AlphaPolicy alpha = AlphaPolicy::kWhite) {
  return Picture(bytes, {.alpha = alpha}).decode();
}

void expect_near(const std::string& name, const at::Tensor& image, const at::Tensor& expected,
                 double tolerance) {
  const bool has_size = image.sizes() == expected.sizes();
  EXPECT_NOTE(name, has_size);
  if (!has_size) return;
  const double apart = test::difference(image, expected);
  EXPECT_NOTE(name + " differs by " + std::to_string(apart), apart <= tolerance);
}

// Nothing, or an error about the picture; any other exception ends the test.
std::optional<at::Tensor> try_decode(const std::string& name, const Bytes& bytes) {
  std::optional<at::Tensor> image;
  const auto code = code_of([&] { image = decode(bytes); });
  EXPECT_NOTE(name, image || code == ErrorCode::kImageDecode || code == ErrorCode::kImageRefused);
  return image;
}

// Ten boxes of a picture, decoded around and cut out of the whole.
void expect_same_around(const std::string& name, const Bytes& bytes) {
  const at::Tensor whole = decode(bytes);
  Random random{static_cast<uint64_t>(whole.size(0)), static_cast<uint64_t>(whole.size(1))};
  for (int i = 0; i < 10; ++i) {
    const int64_t top = random.below(whole.size(0)), left = random.below(whole.size(1));
    const Box box{top, left, 1 + random.below(whole.size(0) - top), 1 + random.below(whole.size(1) - left)};
    const at::Tensor around = Picture(bytes, {}).decode_around(box);
    EXPECT_NOTE(name, around.sizes() == whole.sizes());
    const auto part = [&box](const at::Tensor& image) {
      return image.narrow(0, box.top, box.height).narrow(1, box.left, box.width);
    };
    EXPECT_NOTE(name, torch::equal(part(around), part(whole)));
  }
}

}  // namespace

TEST("every picture has its golden, and every golden its picture") {
  std::set<std::string> named;
  for (const auto& [name, expected] : read_expectations()) named.insert(name);
  auto files = files_in(folder());
  files.erase("expected.safetensors");
  files.erase("bad.json");
  EXPECT(files == named);
  EXPECT(named.size() > 150);
}

TEST("every picture decodes to Pillow's pixels, on white and with alpha ignored") {
  for (const auto& [name, expected] : read_expectations()) {
    const Bytes bytes = read_picture(name);
    expect_near(name, decode(bytes), expected.white, expected.tolerance);
    expect_near(name + ", alpha ignored", decode(bytes, AlphaPolicy::kIgnore), expected.stored,
                expected.tolerance);
  }
}

#ifdef IJEPA_HAVE_LIBVIPS
TEST("JPEG by libvips, as where there is no libjpeg-turbo, gives the same pixels") {
  for (const auto& [name, expected] : read_expectations()) {
    if (!name.ends_with(".jpg")) continue;
    const Bytes bytes = read_picture(name);
    const auto decoder = open_vips(bytes, ImageKind::kJpeg, AlphaPolicy::kWhite);
    const auto orientation = Orientation::from_code(decoder->header().orientation);
    expect_near(name, turn_upright(decoder->decode(), orientation), expected.white, expected.tolerance);
  }
}
#endif

TEST("a region of the whole size is the whole picture, also turned") {
  for (const auto& [name, expected] : read_expectations()) {
    const Bytes bytes = read_picture(name);
    Picture picture(bytes, {});
    const Box whole{0, 0, picture.height(), picture.width()};
    expect_near(name, picture.decode_region(whole, whole.height, whole.width), expected.white,
                expected.tolerance);
  }
}

TEST("what is decoded around a box has the pixels of the whole picture there, bit by bit") {
  for (const auto& [name, expected] : read_expectations()) expect_same_around(name, read_picture(name));
}

// libjpeg smooths what has not got all its coefficients.
TEST("so have progressive pictures whose last scans are missing") {
  for (const char* name : {"progressive.jpg", "cmyk-progressive.jpg", "orientation-6-progressive.jpg"}) {
    Bytes bytes = read_picture(name);
    for (int cut = 0; cut < 4; ++cut) {
      const uint8_t start_of_scan[] = {0xff, 0xda}, end_of_image[] = {0xff, 0xd9};
      bytes.erase(std::find_end(bytes.begin(), bytes.end(), std::begin(start_of_scan), std::end(start_of_scan)), bytes.end());
      bytes.insert(bytes.end(), std::begin(end_of_image), std::end(end_of_image));
      expect_same_around(name, bytes);
    }
  }
}

// A JPEG's chroma is interpolated to another end at the border of a region.
TEST("a region is that part of the picture, also turned") {
  for (const auto& [name, expected] : read_expectations()) {
    const Bytes bytes = read_picture(name);
    Picture picture(bytes, {});
    const int64_t height = picture.height(), width = picture.width();
    const Box box{height / 3, width / 4, (height + 1) / 2, (width + 1) / 2};
    const at::Tensor region = picture.decode_region(box, box.height, box.width);
    const at::Tensor part = expected.white.narrow(0, box.top, box.height).narrow(1, box.left, box.width);
    if (!name.ends_with(".jpg")) {
      expect_near(name, region, part, expected.tolerance);
      continue;
    }
    EXPECT_NOTE(name, region.sizes() == part.sizes());
    const at::Tensor apart = (region.to(at::kDouble) - part.to(at::kDouble)).abs().mean();
    EXPECT_NOTE(name + " differs by " + std::to_string(apart.item<double>()), apart.item<double>() <= 1);
  }
}

// Nobody can see that the last number of a text was cut, or that an orientation would have followed a PNG's
// pixels.
TEST("a picture cut anywhere is an error, or has lost no pixel") {
  for (const auto& [name, expected] : read_expectations()) {
    if (name == "orientation-behind.png") continue;
    const Bytes bytes = read_picture(name);
    const size_t end = name.starts_with("text") ? bytes.size() - 8 : bytes.size();
    const size_t step = std::max<size_t>(1, bytes.size() / 40);
    for (size_t length = 0; length < end; length += step) {
      const auto image =
          try_decode(name, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)});
      if (image)
        expect_near(name + " cut to " + std::to_string(length), *image, expected.white, expected.tolerance);
    }
  }
}

TEST("a picture with any byte changed gives pixels or a typed error") {
  for (const auto& [name, expected] : read_expectations()) {
    const Bytes bytes = read_picture(name);
    const size_t step = std::max<size_t>(1, bytes.size() / 25);
    for (size_t at = 0; at < bytes.size(); at += step) {
      Bytes changed = bytes;
      changed[at] ^= 0xff;
      try_decode(name + " changed at " + std::to_string(at), changed);
    }
  }
}

TEST("wrong checksums of pixels, too many scans and sizes that lie are told") {
  const auto code = [](const std::string& name) {
    return code_of([&] { decode(read_picture("bad/" + name)); });
  };
  for (const auto& name :
       {"wrong-pixel-crc.png", "fewer-rows-than-said.png", "too-many-scans.jpg", "cut-palette.gif"})
    EXPECT_NOTE(name, code(name) == ErrorCode::kImageDecode);
  const auto error = test::error_of([] { decode(read_picture("bad/chunk-longer-than-all.png")); });
  EXPECT(error && std::string(error->what()).find("a chunk of 50000000 bytes") != std::string::npos);
  for (const auto& name :
       {"60000-by-60000.png", "65535-by-65535.gif", "16384-by-16384.webp", "zstd.tif", "12-bit.jpg"})
    EXPECT_NOTE(name, code(name) == ErrorCode::kImageRefused);
}

TEST_MAIN
