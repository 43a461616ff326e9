#pragma once

// Which libraries read pictures in this build.

#include <string>

namespace ijepa {

std::string jpeg_decoder();   // "libjpeg-turbo 2.1.5", "libvips 8.18.3"
std::string image_decoder();  // of the other formats: "libvips 8.18.3", "none"

}  // namespace ijepa
