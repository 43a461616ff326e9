#include "base/error.h"

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

}  // namespace ijepa
