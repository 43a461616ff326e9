#include "image/decoders.h"

#ifdef IJEPA_HAVE_LIBJPEG
#include <cstdio>

#include <jpeglib.h>
#endif

namespace ijepa {

#ifdef IJEPA_HAVE_LIBJPEG
#define IJEPA_TEXT_(text) #text
#define IJEPA_TEXT(text) IJEPA_TEXT_(text)
std::string jpeg_decoder() { return "libjpeg-turbo " IJEPA_TEXT(LIBJPEG_TURBO_VERSION); }
#else
std::string jpeg_decoder() { return image_decoder(); }
#endif

#ifndef IJEPA_HAVE_LIBVIPS  // else vips_library.cc says it
std::string image_decoder() { return "none"; }
#endif

}  // namespace ijepa
