// Writing JPEG by libjpeg-turbo, or by libvips (vips.cc) where the build has no libjpeg-turbo.

#ifdef IJEPA_HAVE_LIBJPEG

#include "image/jpeg_encoder.h"

#include <cstdlib>

#include "image/jpeg_errors.h"

namespace ijepa {

namespace {

struct Codec : jpeg_compress_struct {
  Codec() : jpeg_compress_struct{} {}
  ~Codec() {
    jpeg_destroy_compress(this);
    std::free(bytes);
  }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  unsigned char* bytes = nullptr;  // grown by libjpeg
  unsigned long size = 0;
};

void write_picture(Codec& codec, const at::Tensor& image, int quality) {
  jpeg_create_compress(&codec);
  jpeg_mem_dest(&codec, &codec.bytes, &codec.size);
  codec.image_height = static_cast<JDIMENSION>(image.size(0));
  codec.image_width = static_cast<JDIMENSION>(image.size(1));
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  jpeg_start_compress(&codec, TRUE);
  const uint8_t* pixels = image.const_data_ptr<uint8_t>();
  while (codec.next_scanline < codec.image_height) {
    auto* row = const_cast<uint8_t*>(pixels + size_t{codec.next_scanline} * codec.image_width * 3);  // libjpeg reads only
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
}

}  // namespace

std::vector<uint8_t> encode_jpeg(const at::Tensor& image, int quality) {
  JpegErrors errors;
  Codec codec;
  codec.err = &errors;
  call_libjpeg(errors, [&] { write_picture(codec, image, quality); });
  return {codec.bytes, codec.bytes + codec.size};
}

}  // namespace ijepa

#endif
