#include "binding/heads_wrap.h"

#include <utility>

#include "binding/addon_data.h"
#include "binding/convert.h"
#include "binding/loader_wrap.h"

namespace ijepa::binding {

Napi::Function HeadsWrap::define(Napi::Env env) {
  return DefineClass(
      env, "Heads",
      {InstanceMethod<&HeadsWrap::step>("step"), InstanceMethod<&HeadsWrap::read_means>("readMeans"),
       InstanceMethod<&HeadsWrap::fit_logistic>("fitLogistic"), InstanceMethod<&HeadsWrap::scores>("scores"),
       InstanceMethod<&HeadsWrap::predict>("predict"), InstanceMethod<&HeadsWrap::tensors>("tensors"),
       InstanceMethod<&HeadsWrap::load>("load"), InstanceMethod<&HeadsWrap::write>("write"),
       InstanceMethod<&HeadsWrap::read>("read"),
       InstanceMethod<&HeadsWrap::dispose>("dispose")});
}

HeadsWrap::HeadsWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    IJEPA_CHECK(info[0].IsExternal(), ErrorCode::kArgument, "Heads are made by Session.createHeads()");
    handle_ = *info[0].As<Napi::External<Handle>>().Data();
  });
}

std::shared_ptr<HeadsWrap::Core> HeadsWrap::of(const Napi::Value& value, const std::shared_ptr<JobThread>& thread) {
  const bool ours = value.IsObject() && value.As<Napi::Object>().InstanceOf(AddonData::of(value.Env()).heads.Value());
  const auto* heads = ours ? Unwrap(value.As<Napi::Object>()) : nullptr;
  IJEPA_CHECK(heads && heads->handle_.thread == thread, ErrorCode::kArgument, "Expected heads of this session");
  return heads->core();
}

std::shared_ptr<HeadsWrap::Core> HeadsWrap::core() const {
  IJEPA_CHECK(handle_.core, ErrorCode::kDisposed, "These heads were used after dispose()");
  return handle_.core;
}

template <typename Work, typename Convert>
Napi::Value HeadsWrap::job(Napi::Env env, Work work, Convert to_js) {
  return run(
      env, *handle_.thread,
      [core = core(), token = handle_.thread->token(), work = std::move(work)]() mutable {
        token.check();
        return work(*core, token);
      },
      std::move(to_js));
}

Napi::Value HeadsWrap::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [features = FeaturesWrap::of(info[0]), rows = to_int32s(info[1], "rows"),
         rates = to_doubles(info[2], "learningRates")](Heads& heads, const CancelToken& token) {
          heads.step(features->features, rows, rates, token);
        },
        to_undefined);
  });
}

Napi::Value HeadsWrap::read_means(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(), [](Heads& heads, const CancelToken&) { return heads.read_means(); },
        [](Napi::Env env, const HeadMeans& means) -> Napi::Value {
          auto result = Napi::Object::New(env);
          result.Set("loss", from_doubles(env, means.loss));
          result.Set("top1", from_doubles(env, means.top1));
          result.Set("gradientNorm", from_doubles(env, means.gradient_norm));
          result.Set("samples", static_cast<double>(means.rows));
          result.Set("updates", static_cast<double>(means.updates));
          return result;
        });
  });
}

Napi::Value HeadsWrap::fit_logistic(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [features = FeaturesWrap::of(info[0]), rows = to_int32s(info[1], "rows"),
         config = to_logistic_config(info[2])](Heads& heads, const CancelToken& token) {
          return heads.fit_logistic(features->features, rows, config, token);
        },
        [](Napi::Env env, const LogisticFit& fit) -> Napi::Value {
          auto result = Napi::Object::New(env);
          result.Set("iterations", from_int32s(env, {fit.iterations.begin(), fit.iterations.end()}));
          result.Set("objective", from_doubles(env, fit.objective));
          result.Set("gradient", from_doubles(env, fit.gradient));
          return result;
        });
  });
}

Napi::Value HeadsWrap::scores(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [features = FeaturesWrap::of(info[0]), rows = to_int32s(info[1], "rows")](
            Heads& heads, const CancelToken& token) { return heads.scores(features->features, rows, token); },
        [](Napi::Env env, const HeadScores& scores) -> Napi::Value {
          auto result = Napi::Object::New(env);
          result.Set("loss", from_doubles(env, scores.loss));
          result.Set("top1", from_doubles(env, scores.top1));
          result.Set("top5", from_doubles(env, scores.top5));
          return result;
        });
  });
}

Napi::Value HeadsWrap::predict(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [features = FeaturesWrap::of(info[0]), begin = to_integer(info[1], "begin"), end = to_integer(info[2], "end"),
         head = to_integer(info[3], "head")](Heads& heads, const CancelToken&) {
          return heads.predict(features->features, begin, end, head);
        },
        [](Napi::Env env, const at::Tensor& logits) -> Napi::Value { return from_floats(env, logits); });
  });
}

Napi::Value HeadsWrap::tensors(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(), [](Heads& heads, const CancelToken&) { return heads.tensors(); },
        [](Napi::Env env, const std::vector<TensorInfo>& infos) -> Napi::Value { return from_tensor_infos(env, infos); });
  });
}

Napi::Value HeadsWrap::load(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(), [plan = to_plan(info[0])](Heads& heads, const CancelToken& token) { heads.load(plan, token); },
        to_undefined);
  });
}

Napi::Value HeadsWrap::write(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [path = to_text(info[0], "path"), header = to_bytes(info[1], "header"), pieces = to_pieces(info[2])](
            Heads& heads, const CancelToken&) { heads.write(path, header, pieces); },
        to_undefined);
  });
}

Napi::Value HeadsWrap::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [name = to_text(info[0], "name")](Heads& heads, const CancelToken&) { return heads.read(name); },
        [](Napi::Env env, const at::Tensor& tensor) -> Napi::Value { return from_floats(env, tensor); });
  });
}

Napi::Value HeadsWrap::dispose(const Napi::CallbackInfo& info) {
  handle_.core.reset();
  return info.Env().Undefined();
}

}  // namespace ijepa::binding
