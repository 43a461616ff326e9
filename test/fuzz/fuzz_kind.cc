// Any bytes: which kind of picture they are, and what an Exif block of them says.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "image/kind.h"
#include "image/orientation.h"

using namespace ijepa;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span bytes(data, size);
  const int code = read_exif_orientation(bytes);
  if (code < 1 || code > 8) std::abort();
  try {
    image_kind_name(recognise_image(bytes));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kImageRefused) std::abort();
  }
  return 0;
}
