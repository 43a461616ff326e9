#include "binding/session_wrap.h"

#include <ATen/ops/empty.h>

#include <utility>

#include "base/caching_allocator.h"
#include "binding/addon_data.h"
#include "binding/convert.h"
#include "binding/heads_wrap.h"
#include "binding/loader_wrap.h"

namespace ijepa::binding {

Napi::Function SessionWrap::define(Napi::Env env) {
  return DefineClass(env, "Session",
                     {InstanceMethod<&SessionWrap::parameters>("parameters"),
                      InstanceMethod<&SessionWrap::tensors>("tensors"),
                      InstanceMethod<&SessionWrap::load>("load"),
                      InstanceMethod<&SessionWrap::write>("write"),
                      InstanceMethod<&SessionWrap::read>("read"),
                      InstanceMethod<&SessionWrap::configure_training>("configureTraining"),
                      InstanceMethod<&SessionWrap::set_label_sets>("setLabelSets"),
                      InstanceMethod<&SessionWrap::train_step>("trainStep"),
                      InstanceMethod<&SessionWrap::train_step_on_features>("trainStepOnFeatures"),
                      InstanceMethod<&SessionWrap::create_tokens>("createTokens"),
                      InstanceMethod<&SessionWrap::append_tokens>("appendTokens"),
                      InstanceMethod<&SessionWrap::commit_tokens>("commitTokens"),
                      InstanceMethod<&SessionWrap::open_tokens>("openTokens"),
                      InstanceMethod<&SessionWrap::close_tokens>("closeTokens"),
                      InstanceMethod<&SessionWrap::train_step_on_tokens>("trainStepOnTokens"),
                      InstanceMethod<&SessionWrap::predict_on_tokens>("predictOnTokens"),
                      InstanceMethod<&SessionWrap::read_means>("readMeans"),
                      InstanceMethod<&SessionWrap::use_averages>("useAverages"),
                      InstanceMethod<&SessionWrap::predict>("predict"),
                      InstanceMethod<&SessionWrap::explain>("explain"),
                      InstanceMethod<&SessionWrap::predict_on_features>("predictOnFeatures"),
                      InstanceMethod<&SessionWrap::create_features>("createFeatures"),
                      InstanceMethod<&SessionWrap::append_features>("appendFeatures"),
                      InstanceMethod<&SessionWrap::write_features>("writeFeatures"),
                      InstanceMethod<&SessionWrap::restore_features>("restoreFeatures"),
                      InstanceMethod<&SessionWrap::standardize>("standardize"),
                      InstanceMethod<&SessionWrap::append_rows>("appendRows"),
                      InstanceMethod<&SessionWrap::append_prepared>("appendPrepared"),
                      InstanceMethod<&SessionWrap::create_heads>("createHeads"),
                      InstanceMethod<&SessionWrap::adopt_head>("adoptHead"),
                      InstanceMethod<&SessionWrap::neighbor_votes>("neighborVotes"),
                      InstanceMethod<&SessionWrap::nearest_rows>("nearestRows"),
                      InstanceMethod<&SessionWrap::feature_statistics>("featureStatistics"),
                      InstanceMethod<&SessionWrap::keep_neighbors>("keepNeighbors"),
                      InstanceMethod<&SessionWrap::cancel>("cancel"),
                      InstanceMethod<&SessionWrap::dispose>("dispose")});
}

Napi::Value SessionWrap::create(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto& endings = AddonData::of(info.Env()).endings;
    Handle handle{std::make_shared<Core>(), std::make_shared<JobThread>(info.Env(), endings)};
    return run(
        info.Env(), *handle.thread,
        [core = handle.core, config = to_session_config(info[0])] {
          core->session.emplace(config);
          core->parameters = core->session->parameters();
        },
        [handle](Napi::Env env) -> Napi::Value {
          auto copy = handle;
          return AddonData::of(env).session.New({Napi::External<Handle>::New(env, &copy)});
        });
  });
}

SessionWrap::SessionWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] {
    IJEPA_CHECK(info[0].IsExternal(), ErrorCode::kArgument, "Sessions are made by createSession()");
    handle_ = *info[0].As<Napi::External<Handle>>().Data();
  });
}

SessionWrap::~SessionWrap() {
  if (handle_.core) handle_.thread->cancel();
}

std::shared_ptr<SessionWrap::Core> SessionWrap::core() const {
  IJEPA_CHECK(handle_.core, ErrorCode::kDisposed, "This session was used after dispose()");
  return handle_.core;
}

Napi::Value SessionWrap::parameters(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return from_tensor_infos(info.Env(), core()->parameters); });
}

Napi::Value SessionWrap::tensors(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(), [](Session& session, const CancelToken&) { return session.tensors(); },
        [](Napi::Env env, const std::vector<TensorInfo>& infos) -> Napi::Value { return from_tensor_infos(env, infos); });
  });
}

