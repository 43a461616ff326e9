#ifdef IJEPA_HAVE_LIBVIPS

#include "image/vips_library.h"

#include <algorithm>

#include <vips/vips.h>

#include "image/decoders.h"

namespace ijepa {

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
  IJEPA_CHECK(vips_init("ijepa-classify") == 0, ErrorCode::kNative, "libvips does not start: " + take_messages());
  vips_cache_set_max(0);
  vips_concurrency_set(1);
}

std::string VipsLibrary::take_messages() {
  std::string messages = vips_error_buffer();
  vips_error_clear();
  while (!messages.empty() && messages.back() == '\n') messages.pop_back();
  std::replace(messages.begin(), messages.end(), '\n', ';');
  return messages;
}

}  // namespace ijepa

#endif
