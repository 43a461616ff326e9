// Sessions: pooled features, and heads and neighbours on them.

#include <utility>

#include "binding/addon_data.h"
#include "binding/convert.h"
#include "binding/heads_wrap.h"
#include "binding/loader_wrap.h"
#include "binding/session_wrap.h"

namespace ijepa::binding {

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
    return AddonData::of(info.Env()).features.New({thread, info[0], info[1]});
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
         samples = to_int32s(info[3], "samples"), place = to_integer(info[4], "place"),
         path = to_text(info[5], "path")](Session& session, const CancelToken&) {
          session.write_features(core->features, begin, end, samples, place, path);
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
            Session& session, const CancelToken& token) -> Result {
          auto samples = session.restore_features(path, rows, labels, features->features, token);
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

namespace {

// Of one set of features something is appended to another, whose rows then are counted anew.
template <typename Append>
auto appending(const Napi::CallbackInfo& info, Append append) {
  auto target = FeaturesWrap::of(info[1]);
  return std::pair(
      [source = FeaturesWrap::of(info[0]), target, append](Session& session, const CancelToken&) {
        append(session, source->features, target->features);
        return target->features.rows;
      },
      [target](Napi::Env env, int64_t rows) -> Napi::Value {
        target->rows = rows;
        return env.Undefined();
      });
}

}  // namespace

Napi::Value SessionWrap::append_rows(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto [work, to_js] = appending(info, [](Session& session, const Features& source, Features& target) {
      session.append_rows(source, target);
    });
    return job(info.Env(), work, to_js);
  });
}

Napi::Value SessionWrap::append_prepared(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto [work, to_js] = appending(info, [](Session& session, const Features& source, Features& target) {
      session.append_prepared(source, target);
    });
    return job(info.Env(), work, to_js);
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

}  // namespace ijepa::binding
