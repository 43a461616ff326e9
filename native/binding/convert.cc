#include "binding/convert.h"

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "base/error.h"

namespace ijepa::binding {

namespace {

[[noreturn]] void refuse(const char* name, const char* expected) {
  throw Error(ErrorCode::kArgument, std::string("Expected ") + expected + " for " + name);
}

Napi::Object to_object(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) refuse(name, "an object");
  return value.As<Napi::Object>();
}

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

// A view of a column of the sample table, with `rows` elements of T.
template <typename T>
const T* column(const Napi::Object& table, const char* name, napi_typedarray_type type, size_t rows) {
  const Napi::Value value = table.Get(name);
  if (!value.IsTypedArray()) refuse(name, "a typed array");
  const auto array = value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != type) refuse(name, "a typed array of the type in binding.gyp.d.ts");
  if (array.ElementLength() != rows) refuse(name, "as many rows as the table has");
  auto* bytes = static_cast<const uint8_t*>(array.ArrayBuffer().Data());
  return reinterpret_cast<const T*>(bytes + array.ByteOffset());
}

std::array<double, 3> to_triple(const Napi::Value& value, const char* name) {
  const auto list = to_list(value, name, [name](const Napi::Value& v) { return to_number(v, name); });
  if (list.size() != 3) refuse(name, "three numbers");
  return {list[0], list[1], list[2]};
}

at::ScalarType to_dtype(const Napi::Value& value) {
  return to_choice<at::ScalarType>(value, "dtype",
                                   {{"F64", at::kDouble},
                                    {"F32", at::kFloat},
                                    {"F16", at::kHalf},
                                    {"BF16", at::kBFloat16},
                                    {"I64", at::kLong},
                                    {"I32", at::kInt},
                                    {"U8", at::kByte}});
}

const char* dtype_name(at::ScalarType dtype) {
  switch (dtype) {
    case at::kDouble: return "F64";
    case at::kHalf: return "F16";
    case at::kBFloat16: return "BF16";
    case at::kLong: return "I64";
    case at::kInt: return "I32";
    case at::kByte: return "U8";
    default: return "F32";
  }
}

ByteRange to_range(const Napi::Value& value) {
  const auto object = to_object(value, "ranges");
  return {to_text(object.Get("file"), "file"), to_integer(object.Get("offset"), "offset"),
          to_integer(object.Get("length"), "length"), to_dtype(object.Get("dtype"))};
}

PlannedTensor to_planned_tensor(const Napi::Value& value) {
  const auto object = to_object(value, "plan");
  const auto integers = [](const Napi::Value& list, const char* name) {
    return to_list(list, name, [name](const Napi::Value& v) { return to_integer(v, name); });
  };
  PlannedTensor planned;
  planned.name = to_text(object.Get("name"), "name");
  planned.shape = integers(object.Get("shape"), "shape");
  planned.ranges = to_list(object.Get("ranges"), "ranges", to_range);
  if (const Napi::Value grid = object.Get("grid"); !grid.IsUndefined()) {
    const auto sides = integers(grid, "grid");
    if (sides.size() != 2) refuse("grid", "two numbers");
    planned.grid = {sides[0], sides[1]};
  }
  return planned;
}

ParameterGroup to_group(const Napi::Value& value) {
  const auto object = to_object(value, "groups");
  return {to_list(object.Get("names"), "names", [](const Napi::Value& v) { return to_text(v, "names"); }),
          to_number(object.Get("learningRateScale"), "learningRateScale"),
          to_number(object.Get("weightDecay"), "weightDecay")};
}

OptimizerKind to_optimizer(const Napi::Value& value) {
  return to_choice<OptimizerKind>(
      value, "optimizer",
      {{"adamw", OptimizerKind::kAdamW}, {"sgd", OptimizerKind::kSgd}, {"lars", OptimizerKind::kLars}});
}

HeadGroupConfig to_head_group(const Napi::Value& value) {
  const auto object = to_object(value, "groups");
  return {to_integer(object.Get("columns"), "columns"),
          to_choice<HeadNorm>(object.Get("batchNorm"), "batchNorm",
                              {{"none", HeadNorm::kNone}, {"affine", HeadNorm::kAffine}, {"plain", HeadNorm::kPlain}}),
          to_doubles(object.Get("weightDecays"), "weightDecays")};
}

