#pragma once

// What this addon finds around it: LibTorch, devices, decoders.

#include <napi.h>

namespace ijepa::binding {

Napi::Value environment(const Napi::CallbackInfo& info);

}  // namespace ijepa::binding
