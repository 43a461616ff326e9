#pragma once

// What kind of picture some bytes are, by their first bytes and never by a name.

#include <cstdint>
#include <span>
#include <string_view>

namespace ijepa {

enum class ImageKind { kJpeg, kPng, kWebp, kGif, kTiff, kAvif, kBmp, kNetpbm };

// How many first bytes recognise_image() looks at.
inline constexpr size_t kImageSignatureBytes = 512;

// Throws kImageRefused, which names what was found instead (SVG, HEIC, PDF, a text, nothing, ...), for all other bytes.
ImageKind recognise_image(std::span<const uint8_t> bytes);

std::string_view image_kind_name(ImageKind kind);  // "JPEG", "PNG", ...

}  // namespace ijepa
