#include "image/png_chunks.h"

#include <string_view>

#include "image/orientation.h"

namespace ijepa {

int read_png_orientation(std::span<const uint8_t> png) {
  constexpr size_t kSignatureBytes = 8, kNameAt = 4, kDataAt = 8, kCrcBytes = 4;
  for (size_t at = kSignatureBytes; at + kDataAt + kCrcBytes <= png.size();) {
    const auto chunk = png.subspan(at);
    const size_t length = size_t{chunk[0]} << 24 | size_t{chunk[1]} << 16 | size_t{chunk[2]} << 8 | chunk[3];
    if (length > chunk.size() - kDataAt - kCrcBytes) return 1;
    const std::string_view name(reinterpret_cast<const char*>(chunk.data()) + kNameAt, 4);
    if (name == "eXIf") return read_tiff_orientation(chunk.subspan(kDataAt, length));
    if (name == "IEND") return 1;
    at += kDataAt + length + kCrcBytes;
  }
  return 1;
}

}  // namespace ijepa
