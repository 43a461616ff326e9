#pragma once

// The Heads class of binding.gyp.d.ts: heads on the compute thread of the session that made them.

#include <napi.h>

#include <memory>

#include "binding/job_thread.h"
#include "session/heads.h"

namespace ijepa::binding {

class HeadsWrap : public Napi::ObjectWrap<HeadsWrap> {
 public:
  using Core = Heads;  // compute thread only
  struct Handle {
    std::shared_ptr<Core> core;
    std::shared_ptr<JobThread> thread;
  };

  static Napi::Function define(Napi::Env env);
  explicit HeadsWrap(const Napi::CallbackInfo& info);  // (External<Handle>)

  // The heads of an argument, which must be of that compute thread.
  static std::shared_ptr<Core> of(const Napi::Value& value, const std::shared_ptr<JobThread>& thread);

 private:
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value read_means(const Napi::CallbackInfo& info);
  Napi::Value fit_logistic(const Napi::CallbackInfo& info);
  Napi::Value scores(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value tensors(const Napi::CallbackInfo& info);
  Napi::Value load(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<Core> core() const;

  // Queues `work(heads, token)` on the compute thread; refused once cancelled.
  template <typename Work, typename Convert>
  Napi::Value job(Napi::Env env, Work work, Convert to_js);

  Handle handle_;
};

}  // namespace ijepa::binding
