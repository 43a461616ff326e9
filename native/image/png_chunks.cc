#include "image/png_chunks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "image/orientation.h"

namespace ijepa {

namespace {

constexpr size_t kSignatureBytes = 8, kHeadBytes = 8, kCrcBytes = 4;

struct Chunk {
  std::string_view name;
  size_t length;                  // of its data, as it says
  std::span<const uint8_t> data;  // cut where the file ends
  size_t end;                     // in the file, behind its checksum

  bool is_whole() const { return data.size() == length; }
};

// The chunk at `at`, unless the file ends within its length and name.
std::optional<Chunk> read_chunk(std::span<const uint8_t> png, size_t at) {
  if (at > png.size() || png.size() - at < kHeadBytes) return std::nullopt;
  const auto head = png.subspan(at, kHeadBytes), behind = png.subspan(at + kHeadBytes);
  const size_t length = size_t{head[0]} << 24 | size_t{head[1]} << 16 | size_t{head[2]} << 8 | head[3];
  const std::string_view name(reinterpret_cast<const char*>(head.data()) + 4, 4);
  return Chunk{name, length, behind.first(std::min(length, behind.size())),
               at + kHeadBytes + length + kCrcBytes};
}

}  // namespace

void check_png_chunks(std::span<const uint8_t> png) {
  for (auto chunk = read_chunk(png, kSignatureBytes); chunk; chunk = read_chunk(png, chunk->end)) {
    if (chunk->name == "IDAT" || chunk->name == "IEND") return;
    IJEPA_CHECK(chunk->is_whole(), ErrorCode::kImageDecode,
                "damaged PNG: a chunk of " + std::to_string(chunk->length) + " bytes, where " +
                    std::to_string(chunk->data.size()) + " are left");
  }
}

int read_png_orientation(std::span<const uint8_t> png) {
  for (auto chunk = read_chunk(png, kSignatureBytes); chunk; chunk = read_chunk(png, chunk->end)) {
    if (chunk->name == "IEND" || !chunk->is_whole()) break;
    if (chunk->name == "eXIf") return read_tiff_orientation(chunk->data);
  }
  return 1;
}

}  // namespace ijepa
