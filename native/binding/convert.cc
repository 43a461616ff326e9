#include "binding/convert.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "binding/convert_parts.h"

namespace ijepa::binding {

void refuse(const char* name, const char* expected) {
  throw Error(ErrorCode::kArgument, std::string("Expected ") + expected + " for " + name);
}

Napi::Object to_object(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) refuse(name, "an object");
  return value.As<Napi::Object>();
}

double to_number(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) refuse(name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

bool to_bool(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) refuse(name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

int64_t to_integer(const Napi::Value& value, const char* name) {
  const double number = to_number(value, name);
  constexpr double kLargest = 9007199254740991;  // 2^53 - 1
  if (std::trunc(number) != number || std::abs(number) > kLargest) refuse(name, "an integer");
  return static_cast<int64_t>(number);
}

std::string to_text(const Napi::Value& value, const char* name) {
  if (!value.IsString()) refuse(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::array<double, 3> to_triple(const Napi::Value& value, const char* name) {
  const auto list = to_list(value, name, [name](const Napi::Value& v) { return to_number(v, name); });
  if (list.size() != 3) refuse(name, "three numbers");
  return {list[0], list[1], list[2]};
}

std::vector<int32_t> to_int32s(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array)
    refuse(name, "an Int32Array");
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

std::vector<double> to_doubles(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    refuse(name, "a Float64Array");
  const auto array = value.As<Napi::Float64Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

std::vector<uint8_t> to_bytes(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    refuse(name, "a Uint8Array");
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

Precision to_precision(const Napi::Value& value) {
  return to_choice<Precision>(value, "precision", {{"fp32", Precision::kFloat32}, {"bf16", Precision::kBFloat16}, {"fp16", Precision::kFloat16}});
}

ExplanationMethod to_explanation_method(const Napi::Value& value) {
  return to_choice<ExplanationMethod>(value, "method",
                                      {{"gradient", ExplanationMethod::kGradient}, {"attention", ExplanationMethod::kAttention}});
}

Napi::Int32Array from_int32s(Napi::Env env, const std::vector<int32_t>& values) {
  auto array = Napi::Int32Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(int32_t));
  return array;
}

Napi::Float64Array from_doubles(Napi::Env env, const std::vector<double>& values) {
  auto array = Napi::Float64Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(double));
  return array;
}

Napi::Uint8Array from_bytes(Napi::Env env, const void* data, size_t size) {
  auto array = Napi::Uint8Array::New(env, size);
  if (size != 0) std::memcpy(array.Data(), data, size);
  return array;
}

Napi::Float32Array from_floats(Napi::Env env, const at::Tensor& tensor) {
  const auto size = static_cast<size_t>(tensor.numel());
  auto array = Napi::Float32Array::New(env, size);
  if (size != 0) std::memcpy(array.Data(), tensor.const_data_ptr<float>(), size * sizeof(float));
  return array;
}

Napi::Number from_rows(Napi::Env env, int64_t rows) { return Napi::Number::New(env, static_cast<double>(rows)); }

}  // namespace ijepa::binding
