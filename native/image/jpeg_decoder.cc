// JPEG by libjpeg-turbo's libjpeg interface.

#ifdef IJEPA_HAVE_LIBJPEG

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "image/decoder.h"
#include "image/jpeg_errors.h"
#include "image/orientation.h"

namespace ijepa {

namespace {

constexpr int kMaxScans = 100;  // a progressive picture has about ten; more are an attack on the decoder's time

// Which rows and columns of the (shrunken) output are wanted.
struct Window {
  JDIMENSION top = 0, left = 0, height = 0, width = 0;
};

// libjpeg-turbo writes rows that begin at a multiple of 16 or 32 bytes past the caches (jdcolext-avx2.asm), and what is read
// next comes from memory then. So rows begin one byte further.
constexpr int64_t kOffset = 1;

at::Tensor empty_image(int64_t height, int64_t width) {
  const int64_t bytes = height * width * 3;
  return at::empty({kOffset + bytes}, at::kByte).narrow(0, kOffset, bytes).view({height, width, 3});
}

// One row of what libjpeg puts out, before the wanted part of it is copied.
class Row {
 public:
  explicit Row(const jpeg_decompress_struct& codec)
      : bytes_(kOffset + size_t{codec.output_width} * codec.output_components) {}

  uint8_t* data() { return bytes_.data() + kOffset; }

 private:
  std::vector<uint8_t> bytes_;
};

struct Codec : jpeg_decompress_struct {
  Codec() : jpeg_decompress_struct{} {}
  ~Codec() { jpeg_destroy_decompress(this); }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
};

// The largest of 1, 2, 4, 8 (libjpeg's fast scales) that leaves `box` at least min_height by min_width.
int64_t find_shrink(const Box& box, int64_t min_height, int64_t min_width) {
  int64_t shrink = 8;
  while (shrink > 1 && (box.height < shrink * min_height || box.width < shrink * min_width)) shrink /= 2;
  return shrink;
}

class JpegDecoder final : public ImageDecoder {
 public:
  explicit JpegDecoder(std::span<const uint8_t> bytes) : ImageDecoder({}) {
    codec_.err = &errors_;
    progress_.progress_monitor = limit_scans;
    call_libjpeg(errors_, [&] { read_header(bytes); });
    header_ = {codec_.image_height, codec_.image_width, find_orientation()};
  }

  at::Tensor decode() override { return decode_around({0, 0, codec_.image_height, codec_.image_width}); }

  at::Tensor decode_around(const Box& box) override {
    const at::Tensor image = empty_image(codec_.image_height, codec_.image_width);
    const Window window = start(with_context(box), 1);
    const size_t stride = size_t{codec_.image_width} * 3;
    Row row(codec_);
    uint8_t* const out = image.mutable_data_ptr<uint8_t>() + window.top * stride + size_t{window.left} * 3;
    call_libjpeg(errors_, [&] {
      read_rows(window, 0, row.data(), out, stride);
      read_to_the_end(row.data());
      jpeg_finish_decompress(&codec_);
    });
    return image;
  }

  at::Tensor decode_region(const Box& box, int64_t min_height, int64_t min_width) override {
    const int64_t shrink = find_shrink(box, min_height, min_width);
    const auto down = [shrink](int64_t at) { return static_cast<JDIMENSION>(at / shrink); };
    const auto up = [shrink](int64_t at) { return static_cast<JDIMENSION>((at + shrink - 1) / shrink); };
    const JDIMENSION top = down(box.top), left = down(box.left);
    const Window wanted{top, left, up(box.top + box.height) - top, up(box.left + box.width) - left};
    const Window window = start(wanted, shrink);
    const at::Tensor image = empty_image(wanted.height, wanted.width);
    Row row(codec_);
    uint8_t* const out = image.mutable_data_ptr<uint8_t>();
    call_libjpeg(errors_, [&] { read_rows(wanted, wanted.left - window.left, row.data(), out, size_t{wanted.width} * 3); });
    return image;
  }