std::variant<std::string, Bytes> to_file(const Napi::Value& value) {
  if (value.IsString()) return to_text(value, "files");
  return to_bytes(value, "files");
}

// Of AugmentationOptions.randAugment; null: none.
RandAugment to_rand_augment(const Napi::Value& value) {
  if (value.IsNull()) return {};
  const auto object = to_object(value, "randAugment");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  return {to_integer(object.Get("layers"), "layers"),
          number("probability"),
          number("magnitude"),
          number("magnitudeStd"),
          to_bool(object.Get("uniform"), "uniform"),
          number("magnitudeMax"),
          to_bool(object.Get("increasing"), "increasing")};
}

// Of LoaderOptions.augmentation; undefined: none.
Augmentation to_augmentation(const Napi::Value& value) {
  Augmentation augmentation;
  if (value.IsUndefined()) return augmentation;
  const auto object = to_object(value, "augmentation");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  augmentation.rand_augment = to_rand_augment(object.Get("randAugment"));
  augmentation.color_jitter = {number("brightness"), number("contrast"), number("saturation"), number("hue")};
  augmentation.erasing.probability = number("erasing");
  augmentation.erasing.mode = to_choice<ErasingMode>(
      object.Get("erasingMode"), "erasingMode",
      {{"const", ErasingMode::kConst}, {"rand", ErasingMode::kRand}, {"pixel", ErasingMode::kPixel}});
  augmentation.mean = to_triple(object.Get("mean"), "mean");
  augmentation.std = to_triple(object.Get("std"), "std");
  return augmentation;
}

// Of LoaderOptions.corruption; undefined: none.
std::optional<Corruption> to_corruption(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = to_object(value, "corruption");
  const auto kind = corruption_named(to_text(object.Get("name"), "name"));
  if (!kind) refuse("name", "the name of a corruption of ImageNet-C");
  const int64_t severity = to_integer(object.Get("severity"), "severity");
  if (severity < 0 || severity > 5) refuse("severity", "1 to 5, or 0 for none");
  return Corruption{*kind, static_cast<int>(severity), static_cast<uint64_t>(to_integer(object.Get("seed"), "seed"))};
}

// Of LoaderOptions.perturbation; undefined: none.
std::optional<Perturbation> to_perturbation(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = to_object(value, "perturbation");
  const auto kind = perturbation_named(to_text(object.Get("name"), "name"));
  if (!kind) refuse("name", "the name of a perturbation");
  const double strength = to_number(object.Get("strength"), "strength");
  return Perturbation{*kind, strength, static_cast<uint64_t>(to_integer(object.Get("seed"), "seed"))};
}

}  // namespace

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

std::shared_ptr<const SampleTable> to_sample_table(const Napi::Value& value) {
  const auto object = to_object(value, "table");
  auto table = std::make_shared<SampleTable>();
  table->files = to_list(object.Get("files"), "files", to_file);
  const Napi::Value first = object.Get("file");
  if (!first.IsTypedArray()) refuse("file", "an Int32Array");
  const size_t rows = first.As<Napi::TypedArray>().ElementLength();
  const auto* file = column<int32_t>(object, "file", napi_int32_array, rows);
  const auto* offset = column<double>(object, "offset", napi_float64_array, rows);
  const auto* length = column<double>(object, "length", napi_float64_array, rows);
  const auto* format = column<uint8_t>(object, "format", napi_uint8_array, rows);
  const auto* width = column<int32_t>(object, "width", napi_int32_array, rows);
  const auto* height = column<int32_t>(object, "height", napi_int32_array, rows);
  const auto* channels = column<uint8_t>(object, "channels", napi_uint8_array, rows);
  const auto* label = column<int32_t>(object, "label", napi_int32_array, rows);
  table->samples.resize(rows);
  for (size_t i = 0; i < rows; ++i) {
    if (file[i] < 0 || static_cast<size_t>(file[i]) >= table->files.size()) refuse("file", "indices of files");
    if (!(offset[i] >= 0 && offset[i] < 1e15) || !(length[i] >= 0 && length[i] < 1e15))
      refuse("offset and length", "numbers of bytes");
    if (format[i] > 2) refuse("format", "0, 1 or 2");
    table->samples[i] = {file[i],
                         static_cast<int64_t>(offset[i]),
                         static_cast<int64_t>(length[i]),
                         static_cast<SampleFormat>(format[i]),
                         width[i],
                         height[i],
                         channels[i],
                         label[i]};
  }
  return table;
}

