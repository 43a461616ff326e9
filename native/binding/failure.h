#pragma once

// Exceptions on their way to JavaScript: what was thrown becomes a code, a message and perhaps a file.

#include <napi.h>

#include <string>
#include <utility>

#include "base/error.h"

namespace ijepa::binding {

struct Failure {
  ErrorCode code = ErrorCode::kNative;
  std::string message;
  std::string file;
};

// Call inside a catch block: classifies the exception in flight.
Failure current_failure();

// An Error with `code` and, where known, `file`.
Napi::Error to_js_error(Napi::Env env, const Failure& failure);

// Runs `body` on the JavaScript thread; what it throws becomes a JavaScript error with a code.
template <typename Body>
auto guarded(Napi::Env env, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js_error(env, current_failure());
  }
}

}  // namespace ijepa::binding
