#include "image/kind.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"

namespace ijepa {

namespace {

constexpr std::string_view kAllowed = "JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM, PGM or PBM";

bool is_netpbm(std::string_view head) {
  constexpr std::string_view kSpaces = " \t\r\n#";
  return head.size() > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
         kSpaces.find(head[2]) != kSpaces.npos;
}

bool is_tiff(std::string_view head) {
  const std::string_view little("II*\0", 4), big("MM\0*", 4), little_big_tiff("II+\0", 4),
      big_big_tiff("MM\0+", 4);
  return head.starts_with(little) || head.starts_with(big) || head.starts_with(little_big_tiff) ||
         head.starts_with(big_big_tiff);
}

// The brands of an ISO base media file (ISO/IEC 14496-12, box 'ftyp'): the major one and the compatible ones.
bool has_brand(std::string_view head, std::string_view brand) {
  if (head.size() < 16 || head.substr(4, 4) != "ftyp") return false;
  const size_t size = static_cast<uint8_t>(head[2]) * 256u + static_cast<uint8_t>(head[3]);
  const std::string_view box = head.substr(0, std::min(size, head.size()));
  for (size_t at = 8; at + 4 <= box.size(); at += 4) {
    if (at != 12 && box.substr(at, 4) == brand) return true;  // at 12: the minor version
  }
  return false;
}

std::optional<ImageKind> find_kind(std::string_view head) {
  if (head.starts_with("\xff\xd8\xff")) return ImageKind::kJpeg;
  if (head.starts_with("\x89PNG\r\n\x1a\n")) return ImageKind::kPng;
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") return ImageKind::kWebp;
  if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) return ImageKind::kGif;
  if (is_tiff(head)) return ImageKind::kTiff;
  if (has_brand(head, "avif") || has_brand(head, "avis")) return ImageKind::kAvif;
  if (head.starts_with("BM") && head.size() >= 18 && head[15] == 0 && head[16] == 0) return ImageKind::kBmp;
  if (is_netpbm(head)) return ImageKind::kNetpbm;
  return std::nullopt;
}

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r';
  });
}

// What people do find in folders of pictures, by its first bytes.
struct Foreign {
  std::string_view start;
  std::string_view name;
};

constexpr Foreign kForeign[] = {
    {"%PDF", "a PDF document"},
    {"%!PS", "a PostScript document"},
    {"8BPS", "a Photoshop document"},
    {{"\0\0\0\x0cjP  ", 8}, "a JPEG 2000 picture"},
    {"\xff\x4f\xff\x51", "a JPEG 2000 picture"},
    {"\xff\x0a", "a JPEG XL picture"},
    {{"\0\0\0\x0cJXL ", 8}, "a JPEG XL picture"},
    {{"\0\0\1\0", 4}, "a Windows icon"},
    {{"\0\0\2\0", 4}, "a Windows cursor"},
    {{"v/1\1", 4}, "an OpenEXR picture"},
    {"#?R", "a Radiance HDR picture"},
    {"DDS ", "a DirectDraw surface"},
    {"gimp xcf", "a GIMP document"},
    {"P7\n", "a PAM picture"},
    {"PF\n", "a PFM picture"},
    {"PK\3\4", "a zip archive"},
    {"Rar!", "a RAR archive"},
    {"7z\xbc\xaf", "a 7z archive"},
    {"\x1f\x8b", "gzip-compressed data"},
    {"RIFF", "a film or a sound"},
    {{"\x1a\x45\xdf\xa3", 4}, "a film"},
    {"version https://git-lfs", "a Git LFS pointer instead of the file it stands for"},
};

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::string_view foreign_name(std::string_view head) {
  if (head.empty()) return "an empty file";
  for (const auto& [start, name] : kForeign) {
    if (head.starts_with(start)) return name;
  }
  for (const std::string_view brand : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}) {
    if (has_brand(head, brand)) return "a HEIC picture";
  }
  if (head.size() > 8 && head.substr(4, 4) == "ftyp") return "a film";
  const std::string text = to_lower(head);
  if (text.find("<svg") != text.npos) return "an SVG drawing";
  if (text.find("<html") != text.npos || text.find("<!doctype html") != text.npos) return "an HTML page";
  return is_text(head) ? "a text" : "bytes of no known kind";
}

}  // namespace

ImageKind recognise_image(std::span<const uint8_t> bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kImageSignatureBytes));
  if (const auto kind = find_kind(head)) return *kind;
  throw Error(ErrorCode::kImageRefused, "this is " + std::string(foreign_name(head)) + ", where " +
                                            std::string(kAllowed) + " is expected");
}

std::string_view image_kind_name(ImageKind kind) {
  switch (kind) {
    case ImageKind::kJpeg: return "JPEG";
    case ImageKind::kPng: return "PNG";
    case ImageKind::kWebp: return "WebP";
    case ImageKind::kGif: return "GIF";
    case ImageKind::kTiff: return "TIFF";
    case ImageKind::kAvif: return "AVIF";
    case ImageKind::kBmp: return "BMP";
    case ImageKind::kNetpbm: break;
  }
  return "PPM, PGM or PBM";
}

}  // namespace ijepa
