#pragma once

// JavaScript values to plain structures and back. Types and ranges are checked here for memory safety; what the values
// mean was checked in TypeScript. A wrong one throws kArgument, which names the field.

#include <napi.h>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "loader/loader.h"
#include "session/session.h"

namespace ijepa::binding {

LoaderOptions to_loader_options(const Napi::Value& value);
std::shared_ptr<const SampleTable> to_sample_table(const Napi::Value& value);
SessionConfig to_session_config(const Napi::Value& value);
TrainingConfig to_training_config(const Napi::Value& value);
HeadsConfig to_heads_config(const Napi::Value& value);
LogisticConfig to_logistic_config(const Napi::Value& value);
NeighborsConfig to_neighbors_config(const Napi::Value& value);
std::vector<PlannedTensor> to_plan(const Napi::Value& value);
std::vector<Piece> to_pieces(const Napi::Value& value);
Precision to_precision(const Napi::Value& value);
ExplanationMethod to_explanation_method(const Napi::Value& value);
bool to_bool(const Napi::Value& value, const char* name);
double to_number(const Napi::Value& value, const char* name);
int64_t to_integer(const Napi::Value& value, const char* name);
std::string to_text(const Napi::Value& value, const char* name);
std::vector<int32_t> to_int32s(const Napi::Value& value, const char* name);
std::vector<double> to_doubles(const Napi::Value& value, const char* name);
std::vector<uint8_t> to_bytes(const Napi::Value& value, const char* name);

Napi::Int32Array from_int32s(Napi::Env env, const std::vector<int32_t>& values);
Napi::Float64Array from_doubles(Napi::Env env, const std::vector<double>& values);
Napi::Uint8Array from_bytes(Napi::Env env, const void* data, size_t size);
// `tensor`: float32, CPU, contiguous.
Napi::Float32Array from_floats(Napi::Env env, const at::Tensor& tensor);
Napi::Number from_rows(Napi::Env env, int64_t rows);
Napi::Array from_tensor_infos(Napi::Env env, const std::vector<TensorInfo>& infos);

}  // namespace ijepa::binding
