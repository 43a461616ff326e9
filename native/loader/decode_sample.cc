#include "loader/decode_sample.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <variant>

#include "base/error.h"
#include "image/kind.h"

namespace ijepa {

namespace {

// Encoded pictures take less than 8 bytes a pixel (16-bit RGBA), and 64 MiB for all that is not pixels.
int64_t max_encoded_bytes(int64_t max_pixels) { return 8 * max_pixels + (int64_t{64} << 20); }

void check_encoded(const InputFile& file, int64_t offset, int64_t length, int64_t max_pixels,
                   std::vector<uint8_t>& buffer) {
  file.read(offset, std::min<int64_t>(length, kImageSignatureBytes), buffer);
  recognise_image(buffer);
  IJEPA_CHECK(length <= max_encoded_bytes(max_pixels), ErrorCode::kImageRefused,
              std::to_string(length) + " bytes, too many for a picture of maxPixels (" +
                  std::to_string(max_pixels) + ")");
}

// A picture that begins its file was listed with the file's size (a length of 0 was not looked up).
void check_listed_size(const Sample& sample, const InputFile& file) {
  if (sample.format != SampleFormat::kEncoded || sample.offset != 0 || sample.length == 0) return;
  IJEPA_CHECK(sample.length == file.size(), ErrorCode::kFile,
              "its size changed from " + std::to_string(sample.length) + " to " +
                  std::to_string(file.size()) + " bytes since it was listed");
}

std::span<const uint8_t> read_from_memory(const Bytes& bytes, const Sample& sample) {
  const auto size = static_cast<int64_t>(bytes.size());
  const bool is_inside = sample.offset >= 0 && sample.length >= 0 && sample.offset <= size &&
                         sample.length <= size - sample.offset;
  IJEPA_CHECK(is_inside, ErrorCode::kFile, "its bytes are not in the " + std::to_string(size) + " given");
  const int64_t length = sample.length == 0 ? size - sample.offset : sample.length;
  return std::span(bytes).subspan(static_cast<size_t>(sample.offset), static_cast<size_t>(length));
}

}  // namespace

std::string sample_path(const SampleTable& table, const Sample& sample) {
  const auto* path = std::get_if<std::string>(&table.files.at(static_cast<size_t>(sample.file)));
  return path != nullptr ? *path : "";
}

std::string sample_name(const SampleTable& table, const Sample& sample) {
  const std::string path = sample_path(table, sample);
  const std::string name = path.empty() ? "picture " + std::to_string(sample.file) + " in memory" : path;
  return sample.offset == 0 ? name : name + " (at byte " + std::to_string(sample.offset) + ")";
}

std::span<const uint8_t> read_sample(const SampleTable& table, const Sample& sample, int64_t max_pixels,
                                     FileCache& files, std::vector<uint8_t>& buffer) {
  const auto& source = table.files.at(static_cast<size_t>(sample.file));
  if (const auto* bytes = std::get_if<Bytes>(&source)) return read_from_memory(*bytes, sample);
  const auto file = files.open(sample.file, std::get<std::string>(source));
  check_listed_size(sample, *file);
  const int64_t length =
      sample.length == 0 ? std::max<int64_t>(0, file->size() - sample.offset) : sample.length;
  if (sample.format == SampleFormat::kEncoded)
    check_encoded(*file, sample.offset, length, max_pixels, buffer);
  file->read(sample.offset, length, buffer);
  return buffer;
}

at::Tensor raw_pixels(std::span<const uint8_t> bytes, const Sample& sample, const DecodeOptions& options) {
  const int64_t height = sample.height, width = sample.width, channels = sample.channels;
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  IJEPA_CHECK(height > 0 && width > 0 && height <= options.max_pixels / width, ErrorCode::kImageRefused,
              "raw pixels of " + size + ", where 1 to " + std::to_string(options.max_pixels) +
                  " (maxPixels) are expected");
  IJEPA_CHECK(channels == 1 || channels == 3 || channels == 4, ErrorCode::kImageRefused,
              "raw pixels of " + std::to_string(channels) + " channels, where 1, 3 or 4 are expected");
  const int64_t pixels = height * width;
  IJEPA_CHECK(
      static_cast<int64_t>(bytes.size()) == pixels * channels, ErrorCode::kImageDecode,
      std::to_string(bytes.size()) + " bytes for raw pixels of " + size + " x " + std::to_string(channels));
  const at::Tensor image = at::empty({height, width, 3}, at::kByte);
  uint8_t* out = image.mutable_data_ptr<uint8_t>();
  if (sample.format == SampleFormat::kRawHwc) {
    to_rgb(bytes.data(), static_cast<int>(channels), options.alpha, out, pixels);
    return image;
  }
  uint8_t pixel[4];
  for (int64_t i = 0; i < pixels; ++i, out += 3) {
    for (int64_t c = 0; c < channels; ++c) pixel[c] = bytes[static_cast<size_t>(c * pixels + i)];
    to_rgb(pixel, static_cast<int>(channels), options.alpha, out, 1);
  }
  return image;
}

at::Tensor decode_sample(const SampleTable& table, const Sample& sample, const DecodeOptions& options) {
  try {
    FileCache files;
    std::vector<uint8_t> buffer;
    const auto bytes = read_sample(table, sample, options.max_pixels, files, buffer);
    return sample.format == SampleFormat::kEncoded ? Picture(bytes, options).decode()
                                                   : raw_pixels(bytes, sample, options);
  } catch (const Error& error) {
    throw Error(error.code(), sample_name(table, sample) + ": " + error.what(), sample_path(table, sample));
  }
}

}  // namespace ijepa
