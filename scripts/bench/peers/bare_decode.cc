// libjpeg-turbo's bare decoding: whole pictures to RGB with the library's defaults, from memory, on one thread.
// `bare_decode FILE...` prints the seconds of one pass over them.

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include <jpeglib.h>

using Bytes = std::vector<unsigned char>;

Bytes read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

void decode(const Bytes& bytes, Bytes& pixels) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct codec;
  codec.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, bytes.data(), bytes.size());
  jpeg_read_header(&codec, TRUE);
  codec.out_color_space = JCS_RGB;
  jpeg_start_decompress(&codec);
  const size_t stride = size_t{codec.output_width} * 3;
  pixels.resize(stride * codec.output_height);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = pixels.data() + stride * codec.output_scanline;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
}

int main(int count, char** paths) {
  std::vector<Bytes> files;
  for (int i = 1; i < count; ++i) files.push_back(read_file(paths[i]));
  Bytes pixels;
  decode(files.front(), pixels);
  const auto begun = std::chrono::steady_clock::now();
  for (const auto& file : files) decode(file, pixels);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  std::printf("%.9f\n", taken.count());
}
