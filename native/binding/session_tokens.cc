// Sessions: the output of frozen blocks, kept in a file.

#include "binding/convert.h"
#include "binding/loader_wrap.h"
#include "binding/session_wrap.h"

namespace ijepa::binding {

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
        from_int32s);
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
        [path = to_text(info[0], "path"),
         reading = TokenReading{.rows = to_integer(info[1], "rows"),
                                .labels = to_int32s(info[2], "labels"),
                                .is_checked = to_bool(info[3], "checked")}](Session& session, const CancelToken& token) {
          return session.open_tokens(path, reading, token);
        },
        from_int32s);
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

}  // namespace ijepa::binding