 private:
  static void limit_scans(j_common_ptr codec) {
    if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number <= kMaxScans) return;
    std::snprintf(JpegErrors::of(codec).reason, JMSG_LENGTH_MAX, "more than %d scans", kMaxScans);
    std::longjmp(JpegErrors::of(codec).on_error, 1);
  }

  void read_header(std::span<const uint8_t> bytes) {
    jpeg_create_decompress(&codec_);
    codec_.progress = &progress_;
    jpeg_mem_src(&codec_, bytes.data(), bytes.size());
    jpeg_save_markers(&codec_, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&codec_, TRUE);
    codec_.out_color_space = codec_.num_components == 4 ? JCS_CMYK : JCS_RGB;
  }

  int find_orientation() const {
    for (auto marker = codec_.marker_list; marker != nullptr; marker = marker->next) {
      const int code = read_exif_orientation({marker->data, marker->data_length});
      if (code != 1) return code;
    }
    return 1;
  }

  // Upsampling looks at the neighbours of a pixel: what is cut off here is not where it looks for those of `box`. A
  // progressive picture is read as a whole: libjpeg smooths blocks whose coefficients are not all there with those around.
  Window with_context(const Box& box) const {
    if (codec_.progressive_mode) return {0, 0, codec_.image_height, codec_.image_width};
    const int64_t across = 2 * codec_.max_h_samp_factor, down = DCTSIZE * codec_.max_v_samp_factor;
    const int64_t top = std::max<int64_t>(0, box.top - down), left = std::max<int64_t>(0, box.left - across);
    const int64_t bottom = std::min<int64_t>(codec_.image_height, box.top + box.height + down);
    const int64_t right = std::min<int64_t>(codec_.image_width, box.left + box.width + across);
    return {static_cast<JDIMENSION>(top), static_cast<JDIMENSION>(left), static_cast<JDIMENSION>(bottom - top),
            static_cast<JDIMENSION>(right - left)};
  }

  // Up to the first row of a window of the picture at 1 / shrink. What rows have then is wider, in whole blocks.
  Window start(Window window, int64_t shrink) {
    codec_.scale_num = 1;
    codec_.scale_denom = static_cast<unsigned>(shrink);
    call_libjpeg(errors_, [&] {
      jpeg_start_decompress(&codec_);
      if (window.width < codec_.output_width) jpeg_crop_scanline(&codec_, &window.left, &window.width);
      if (window.top > 0) jpeg_skip_scanlines(&codec_, window.top);
    });
    return window;
  }

  // The pixels from `first` on of the window's rows to `out`, `stride` bytes apart, by way of `row`.
  void read_rows(const Window& window, JDIMENSION first, uint8_t* row, uint8_t* out, size_t stride) {
    const uint8_t* const wanted = row + size_t{first} * codec_.output_components;
    const bool is_whole = codec_.output_components == 3 && codec_.output_width == window.width;
    for (JDIMENSION y = 0; y < window.height; ++y, out += stride) {
      jpeg_read_scanlines(&codec_, is_whole ? &out : &row, 1);
      if (is_whole) continue;
      if (codec_.output_components == 3) {
        std::copy_n(wanted, size_t{window.width} * 3, out);
        continue;
      }
      // Pillow takes every CMYK JPEG for an inverted one, as Adobe's programs write it.
      std::for_each_n(row, codec_.output_width * size_t{4}, [](uint8_t& ink) { ink = static_cast<uint8_t>(255 - ink); });
      cmyk_to_rgb(wanted, out, window.width);
    }
  }

  // What is damaged below the window is found; the last row is read because skipping it would be ending there.
  void read_to_the_end(uint8_t* row) {
    const JDIMENSION left = codec_.output_height - codec_.output_scanline;
    if (left > 1) jpeg_skip_scanlines(&codec_, left - 1);
    if (left > 0) jpeg_read_scanlines(&codec_, &row, 1);
  }

  JpegErrors errors_;
  jpeg_progress_mgr progress_{};
  Codec codec_;
};

}  // namespace

std::unique_ptr<ImageDecoder> open_jpeg(std::span<const uint8_t> bytes) { return std::make_unique<JpegDecoder>(bytes); }

}  // namespace ijepa

#endif
