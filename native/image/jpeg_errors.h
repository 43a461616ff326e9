#pragma once

// libjpeg's errors as exceptions, and its word of lost data as an error. Only where the build has
// libjpeg-turbo.

#include <csetjmp>
#include <cstdio>
#include <string>

#include <jpeglib.h>
// After jpeglib.h, which it needs.
#include <jerror.h>

#include "base/error.h"

namespace ijepa {

// A libjpeg error ends in a jump to `on_error`, where libjpeg alone would call exit(); nothing is printed.
struct JpegErrors : jpeg_error_mgr {
  std::jmp_buf on_error;
  char reason[JMSG_LENGTH_MAX] = "";
  bool is_unsupported = false;  // a whole picture perhaps, of a kind that this library does not read

  JpegErrors() {
    jpeg_std_error(this);
    error_exit = fail;
    emit_message = warn;
    output_message = [](j_common_ptr) {};
  }

  static JpegErrors& of(j_common_ptr codec) { return *static_cast<JpegErrors*>(codec->err); }

  [[noreturn]] static void fail(j_common_ptr codec) {
    const int reason = codec->err->msg_code;
    of(codec).is_unsupported = reason == JERR_BAD_PRECISION || reason == JERR_SOF_UNSUPPORTED ||
                               reason == JERR_ARITH_NOTIMPL || reason == JERR_CONVERSION_NOTIMPL;
    codec->err->format_message(codec, of(codec).reason);
    std::longjmp(of(codec).on_error, 1);
  }

  // Other warnings (extra bytes between markers, odd JFIF versions) cost no pixel.
  static bool is_lost_data(int code) {
    return code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_JPEG_EOF ||
           code == JWRN_MUST_RESYNC || code == JWRN_NOT_SEQUENTIAL || code == JWRN_ARITH_BAD_CODE ||
           code == JWRN_BOGUS_PROGRESSION;
  }

  static void warn(j_common_ptr codec, int level) {
    if (level < 0 && is_lost_data(codec->err->msg_code)) fail(codec);
  }
};

// Runs libjpeg calls. `body` holds no object with a destructor, for an error jumps over it.
template <typename Body>
void call_libjpeg(JpegErrors& errors, const Body& body) {
  if (setjmp(errors.on_error)) {
    IJEPA_CHECK(!errors.is_unsupported, ErrorCode::kImageRefused,
                std::string("a JPEG of a rare kind: ") + errors.reason);
    throw Error(ErrorCode::kImageDecode, std::string("damaged JPEG: ") + errors.reason);
  }
  body();
}

}  // namespace ijepa
