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

template <typename Work, typename Convert>
Napi::Value SessionWrap::job(Napi::Env env, Work work, Convert to_js) {
  return run(
      env, *handle_.thread,
      [core = core(), token = handle_.thread->token(), work = std::move(work)]() mutable {
        token.check();
        return work(*core->session, token);
      },
      std::move(to_js));
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

namespace {

Napi::Value from_rows(Napi::Env env, int64_t rows) { return Napi::Number::New(env, static_cast<double>(rows)); }

Napi::Value from_samples(Napi::Env env, const std::vector<int32_t>& samples) { return from_int32s(env, samples); }

}  // namespace

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

Napi::Value SessionWrap::train_step_on_features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [core = FeaturesWrap::of(info[0]), rows = to_int32s(info[1], "rows"),
         rate = to_number(info[2], "learningRate")](Session& session, const CancelToken&) {
          session.train_step_on_features(core->features, rows, rate);
          return static_cast<int64_t>(rows.size());
        },
        from_rows);
  });
}

Napi::Value SessionWrap::create_tokens(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Prefix prefix{to_integer(info[1], "blocks"), to_bool(info[2], "pooled")};
    return job(
        info.Env(),
        [path = to_text(info[0], "path"), prefix](Session& session, const CancelToken&) {
          session.create_tokens(path, prefix);
        },
        to_undefined);
  });
}

Napi::Value SessionWrap::append_tokens(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [loader = LoaderWrap::of(info[0])](Session& session, const CancelToken& token) {
          const Batch batch = loader->next(token);
          if (batch.size() > 0) session.append_tokens(batch, token);
          return batch.samples;
        },
        from_samples);
  });
}

Napi::Value SessionWrap::commit_tokens(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(info.Env(), [](Session& session, const CancelToken&) { session.commit_tokens(); }, to_undefined);
  });
}

Napi::Value SessionWrap::open_tokens(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [path = to_text(info[0], "path")](Session& session, const CancelToken&) { return session.open_tokens(path); },
        from_samples);
  });
}

Napi::Value SessionWrap::close_tokens(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(info.Env(), [](Session& session, const CancelToken&) { session.close_tokens(); }, to_undefined);
  });
}

Napi::Value SessionWrap::train_step_on_tokens(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [rows = to_int32s(info[0], "rows"), rate = to_number(info[1], "learningRate")](Session& session,
                                                                                       const CancelToken& token) {
          session.train_step_on_tokens(rows, rate, token);
          return static_cast<int64_t>(rows.size());
        },
        from_rows);
  });
}

Napi::Value SessionWrap::predict_on_tokens(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [rows = to_int32s(info[0], "rows")](Session& session, const CancelToken& token) {
          return session.predict_on_tokens(rows, token);
        },
        [](Napi::Env env, const at::Tensor& logits) -> Napi::Value { return from_floats(env, logits); });
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

Napi::Value SessionWrap::predict_on_features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [core = FeaturesWrap::of(info[0]), begin = to_integer(info[1], "begin"), end = to_integer(info[2], "end")](
            Session& session, const CancelToken&) { return session.predict_on_features(core->features, begin, end); },
        [](Napi::Env env, const at::Tensor& logits) -> Napi::Value { return from_floats(env, logits); });
  });
}

Napi::Value SessionWrap::create_features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    core();  // refused after dispose()
    const auto thread = Napi::External<std::shared_ptr<JobThread>>::New(info.Env(), &handle_.thread);
    return AddonData::of(info.Env()).features.New({thread, info[0]});
  });
}

Napi::Value SessionWrap::append_features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    using Result = std::pair<std::vector<int32_t>, int64_t>;
    auto features = FeaturesWrap::of(info[1]);
    return job(
        info.Env(),
        [loader = LoaderWrap::of(info[0]), features, precision = to_precision(info[2])](
            Session& session, const CancelToken& token) -> Result {
          const Batch batch = loader->next(token);
          if (batch.size() > 0) session.append_features(batch, features->features, precision, token);
          return {batch.samples, features->features.rows};
        },
        [features](Napi::Env env, const Result& result) -> Napi::Value {
          features->rows = result.second;
          return from_int32s(env, result.first);
        });
  });
}

Napi::Value SessionWrap::write_features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [core = FeaturesWrap::of(info[0]), begin = to_integer(info[1], "begin"), end = to_integer(info[2], "end"),
         samples = to_int32s(info[3], "samples"), path = to_text(info[4], "path")](Session& session, const CancelToken&) {
          session.write_features(core->features, begin, end, samples, path);
        },
        to_undefined);
  });
}

