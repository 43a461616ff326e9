#pragma once

// What belongs to one environment (the main thread's or a worker's): nothing here is static, so several can live at once.

#include <napi.h>

#include <memory>

#include "binding/endings.h"
#include "binding/job_thread.h"

namespace ijepa::binding {

struct AddonData {
  Napi::FunctionReference session;
  Napi::FunctionReference loader;
  Napi::FunctionReference features;
  Napi::FunctionReference heads;
  std::shared_ptr<Endings> endings = std::make_shared<Endings>();
  std::unique_ptr<JobThread> background;  // short jobs that belong to no session

  static AddonData& of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }
};

}  // namespace ijepa::binding
