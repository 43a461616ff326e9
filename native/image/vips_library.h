#pragma once

// libvips in this process: started once, silent, with no cache and no threads of its own. Only where the
// build has it.

#include <shared_mutex>
#include <string>

#include "base/error.h"

namespace ijepa {

class VipsLibrary {
 public:
  // Starts libvips at the first call.
  static VipsLibrary& get();

  // Runs `attempt`, a bool function of libvips calls. Where it fails it is repeated alone, for libvips has
  // one buffer of error messages for all threads; throws Error(code) with `what` and that message,
  // kImageRefused where it says that something is not supported. `attempt` may throw by itself.
  template <typename Attempt>
  void call(ErrorCode code, const std::string& what, const Attempt& attempt) {
    {
      const std::shared_lock together(mutex_);
      if (attempt()) return;
    }
    const std::unique_lock alone(mutex_);
    take_messages();
    if (attempt()) return;
    const std::string messages = take_messages();
    IJEPA_CHECK(!is_unsupported(messages), ErrorCode::kImageRefused, messages);
    throw Error(code, what + ": " + messages);
  }

  VipsLibrary(const VipsLibrary&) = delete;
  VipsLibrary& operator=(const VipsLibrary&) = delete;

 private:
  VipsLibrary();
  static std::string take_messages();
  static bool is_unsupported(const std::string& messages);

  std::shared_mutex mutex_;
};

}  // namespace ijepa