Napi::Value SessionWrap::restore_features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    using Result = std::pair<std::vector<int32_t>, int64_t>;
    auto features = FeaturesWrap::of(info[3]);
    return job(
        info.Env(),
        [path = to_text(info[0], "path"), rows = to_integer(info[1], "rows"), labels = to_int32s(info[2], "labels"),
         features](
            Session& session, const CancelToken&) -> Result {
          auto samples = session.restore_features(path, rows, labels, features->features);
          return {std::move(samples), features->features.rows};
        },
        [features](Napi::Env env, const Result& result) -> Napi::Value {
          features->rows = result.second;
          return from_int32s(env, result.first);
        });
  });
}

Napi::Value SessionWrap::standardize(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [core = FeaturesWrap::of(info[0])](Session& session, const CancelToken&) {
          session.standardize(core->features);
        },
        to_undefined);
  });
}

Napi::Value SessionWrap::append_prepared(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto features = FeaturesWrap::of(info[1]);
    return job(
        info.Env(),
        [source = FeaturesWrap::of(info[0]), features](Session& session, const CancelToken&) {
          session.append_prepared(source->features, features->features);
          return features->features.rows;
        },
        [features](Napi::Env env, int64_t rows) -> Napi::Value {
          features->rows = rows;
          return env.Undefined();
        });
  });
}

Napi::Value SessionWrap::create_heads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [config = to_heads_config(info[0])](Session& session, const CancelToken&) {
          return std::make_shared<HeadsWrap::Core>(session.create_heads(config));
        },
        [thread = handle_.thread](Napi::Env env, const std::shared_ptr<HeadsWrap::Core>& heads) -> Napi::Value {
          HeadsWrap::Handle handle{heads, thread};
          return AddonData::of(env).heads.New({Napi::External<HeadsWrap::Handle>::New(env, &handle)});
        });
  });
}

Napi::Value SessionWrap::adopt_head(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [heads = HeadsWrap::of(info[0], handle_.thread), head = to_integer(info[1], "head")](Session& session, const CancelToken&) {
          session.adopt_head(*heads, head);
          return session.parameters();
        },
        [core = core()](Napi::Env env, const std::vector<TensorInfo>& parameters) -> Napi::Value {
          core->parameters = parameters;
          return env.Undefined();
        });
  });
}

Napi::Value SessionWrap::neighbor_votes(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [train = FeaturesWrap::of(info[0]), train_rows = to_int32s(info[1], "trainRows"),
         queries = FeaturesWrap::of(info[2]), query_rows = to_int32s(info[3], "queryRows"),
         config = to_neighbors_config(info[4])](Session& session, const CancelToken& token) {
          return session.neighbor_votes({train->features, train_rows}, {queries->features, query_rows}, config, token);
        },
        [](Napi::Env env, const at::Tensor& votes) -> Napi::Value { return from_floats(env, votes); });
  });
}

Napi::Value SessionWrap::nearest_rows(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [train = FeaturesWrap::of(info[0]), train_rows = to_int32s(info[1], "trainRows"),
         queries = FeaturesWrap::of(info[2]), query_rows = to_int32s(info[3], "queryRows"),
         columns = to_integer(info[4], "columns"), count = to_integer(info[5], "count")](Session& session,
                                                                                         const CancelToken& token) {
          return session.nearest_rows({train->features, train_rows}, {queries->features, query_rows}, columns, count,
                                      token);
        },
        [](Napi::Env env, const Neighbors& found) -> Napi::Value {
          const auto* rows = found.rows.const_data_ptr<int32_t>();
          auto neighbors = Napi::Object::New(env);
          neighbors.Set("rows", from_int32s(env, {rows, rows + found.rows.numel()}));
          neighbors.Set("similarities", from_floats(env, found.similarities));
          return neighbors;
        });
  });
}

Napi::Value SessionWrap::feature_statistics(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [features = FeaturesWrap::of(info[0]), rows = to_int32s(info[1], "rows"),
         columns = to_integer(info[2], "columns")](Session& session, const CancelToken& token) {
          return session.feature_statistics({features->features, rows}, columns, token);
        },
        [](Napi::Env env, const FeatureStatistics& found) -> Napi::Value {
          auto statistics = Napi::Object::New(env);
          statistics.Set("singularValues", from_doubles(env, found.singular_values));
          statistics.Set("centredSingularValues", from_doubles(env, found.centred_singular_values));
          statistics.Set("norm", Napi::Number::New(env, found.norm));
          statistics.Set("normDeviation", Napi::Number::New(env, found.norm_deviation));
          statistics.Set("spread", Napi::Number::New(env, found.spread));
          return statistics;
        });
  });
}

Napi::Value SessionWrap::keep_neighbors(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return job(
        info.Env(),
        [features = FeaturesWrap::of(info[0]), rows = to_int32s(info[1], "rows"), config = to_neighbors_config(info[2])](
            Session& session, const CancelToken&) {
          session.keep_neighbors({features->features, rows}, config);
          return session.parameters();
        },
        [core = core()](Napi::Env env, const std::vector<TensorInfo>& parameters) -> Napi::Value {
          core->parameters = parameters;
          return env.Undefined();
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
