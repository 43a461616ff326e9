#include "binding/failure.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>

namespace ijepa::binding {

namespace {

// On the CPU, LibTorch reports an allocation that failed as a plain error; only its text tells.
bool is_cpu_out_of_memory(const std::string& message) {
  return message.find("alloc_cpu") != std::string::npos || message.find("DefaultCPUAllocator") != std::string::npos;
}

}  // namespace

Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.what(), error.file()};
  } catch (const c10::OutOfMemoryError& error) {
    return {ErrorCode::kOutOfMemory, error.what_without_backtrace(), {}};
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    return {is_cpu_out_of_memory(message) ? ErrorCode::kOutOfMemory : ErrorCode::kNative, message, {}};
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
