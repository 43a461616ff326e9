// Writing JPEG by libvips, where the build has no libjpeg-turbo.

#if defined(IJEPA_HAVE_LIBVIPS) && !defined(IJEPA_HAVE_LIBJPEG)

#include <memory>
#include <string>

#include <vips/vips.h>

#include "base/error.h"
#include "image/jpeg_encoder.h"
#include "image/vips_library.h"

namespace ijepa {

std::vector<uint8_t> encode_jpeg(const at::Tensor& image, int quality) {
  std::vector<uint8_t> bytes;
  VipsLibrary::get().call(ErrorCode::kNative, "cannot write a JPEG", [&] {
    const auto unref = [](VipsImage* picture) { g_object_unref(picture); };
    const std::unique_ptr<VipsImage, decltype(unref)> picture(
        vips_image_new_from_memory(image.const_data_ptr(), image.nbytes(), static_cast<int>(image.size(1)),
                                   static_cast<int>(image.size(0)), 3, VIPS_FORMAT_UCHAR));
    void* jpeg = nullptr;
    size_t size = 0;
    if (!picture || vips_jpegsave_buffer(picture.get(), &jpeg, &size, "Q", quality, nullptr) != 0) return false;
    bytes.assign(static_cast<uint8_t*>(jpeg), static_cast<uint8_t*>(jpeg) + size);
    g_free(jpeg);
    return true;
  });
  return bytes;
}

}  // namespace ijepa

#endif
