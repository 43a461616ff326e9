#ifdef IJEPA_HAVE_LIBVIPS

#include "image/vips_library.h"

#include <sstream>
#include <string_view>

#include <vips/vips.h>

#include "image/decoders.h"

namespace ijepa {

namespace {

constexpr size_t kLongestMessage = 200;  // some decoders tell each step of a vain search

}  // namespace

std::string image_decoder() { return std::string("libvips ") + vips_version_string(); }

VipsLibrary& VipsLibrary::get() {
  static VipsLibrary library;
  return library;
}

VipsLibrary::VipsLibrary() {
  // What matters comes as errors; warnings would be written to stderr for every picture.
  const auto silent = [](const char*, GLogLevelFlags, const char*, void*) {};
  const int levels = G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG;
  g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(levels), silent, nullptr);
  IJEPA_CHECK(vips_init("ijepa-classify") == 0, ErrorCode::kNative,
              "libvips does not start: " + take_messages());
  vips_cache_set_max(0);
  vips_concurrency_set(1);
}

std::string VipsLibrary::take_messages() {
  std::stringstream lines(vips_error_buffer());
  vips_error_clear();
  std::string messages, previous;
  for (std::string line; std::getline(lines, line); previous = line) {
    if (line != previous) messages += (messages.empty() ? "" : "; ") + line;
  }
  if (messages.size() > kLongestMessage) messages = messages.substr(0, kLongestMessage) + " …";
  return messages.empty() ? "it cannot be read" : messages;
}

// By its words, as libvips has no codes: the data may be good, and this build of libvips lacks what reads
// them.
bool VipsLibrary::is_unsupported(const std::string& messages) {
  for (const std::string_view words : {"not supported", "not configured", "nsupported"}) {
    if (messages.find(words) != messages.npos) return true;
  }
  return false;
}

}  // namespace ijepa

#endif
