#include "binding/job_thread.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#ifdef __linux__
#include <sys/resource.h>
#endif

namespace ijepa::binding {

namespace {

struct Job {
  std::function<ToJs()> work;
  Napi::Promise::Deferred deferred;
};

// A finished job on its way to the JavaScript thread.
struct Completion {
  Napi::Promise::Deferred deferred;
  std::variant<ToJs, Failure> result;
};

// The event loop comes first: on Linux niceness belongs to the thread, and an OpenMP team inherits it.
void lower_own_priority() {
#ifdef __linux__
  setpriority(PRIO_PROCESS, 0, 5);
#endif
}

}  // namespace

struct JobThread::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> queue;
  bool stopping = false;
  bool finished = false;
  int pending = 0;                 // JavaScript thread only
  std::function<void()> cancel;    // JavaScript thread only

  static void settle(Napi::Env env, Napi::Function, State* state, Completion* raw) {
    const std::unique_ptr<Completion> completion(raw);
    if (env == nullptr) return;  // the environment is ending: nobody waits any more
    if (--state->pending == 0) state->channel.Unref(env);
    if (const auto* failure = std::get_if<Failure>(&completion->result)) {
      completion->deferred.Reject(to_js_error(env, *failure).Value());
      return;
    }
    try {
      completion->deferred.Resolve(std::get<ToJs>(completion->result)(env));
    } catch (const Napi::Error& error) {
      completion->deferred.Reject(error.Value());
    } catch (...) {
      completion->deferred.Reject(to_js_error(env, current_failure()).Value());
    }
  }
  using Channel = Napi::TypedThreadSafeFunction<State, Completion, &State::settle>;
  Channel channel;

  void loop() {
    lower_own_priority();
    while (auto job = take()) {
      auto completion = std::make_unique<Completion>(Completion{job->deferred, Failure{}});
      try {
        completion->result = job->work();
      } catch (...) {
        completion->result = current_failure();
      }
      job->work = nullptr;  // lets go of what the job held before anybody hears of its end
      if (channel.NonBlockingCall(completion.get()) == napi_ok) completion.release();
    }
    channel.Release();
    std::lock_guard lock(mutex);
    finished = true;
    changed.notify_all();
  }

  std::optional<Job> take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return std::nullopt;
    std::optional<Job> job(std::move(queue.front()));
    queue.pop_front();
    return job;
  }

  void stop() {
    std::lock_guard lock(mutex);
    stopping = true;
    changed.notify_all();
  }

  // Cancels, forgets what waits, and lets the running job end.
  static void at_environment_end(void* data) {
    auto& state = *static_cast<State*>(data);
    if (state.cancel) state.cancel();
    std::unique_lock lock(state.mutex);
    state.stopping = true;
    state.queue.clear();
    state.changed.notify_all();
    state.changed.wait(lock, [&state] { return state.finished; });
  }
};

JobThread::JobThread(Napi::Env env) : state_(std::make_shared<State>()) {
  // Kept until the last completion has arrived; then its cleanup hook has nothing more to wait for.
  using Kept = std::shared_ptr<State>;
  auto kept = std::make_unique<Kept>(state_);
  // The function is never called: the channel only carries completions to State::settle.
  state_->channel = State::Channel::New(
      env, "ijepa job", 0, 1, state_.get(),
      [](Napi::Env env, Kept* raw, State* state) {
        const std::unique_ptr<Kept> kept(raw);
        napi_remove_env_cleanup_hook(env, &State::at_environment_end, state);
      },
      kept.release());
  state_->channel.Unref(env);
  napi_add_env_cleanup_hook(env, &State::at_environment_end, state_.get());
  std::thread([state = state_] { state->loop(); }).detach();
}

JobThread::~JobThread() { stop(); }

Napi::Promise JobThread::submit(Napi::Env env, std::function<ToJs()> work) {
  auto deferred = Napi::Promise::Deferred::New(env);
  {
    std::lock_guard lock(state_->mutex);
    IJEPA_CHECK(!state_->stopping, ErrorCode::kDisposed, "used after dispose()");
    state_->queue.push_back({std::move(work), deferred});
    state_->changed.notify_all();
  }
  if (state_->pending++ == 0) state_->channel.Ref(env);
  return deferred.Promise();
}

void JobThread::stop() { state_->stop(); }

void JobThread::on_environment_end(std::function<void()> cancel) { state_->cancel = std::move(cancel); }

}  // namespace ijepa::binding