Napi::Value SessionWrap::load(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [plan = to_plan(info[0])](Session& session, const CancelToken& token) { session.load(plan, token); },
        to_undefined);
  });
}

Napi::Value SessionWrap::write(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [path = to_text(info[0], "path"), header = to_bytes(info[1], "header"), pieces = to_pieces(info[2])](
            Session& session, const CancelToken&) { session.write(path, header, pieces); },
        to_undefined);
  });
}

Napi::Value SessionWrap::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [name = to_text(info[0], "name")](Session& session, const CancelToken&) { return session.read(name); },
        [](Napi::Env env, const at::Tensor& tensor) -> Napi::Value { return from_floats(env, tensor); });
  });
}

Napi::Value SessionWrap::configure_training(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [config = to_training_config(info[0])](Session& session, const CancelToken&) {
          session.configure_training(config);
        },
        to_undefined);
  });
}

Napi::Value SessionWrap::set_label_sets(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [offsets = to_int32s(info[0], "offsets"), labels = to_int32s(info[1], "labels")](
            Session& session, const CancelToken&) { session.set_label_sets(offsets, labels); },
        to_undefined);
  });
}

Napi::Value SessionWrap::train_step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [loader = LoaderWrap::of(info[0]), rate = to_number(info[1], "learningRate")](Session& session,
                                                                                      const CancelToken& token) {
          const Batch batch = loader->next(token);
          if (batch.size() > 0) session.train_step(batch, rate, token);
          return batch.size();
        },
        from_rows);
  });
}

Napi::Value SessionWrap::read_means(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(), [](Session& session, const CancelToken&) { return session.read_means(); },
        [](Napi::Env env, const StepMeans& means) -> Napi::Value {
          auto result = Napi::Object::New(env);
          const auto set = [&](const char* name, double value) { result.Set(name, Napi::Number::New(env, value)); };
          set("loss", means.loss);
          set("gradientNorm", means.gradient_norm);
          set("top1", means.top1);
          set("samples", static_cast<double>(means.samples));
          set("updates", static_cast<double>(means.updates));
          set("skipped", static_cast<double>(means.skipped));
          result.Set("skippedSamples", from_int32s(env, means.skipped_samples));
          return result;
        });
  });
}

Napi::Value SessionWrap::use_averages(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [averages = to_bool(info[0], "averages")](Session& session, const CancelToken&) {
          session.use_averages(averages);
        },
        to_undefined);
  });
}

Napi::Value SessionWrap::predict(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    using Result = std::pair<at::Tensor, std::vector<int32_t>>;
    return job(
        info.Env(),
        [loader = LoaderWrap::of(info[0]), precision = to_precision(info[1])](Session& session,
                                                                              const CancelToken& token) -> Result {
          const Batch batch = loader->next(token);
          if (batch.size() == 0) return {at::empty({0}, at::kFloat), {}};
          return {session.predict(batch, precision, token), batch.samples};
        },
        [](Napi::Env env, const Result& result) -> Napi::Value {
          auto logits = Napi::Object::New(env);
          logits.Set("logits", from_floats(env, result.first));
          logits.Set("samples", from_int32s(env, result.second));
          return logits;
        });
  });
}

Napi::Value SessionWrap::explain(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    using Result = std::pair<Explanation, std::vector<int32_t>>;
    return job(
        info.Env(),
        [loader = LoaderWrap::of(info[0]), method = to_explanation_method(info[1])](Session& session,
                                                                                    const CancelToken& token) -> Result {
          const Batch batch = loader->next(token);
          if (batch.size() == 0) return {{at::empty({0}, at::kFloat), at::empty({0}, at::kFloat)}, {}};
          return {session.explain(batch, method, token), batch.samples};
        },
        [](Napi::Env env, const Result& result) -> Napi::Value {
          auto explanation = Napi::Object::New(env);
          explanation.Set("weights", from_floats(env, result.first.weights));
          explanation.Set("logits", from_floats(env, result.first.logits));
          explanation.Set("samples", from_int32s(env, result.second));
          return explanation;
        });
  });
}

Napi::Value SessionWrap::cancel(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    core();  // refused after dispose()
    handle_.thread->cancel();
    return info.Env().Undefined();
  });
}

Napi::Value SessionWrap::dispose(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto core = std::exchange(handle_.core, nullptr);
    if (!core) {
      auto nothing = Napi::Promise::Deferred::New(info.Env());
      nothing.Resolve(info.Env().Undefined());
      return nothing.Promise();
    }
    handle_.thread->cancel();
    const auto freed = run(info.Env(), *handle_.thread, [core] {
      core->session.reset();
      release_cached_cpu_memory();
    }, to_undefined);
    handle_.thread->stop();
    return freed;
  });
}

}  // namespace ijepa::binding
