#pragma once

// The Session class of binding.gyp.d.ts: a session and its compute thread.

#include <napi.h>

#include <memory>
#include <optional>
#include <utility>

#include "binding/job_thread.h"
#include "session/session.h"

namespace ijepa::binding {

class SessionWrap : public Napi::ObjectWrap<SessionWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  // Resolves with a new Session.
  static Napi::Value create(const Napi::CallbackInfo& info);
  explicit SessionWrap(const Napi::CallbackInfo& info);  // (External<Handle>)
  ~SessionWrap() override;

 private:
  struct Core {
    std::optional<Session> session;  // compute thread only
    std::vector<TensorInfo> parameters;  // the event loop's copy
  };
  struct Handle {
    std::shared_ptr<Core> core;
    std::shared_ptr<JobThread> thread;
  };

  Napi::Value parameters(const Napi::CallbackInfo& info);
  Napi::Value tensors(const Napi::CallbackInfo& info);
  Napi::Value load(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value configure_training(const Napi::CallbackInfo& info);
  Napi::Value set_label_sets(const Napi::CallbackInfo& info);
  Napi::Value train_step(const Napi::CallbackInfo& info);
  Napi::Value train_step_on_features(const Napi::CallbackInfo& info);
  Napi::Value create_tokens(const Napi::CallbackInfo& info);
  Napi::Value append_tokens(const Napi::CallbackInfo& info);
  Napi::Value commit_tokens(const Napi::CallbackInfo& info);
  Napi::Value open_tokens(const Napi::CallbackInfo& info);
  Napi::Value close_tokens(const Napi::CallbackInfo& info);
  Napi::Value train_step_on_tokens(const Napi::CallbackInfo& info);
  Napi::Value predict_on_tokens(const Napi::CallbackInfo& info);
  Napi::Value read_means(const Napi::CallbackInfo& info);
  Napi::Value use_averages(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value explain(const Napi::CallbackInfo& info);
  Napi::Value predict_on_features(const Napi::CallbackInfo& info);
  Napi::Value create_features(const Napi::CallbackInfo& info);
  Napi::Value append_features(const Napi::CallbackInfo& info);
  Napi::Value write_features(const Napi::CallbackInfo& info);
  Napi::Value restore_features(const Napi::CallbackInfo& info);
  Napi::Value standardize(const Napi::CallbackInfo& info);
  Napi::Value append_rows(const Napi::CallbackInfo& info);
  Napi::Value append_prepared(const Napi::CallbackInfo& info);
  Napi::Value create_heads(const Napi::CallbackInfo& info);
  Napi::Value adopt_head(const Napi::CallbackInfo& info);
  Napi::Value neighbor_votes(const Napi::CallbackInfo& info);
  Napi::Value nearest_rows(const Napi::CallbackInfo& info);
  Napi::Value feature_statistics(const Napi::CallbackInfo& info);
  Napi::Value keep_neighbors(const Napi::CallbackInfo& info);
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<Core> core() const;

  // Queues `work(session, token)` on the compute thread; refused once cancelled.
  template <typename Work, typename Convert>
  Napi::Value job(Napi::Env env, Work work, Convert to_js);

  Handle handle_;
};

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

}  // namespace ijepa::binding
