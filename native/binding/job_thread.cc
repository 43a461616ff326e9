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

  void settle(Napi::Env env) const {
    if (const auto* failure = std::get_if<Failure>(&result)) return deferred.Reject(to_js_error(env, *failure).Value());
    try {
      deferred.Resolve(std::get<ToJs>(result)(env));
    } catch (const Napi::Error& error) {
      deferred.Reject(error.Value());
    } catch (...) {
      deferred.Reject(to_js_error(env, current_failure()).Value());
    }
  }
};

// The event loop comes first: on Linux niceness belongs to the thread, and an OpenMP team inherits it.
void lower_own_priority() {
#ifdef __linux__
  setpriority(PRIO_PROCESS, 0, 5);
#endif
}

}  // namespace

struct JobThread::State : Ending {
  std::mutex mutex;  // of queue and stopping
  std::condition_variable changed;
  std::deque<Job> queue;
  bool stopping = false;
  CancelSource cancel;
  // JavaScript thread only:
  std::thread thread;
  int pending = 0;
  std::shared_ptr<Endings> endings;

  static void settle(Napi::Env env, Napi::Function, State* state, Completion* raw) {
    const std::unique_ptr<Completion> completion(raw);
    if (env == nullptr) return;  // the environment has ended: nobody waits any more
    try {
      if (--state->pending == 0) state->channel.Unref(env);
      completion->settle(env);
    } catch (const Napi::Error&) {
      // A worker that is being terminated runs no JavaScript any more: no promise of it can be settled.
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

  // Cancels the running job and forgets those that wait.
  void begin_to_end() override {
    cancel.cancel();
    std::deque<Job> forgotten;  // freed without the lock: a job may be the last owner of something that waits for threads
    std::lock_guard lock(mutex);
    stopping = true;
    queue.swap(forgotten);
    changed.notify_all();
  }

  void wait_for_end() override {
    if (thread.joinable()) thread.join();
  }

  static void at_environment_end(void* data) {
    auto& state = *static_cast<State*>(data);
    state.endings->begin();
    state.wait_for_end();
  }

  // The thread has let go of the channel: it is about to end, or has.
  static void at_channel_end(Napi::Env env, std::shared_ptr<State>* raw, State*) {
    const std::unique_ptr<std::shared_ptr<State>> kept(raw);
    State& state = **kept;
    state.endings->remove(state);
    napi_remove_env_cleanup_hook(env, &State::at_environment_end, &state);
    state.wait_for_end();
  }
};

JobThread::JobThread(Napi::Env env, std::shared_ptr<Endings> endings) : state_(std::make_shared<State>()) {
  state_->endings = std::move(endings);
  // Kept until the last completion has arrived; then its cleanup hook has nothing more to wait for.
  auto kept = std::make_unique<std::shared_ptr<State>>(state_);
  // The function is never called: the channel only carries completions to State::settle.
  state_->channel =
      State::Channel::New(env, "ijepa job", 0, 1, state_.get(), &State::at_channel_end, kept.release());
  state_->channel.Unref(env);
  // After the channel's own hook, so called before it.
  napi_add_env_cleanup_hook(env, &State::at_environment_end, state_.get());
  state_->endings->add(*state_);
  state_->thread = std::thread([state = state_] { state->loop(); });
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

void JobThread::cancel() { state_->cancel.cancel(); }

CancelToken JobThread::token() const { return state_->cancel.token(); }

}  // namespace ijepa::binding
