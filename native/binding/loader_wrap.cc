#include "binding/loader_wrap.h"

#include <ATen/ops/empty.h>

#include <utility>

#include "binding/addon_data.h"
#include "binding/convert.h"

namespace ijepa::binding {

Napi::Function LoaderWrap::define(Napi::Env env) {
  return DefineClass(env, "Loader",
                     {InstanceMethod<&LoaderWrap::start>("start"), InstanceMethod<&LoaderWrap::bad>("bad"),
                      InstanceMethod<&LoaderWrap::read>("read"), InstanceMethod<&LoaderWrap::dispose>("dispose")});
}

LoaderWrap::LoaderWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    loader_ = std::make_shared<Loader>(to_sample_table(info[0]), to_loader_options(info[1]));
    endings_ = AddonData::of(info.Env()).endings;
    endings_->add(*this);
  });
}

LoaderWrap::~LoaderWrap() {
  if (loader_) loader_->close();
  if (endings_) endings_->remove(*this);
}

void LoaderWrap::begin_to_end() {
  if (loader_) loader_->close();
}

// The last owner waits for the loader's threads: this, or a job, which is waited for itself.
void LoaderWrap::wait_for_end() { loader_.reset(); }

std::shared_ptr<Loader> LoaderWrap::core() const {
  IJEPA_CHECK(loader_, ErrorCode::kDisposed, "This loader was used after dispose()");
  return loader_;
}

std::shared_ptr<Loader> LoaderWrap::of(const Napi::Value& value) {
  const bool ours = value.IsObject() && value.As<Napi::Object>().InstanceOf(AddonData::of(value.Env()).loader.Value());
  IJEPA_CHECK(ours, ErrorCode::kArgument, "Expected a Loader");
  return Unwrap(value.As<Napi::Object>())->core();
}

Napi::Value LoaderWrap::start(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    core()->start(to_int32s(info[0], "order"), static_cast<uint64_t>(to_integer(info[1], "epoch")),
                  to_integer(info[2], "first"));
    return info.Env().Undefined();
  });
}

Napi::Value LoaderWrap::bad(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto bad = core()->bad();
    auto list = Napi::Array::New(info.Env(), bad.size());
    for (uint32_t i = 0; i < bad.size(); ++i) {
      auto item = Napi::Object::New(info.Env());
      item.Set("sample", Napi::Number::New(info.Env(), bad[i].sample));
      item.Set("reason", Napi::String::New(info.Env(), bad[i].reason));
      list.Set(i, item);
    }
    return list;
  });
}

Napi::Value LoaderWrap::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return run(
        info.Env(), *AddonData::of(info.Env()).background,
        [loader = core(), token = AddonData::of(info.Env()).background->token()] {
          Batch batch = loader->next(token);
          const Augmentation& augmentation = loader->options().augmentation;
          if (batch.size() > 0) paint(batch.erased, augmentation.mean, augmentation.std, batch.images);
          return batch;
        },
        [](Napi::Env env, const Batch& batch) -> Napi::Value {
          auto result = Napi::Object::New(env);
          const bool empty = batch.size() == 0;
          result.Set("pixels", empty ? from_bytes(env, nullptr, 0)
                                     : from_bytes(env, batch.images.const_data_ptr(), batch.images.nbytes()));
          result.Set("samples", from_int32s(env, batch.samples));
          std::vector<int32_t> labels;
          for (int64_t i = 0; i < batch.size(); ++i)
            labels.push_back(static_cast<int32_t>(batch.labels.const_data_ptr<int64_t>()[i]));
          result.Set("labels", from_int32s(env, labels));
          return result;
        });
  });
}

// The last owner waits for the loader's threads to end: that must not be the JavaScript thread.
Napi::Value LoaderWrap::dispose(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!loader_) return info.Env().Undefined();
    loader_->close();
    run(info.Env(), *AddonData::of(info.Env()).background, [loader = std::exchange(loader_, nullptr)] {}, to_undefined);
    return info.Env().Undefined();
  });
}

Napi::Function FeaturesWrap::define(Napi::Env env) {
  return DefineClass(env, "Features",
                     {InstanceAccessor<&FeaturesWrap::rows>("rows"), InstanceMethod<&FeaturesWrap::read>("read"),
                      InstanceMethod<&FeaturesWrap::dispose>("dispose")});
}

FeaturesWrap::FeaturesWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    IJEPA_CHECK(info[0].IsExternal(), ErrorCode::kArgument, "Features are made by Session.createFeatures()");
    thread_ = *info[0].As<Napi::External<std::shared_ptr<JobThread>>>().Data();
    const auto layers = to_integer(info[1], "layers");
    IJEPA_CHECK(layers > 0, ErrorCode::kArgument, "Expected layers above 0");
    core_ = std::make_shared<Core>();
    core_->features.layers = layers;
    core_->features.most_mapped = to_integer(info[2], "mostMapped");
    IJEPA_CHECK(core_->features.most_mapped >= 0 && core_->features.most_mapped <= kMostRows, ErrorCode::kArgument,
                "Expected from 0 to 2^31 rows of files");
    is_mapped_ = core_->features.most_mapped > 0;
  });
}

std::shared_ptr<FeaturesWrap::Core> FeaturesWrap::core() const {
  IJEPA_CHECK(core_, ErrorCode::kDisposed, "These features were used after dispose()");
  return core_;
}

std::shared_ptr<FeaturesWrap::Core> FeaturesWrap::of(const Napi::Value& value) {
  const bool ours =
      value.IsObject() && value.As<Napi::Object>().InstanceOf(AddonData::of(value.Env()).features.Value());
  IJEPA_CHECK(ours, ErrorCode::kArgument, "Expected Features");
  return Unwrap(value.As<Napi::Object>())->core();
}

Napi::Value FeaturesWrap::rows(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(core()->rows));
  });
}

Napi::Value FeaturesWrap::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return run(
        info.Env(), *thread_,
        [core = core()] {
          const auto& features = core->features;
          if (features.rows == 0) return at::empty({0}, at::kFloat);
          return features.values.narrow(0, 0, features.rows).to(at::kCPU, at::kFloat).contiguous();
        },
        [](Napi::Env env, const at::Tensor& values) -> Napi::Value { return from_floats(env, values); });
  });
}

// The pages of gigabytes are not let go of on the JavaScript thread.
Napi::Value FeaturesWrap::dispose(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto core = std::exchange(core_, nullptr);
    if (core && is_mapped_) run(info.Env(), *AddonData::of(info.Env()).background, [core] {}, to_undefined);
    return info.Env().Undefined();
  });
}

}  // namespace ijepa::binding
