// What sessions are made of and trained by: geometry, tensors in files, optimizers, heads.

#include <utility>

#include "binding/convert_parts.h"

namespace ijepa::binding {

namespace {

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

}  // namespace

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
                              {{"blas", LinearKernel::kBlas},
                               {"onednn", LinearKernel::kOneDnn},
                               {"mixed", LinearKernel::kMixed}});
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
