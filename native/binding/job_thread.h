#pragma once

// A thread with a queue: jobs run there in order, and their results settle promises on the JavaScript thread.

#include <napi.h>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/cancel.h"
#include "binding/endings.h"
#include "binding/failure.h"

namespace ijepa::binding {

// Makes a JavaScript value on the JavaScript thread.
using ToJs = std::function<Napi::Value(Napi::Env)>;

class JobThread {
 public:
  // The thread ends when stop() is called, or with `endings`, whose end waits for the running job.
  JobThread(Napi::Env env, std::shared_ptr<Endings> endings);
  ~JobThread();  // stop()
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  // Queues `work` (off the JavaScript thread; holds no JavaScript value; owns what it uses). The promise resolves with
  // what the returned function makes, or rejects with what `work` throws. Call from the JavaScript thread.
  Napi::Promise submit(Napi::Env env, std::function<ToJs()> work);

  // No further job is taken; those queued still run. Never blocks.
  void stop();

  // Cancels the tokens given so far, those of the running and the queued jobs; so does the end of the environment.
  void cancel();
  CancelToken token() const;  // valid in jobs of this thread

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The one way of an asynchronous call: `work` gives a value off the JavaScript thread, `to_js(env, value)` converts it.
template <typename Work, typename Convert>
Napi::Promise run(Napi::Env env, JobThread& thread, Work work, Convert to_js) {
  return thread.submit(env, [work = std::move(work), to_js = std::move(to_js)]() mutable -> ToJs {
    if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
      work();
      return [to_js](Napi::Env env) -> Napi::Value { return to_js(env); };
    } else {
      auto value = std::make_shared<std::invoke_result_t<Work&>>(work());
      return [to_js, value](Napi::Env env) -> Napi::Value { return to_js(env, *value); };
    }
  });
}

// For jobs that resolve with undefined.
inline Napi::Value to_undefined(Napi::Env env) { return env.Undefined(); }

}  // namespace ijepa::binding