LoaderOptions to_loader_options(const Napi::Value& value) {
  const auto object = to_object(value, "options");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  const auto positive = [&](const char* name) {
    const int64_t integer = to_integer(object.Get(name), name);
    if (integer < 1) refuse(name, "a number above 0");
    return integer;
  };
  LoaderOptions options;
  options.height = positive("height");
  options.width = positive("width");
  options.resize = to_choice<ResizeMode>(object.Get("resize"), "resize",
                                         {{"shortest", ResizeMode::kShortest},
                                          {"squash", ResizeMode::kSquash},
                                          {"pad", ResizeMode::kPad},
                                          {"crop", ResizeMode::kCrop}});
  options.crop_fraction = number("cropFraction");
  options.interpolation =
      to_choice<Interpolation>(object.Get("interpolation"), "interpolation",
                               {{"bicubic", Interpolation::kBicubic}, {"bilinear", Interpolation::kBilinear}});
  options.alpha = to_choice<AlphaPolicy>(object.Get("alpha"), "alpha",
                                         {{"white", AlphaPolicy::kWhite}, {"ignore", AlphaPolicy::kIgnore}});
  options.decoding = to_choice<Decoding>(object.Get("decoding"), "decoding",
                                         {{"exact", Decoding::kExact}, {"fast", Decoding::kFast}});
  options.scale_min = number("scaleMin");
  options.scale_max = number("scaleMax");
  options.ratio_min = number("ratioMin");
  options.ratio_max = number("ratioMax");
  options.retries = to_bool(object.Get("retries"), "retries");
  options.flip = number("flip");
  options.augmentation = to_augmentation(object.Get("augmentation"));
  options.corruption = to_corruption(object.Get("corruption"));
  options.perturbation = to_perturbation(object.Get("perturbation"));
  options.batch_size = positive("batchSize");
  options.drop_last = to_bool(object.Get("dropLast"), "dropLast");
  options.threads = static_cast<int>(positive("threads"));
  options.seed = static_cast<uint64_t>(to_integer(object.Get("seed"), "seed"));
  options.max_pixels = positive("maxPixels");
  options.on_bad_image = to_choice<BadImagePolicy>(
      object.Get("onBadImage"), "onBadImage", {{"throw", BadImagePolicy::kThrow}, {"skip", BadImagePolicy::kSkip}});
  return options;
}

SessionConfig to_session_config(const Napi::Value& value) {
  const auto object = to_object(value, "config");
  const auto integer = [&](const char* name) { return to_integer(object.Get(name), name); };
  SessionConfig config;
  config.embed_dim = integer("embedDim");
  config.depth = integer("depth");
  config.heads = integer("heads");
  config.mlp_dim = integer("mlpDim");
  config.patch_size = integer("patchSize");
  config.image_height = integer("imageHeight");
  config.image_width = integer("imageWidth");
  config.layer_norm_eps = to_number(object.Get("layerNormEps"), "layerNormEps");
  config.classes = integer("classes");
  config.layers = integer("layers");
  config.normalize_rows = to_bool(object.Get("normalizeRows"), "normalizeRows");
  config.pooling = to_choice<Pooling>(
      object.Get("pooling"), "pooling",
      {{"norm_then_mean", Pooling::kNormThenMean},
       {"mean_then_norm", Pooling::kMeanThenNorm},
       {"vjepa_attentive", Pooling::kVJepaAttentive},
       {"capi_attentive", Pooling::kCapiAttentive}});
  config.mean = to_triple(object.Get("mean"), "mean");
  config.std = to_triple(object.Get("std"), "std");
  config.device = to_text(object.Get("device"), "device");
  config.threads = static_cast<int>(integer("threads"));
  config.seed = static_cast<uint64_t>(integer("seed"));
  config.head_init = to_number(object.Get("headInit"), "headInit");
  config.linear_kernel =
      to_choice<LinearKernel>(object.Get("linearKernel"), "linearKernel",
                              {{"blas", LinearKernel::kBlas}, {"onednn", LinearKernel::kOneDnn}});
  return config;
}

