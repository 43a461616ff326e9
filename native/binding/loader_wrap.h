#pragma once

// The Loader and Features classes of binding.gyp.d.ts.

#include <napi.h>

#include <memory>

#include "binding/endings.h"
#include "binding/job_thread.h"
#include "loader/loader.h"
#include "session/session.h"

namespace ijepa::binding {

class LoaderWrap : public Napi::ObjectWrap<LoaderWrap>, private Ending {
 public:
  static Napi::Function define(Napi::Env env);
  explicit LoaderWrap(const Napi::CallbackInfo& info);  // (table, options)
  ~LoaderWrap() override;

  // The loader of a JavaScript value; kDisposed after dispose().
  static std::shared_ptr<Loader> of(const Napi::Value& value);

 private:
  Napi::Value start(const Napi::CallbackInfo& info);
  Napi::Value bad(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);
  std::shared_ptr<Loader> core() const;
  void begin_to_end() override;
  void wait_for_end() override;

  std::shared_ptr<Loader> loader_;
  std::shared_ptr<Endings> endings_;
};

class FeaturesWrap : public Napi::ObjectWrap<FeaturesWrap> {
 public:
  // `rows` is the JavaScript thread's copy of features.rows, which belongs to the compute thread.
  struct Core {
    Features features;
    int64_t rows = 0;
  };

  static Napi::Function define(Napi::Env env);
  explicit FeaturesWrap(const Napi::CallbackInfo& info);  // (thread: External<shared_ptr<JobThread>>, layers, mostMapped)

  static std::shared_ptr<Core> of(const Napi::Value& value);

 private:
  Napi::Value rows(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);
  std::shared_ptr<Core> core() const;

  std::shared_ptr<Core> core_;
  std::shared_ptr<JobThread> thread_;  // of the session that made it
  bool is_mapped_ = false;             // files may be
};

}  // namespace ijepa::binding
