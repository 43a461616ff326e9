#include "image/kind.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"

namespace ijepa {

namespace {

constexpr std::string_view kAllowed = "JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM or PGM";

bool is_netpbm(std::string_view head) {
  constexpr std::string_view kSpaces = " \t\r\n#";
  constexpr std::string_view kTypes = "2356";
  return head.size() > 2 && head[0] == 'P' && kTypes.find(head[1]) != kTypes.npos && kSpaces.find(head[2]) != kSpaces.npos;
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
  const std::string_view tiff_little("II*\0", 4), tiff_big("MM\0*", 4);
  if (head.starts_with("\xff\xd8\xff")) return ImageKind::kJpeg;
  if (head.starts_with("\x89PNG\r\n\x1a\n")) return ImageKind::kPng;
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") return ImageKind::kWebp;
  if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) return ImageKind::kGif;
  if (head.starts_with(tiff_little) || head.starts_with(tiff_big)) return ImageKind::kTiff;
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

// A name for what people do find in folders of pictures.
std::string_view foreign_name(std::string_view head) {
  if (head.empty()) return "an empty file";
  if (head.find("<svg") != head.npos) return "an SVG drawing";
  if (head.starts_with("%PDF")) return "a PDF document";
  if (head.starts_with("8BPS")) return "a Photoshop document";
  if (has_brand(head, "heic") || has_brand(head, "heix") || has_brand(head, "mif1")) return "a HEIC picture";
  if (head.starts_with(std::string_view("\0\0\0\x0cjP  ", 8))) return "a JPEG 2000 picture";
  if (head.starts_with("\xff\x0a") || head.starts_with(std::string_view("\0\0\0\x0cJXL ", 8))) return "a JPEG XL picture";
  if (head.starts_with(std::string_view("\0\0\1\0", 4))) return "a Windows icon";
  if (head.size() > 8 && head.substr(4, 4) == "ftyp") return "a film";
  if (head.starts_with("PK\3\4")) return "a zip archive";
  if (head.starts_with("\x1f\x8b")) return "gzip-compressed data";
  if (head.starts_with("version https://git-lfs")) return "a Git LFS pointer instead of the file it stands for";
  if (head.starts_with("<!DOCTYPE html") || head.starts_with("<html")) return "an HTML page";
  return is_text(head) ? "a text" : "bytes of no known kind";
}

}  // namespace

ImageKind recognise_image(std::span<const uint8_t> bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kImageSignatureBytes));
  if (const auto kind = find_kind(head)) return *kind;
  throw Error(ErrorCode::kImageRefused,
              "this is " + std::string(foreign_name(head)) + ", where " + std::string(kAllowed) + " is expected");
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
  return "PPM or PGM";
}

}  // namespace ijepa
