#pragma once

// Errors with a code that TypeScript knows (lib/errors.ts holds the list).

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace ijepa {

enum class ErrorCode {
  kArgument,
  kImageDecode,
  kImageRefused,
  kCheckpointFormat,
  kCheckpointMismatch,
  kFile,
  kDevice,
  kOutOfMemory,
  kLossNotFinite,
  kBusy,
  kDisposed,
  kCancelled,
  kNative,
};

// The spelling in JavaScript: "ERR_IMAGE_DECODE", ...
std::string_view error_code_name(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string file = {})
      : std::runtime_error(message), code_(code), file_(std::move(file)) {}

  ErrorCode code() const { return code_; }
  // The file at fault, or empty.
  const std::string& file() const { return file_; }

 private:
  ErrorCode code_;
  std::string file_;
};

// Whether memory ran out: of the device, of LibTorch's CPU tensors (there its error is a plain one, and only the text tells),
// or of all else.
bool is_out_of_memory(const std::exception& error);

}  // namespace ijepa

// Throws ijepa::Error(code, message[, file]) unless `condition` holds; the message is made only then.
#define IJEPA_CHECK(condition, code, ...)                        \
  do {                                                           \
    if (!(condition)) throw ::ijepa::Error((code), __VA_ARGS__); \
  } while (false)