TrainingConfig to_training_config(const Napi::Value& value) {
  const auto object = to_object(value, "config");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  TrainingConfig config;
  config.optimizer = to_optimizer(object.Get("optimizer"));
  config.optimizer_options = {number("beta1"), number("beta2"), number("epsilon"), number("momentum")};
  config.groups = to_list(object.Get("groups"), "groups", to_group);
  config.precision = to_precision(object.Get("precision"));
  config.loss.kind = to_choice<LossKind>(
      object.Get("loss"), "loss",
      {{"cross-entropy", LossKind::kCrossEntropy}, {"binary-cross-entropy", LossKind::kBinaryCrossEntropy}});
  config.loss.label_smoothing = number("labelSmoothing");
  config.loss.class_weights = to_list(object.Get("classWeights"), "classWeights",
                                      [](const Napi::Value& weight) { return to_number(weight, "classWeights"); });
  config.mixup = {number("mixup"), number("cutmix"), number("mixupSwitchProbability")};
  config.micro_batch = to_integer(object.Get("microBatch"), "microBatch");
  config.clip_gradient = number("clipGradient");
  config.drop_path = number("dropPath");
  config.average = number("average");
  config.checkpointing = to_bool(object.Get("checkpointing"), "checkpointing");
  return config;
}

HeadsConfig to_heads_config(const Napi::Value& value) {
  const auto object = to_object(value, "config");
  const auto number = [&](const char* name) { return to_number(object.Get(name), name); };
  HeadsConfig config;
  config.classes = to_integer(object.Get("classes"), "classes");
  config.groups = to_list(object.Get("groups"), "groups", to_head_group);
  config.kind.optimizer = to_optimizer(object.Get("optimizer"));
  config.kind.options = {number("beta1"), number("beta2"), number("epsilon"), number("momentum")};
  config.kind.nesterov = to_bool(object.Get("nesterov"), "nesterov");
  config.decay_biases = to_bool(object.Get("decayBiases"), "decayBiases");
  config.init = number("init");
  config.seed = static_cast<uint64_t>(to_integer(object.Get("seed"), "seed"));
  return config;
}

LogisticConfig to_logistic_config(const Napi::Value& value) {
  const auto object = to_object(value, "config");
  return {to_doubles(object.Get("inverseStrengths"), "inverseStrengths"), to_bool(object.Get("intercept"), "intercept"),
          to_number(object.Get("tolerance"), "tolerance"), to_integer(object.Get("maxIterations"), "maxIterations")};
}

NeighborsConfig to_neighbors_config(const Napi::Value& value) {
  const auto object = to_object(value, "config");
  const auto neighbors = to_int32s(object.Get("neighbors"), "neighbors");
  return {to_integer(object.Get("classes"), "classes"), to_integer(object.Get("columns"), "columns"),
          {neighbors.begin(), neighbors.end()}, to_number(object.Get("temperature"), "temperature")};
}

std::vector<PlannedTensor> to_plan(const Napi::Value& value) { return to_list(value, "plan", to_planned_tensor); }

std::vector<Piece> to_pieces(const Napi::Value& value) {
  return to_list(value, "pieces", [](const Napi::Value& item) -> Piece {
    const auto object = to_object(item, "pieces");
    return {to_text(object.Get("name"), "name"), to_integer(object.Get("begin"), "begin"),
            to_integer(object.Get("end"), "end")};
  });
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

Napi::Array from_tensor_infos(Napi::Env env, const std::vector<TensorInfo>& infos) {
  auto list = Napi::Array::New(env, infos.size());
  for (uint32_t i = 0; i < infos.size(); ++i) {
    auto shape = Napi::Array::New(env, infos[i].shape.size());
    for (uint32_t d = 0; d < infos[i].shape.size(); ++d)
      shape.Set(d, Napi::Number::New(env, static_cast<double>(infos[i].shape[d])));
    auto info = Napi::Object::New(env);
    info.Set("name", Napi::String::New(env, infos[i].name));
    info.Set("shape", shape);
    info.Set("dtype", Napi::String::New(env, dtype_name(infos[i].dtype)));
    list.Set(i, info);
  }
  return list;
}

}  // namespace ijepa::binding
