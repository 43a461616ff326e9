#pragma once

// What the conversions of convert.h are made of.

#include <napi.h>

#include <array>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "binding/convert.h"

namespace ijepa::binding {

[[noreturn]] void refuse(const char* name, const char* expected);

Napi::Object to_object(const Napi::Value& value, const char* name);

std::array<double, 3> to_triple(const Napi::Value& value, const char* name);

// One of the given words.
template <typename Enum>
Enum to_choice(const Napi::Value& value, const char* name, std::initializer_list<std::pair<const char*, Enum>> choices) {
  const std::string word = to_text(value, name);
  for (const auto& [text, choice] : choices)
    if (word == text) return choice;
  std::string expected = "one of";
  for (const auto& choice : choices) expected += std::string(" ") + choice.first;
  refuse(name, expected.c_str());
}

template <typename Convert>
auto to_list(const Napi::Value& value, const char* name, Convert convert) {
  if (!value.IsArray()) refuse(name, "an array");
  const auto array = value.As<Napi::Array>();
  std::vector<decltype(convert(Napi::Value()))> list;
  list.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) list.push_back(convert(array.Get(i)));
  return list;
}

}  // namespace ijepa::binding
