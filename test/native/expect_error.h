#pragma once

// Which typed error something throws.

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"

namespace ijepa::test {

// The Error that `body` throws, or none.
inline std::optional<Error> error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline std::optional<ErrorCode> code_of(const std::function<void()>& body) {
  const auto error = error_of(body);
  return error ? std::optional(error->code()) : std::nullopt;
}

}  // namespace ijepa::test
