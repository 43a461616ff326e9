#include "base/error.h"

#include <c10/util/Exception.h>

#include <new>

namespace ijepa {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kArgument: return "ERR_ARGUMENT";
    case ErrorCode::kImageDecode: return "ERR_IMAGE_DECODE";
    case ErrorCode::kImageRefused: return "ERR_IMAGE_REFUSED";
    case ErrorCode::kCheckpointFormat: return "ERR_CHECKPOINT_FORMAT";
    case ErrorCode::kCheckpointMismatch: return "ERR_CHECKPOINT_MISMATCH";
    case ErrorCode::kFile: return "ERR_FILE";
    case ErrorCode::kDevice: return "ERR_DEVICE";
    case ErrorCode::kOutOfMemory: return "ERR_OUT_OF_MEMORY";
    case ErrorCode::kLossNotFinite: return "ERR_LOSS_NOT_FINITE";
    case ErrorCode::kBusy: return "ERR_BUSY";
    case ErrorCode::kDisposed: return "ERR_DISPOSED";
    case ErrorCode::kCancelled: return "ERR_CANCELLED";
    case ErrorCode::kNative: break;
  }
  return "ERR_NATIVE";
}

bool is_out_of_memory(const std::exception& error) {
  if (const auto* const own = dynamic_cast<const Error*>(&error)) return own->code() == ErrorCode::kOutOfMemory;
  if (dynamic_cast<const std::bad_alloc*>(&error) || dynamic_cast<const c10::OutOfMemoryError*>(&error)) return true;
  const auto* const torch = dynamic_cast<const c10::Error*>(&error);
  if (torch == nullptr) return false;
  const std::string_view text = torch->what_without_backtrace();
  return text.find("alloc_cpu") != std::string_view::npos || text.find("DefaultCPUAllocator") != std::string_view::npos;
}

}  // namespace ijepa
