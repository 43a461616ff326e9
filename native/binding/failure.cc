#include "binding/failure.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>

namespace ijepa::binding {

Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.what(), error.file()};
  } catch (const c10::Error& error) {
    const auto code = is_out_of_memory(error) ? ErrorCode::kOutOfMemory : ErrorCode::kNative;
    return {code, error.what_without_backtrace(), {}};
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kOutOfMemory, "out of memory", {}};
  } catch (const std::exception& error) {
    return {ErrorCode::kNative, error.what(), {}};
  } catch (...) {
    return {ErrorCode::kNative, "unknown native exception", {}};
  }
}

Napi::Error to_js_error(Napi::Env env, const Failure& failure) {
  auto error = Napi::Error::New(env, failure.message);
  error.Set("code", Napi::String::New(env, std::string(error_code_name(failure.code))));
  if (!failure.file.empty()) error.Set("file", Napi::String::New(env, failure.file));
  return error;
}

}  // namespace ijepa::binding
