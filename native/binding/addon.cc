// The export table of the addon: the Addon interface of binding.gyp.d.ts.

#include <napi.h>

#include <future>

#include "base/caching_allocator.h"
#include "base/device.h"
#include "base/device_memory.h"
#include "base/linear_rate.h"
#include "base/stage_clock.h"
#include "binding/addon_data.h"
#include "binding/convert.h"
#include "binding/environment.h"
#include "binding/heads_wrap.h"
#include "binding/loader_wrap.h"
#include "binding/session_wrap.h"
#include "image/thumbnail.h"
#include "loader/decode_sample.h"

namespace ijepa::binding {

namespace {

Napi::Value create_loader(const Napi::CallbackInfo& info) {
  return AddonData::of(info.Env()).loader.New({info[0], info[1]});
}

Napi::Value thumbnails(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    using Pictures = std::vector<std::vector<uint8_t>>;
    return run(
        info.Env(), *AddonData::of(info.Env()).background,
        [table = to_sample_table(info[0]), samples = to_int32s(info[1], "samples"),
         size = to_integer(info[2], "size"), token = AddonData::of(info.Env()).background->token()] {
          Pictures pictures;
          for (const int32_t sample : samples) {
            token.check();
            IJEPA_CHECK(sample >= 0 && static_cast<size_t>(sample) < table->samples.size(), ErrorCode::kArgument,
                        "Expected indices of the table for samples");
            pictures.push_back(encode_thumbnail(decode_sample(*table, table->samples[sample]), size));
          }
          return pictures;
        },
        [](Napi::Env env, const Pictures& pictures) -> Napi::Value {
          auto list = Napi::Array::New(env, pictures.size());
          for (uint32_t i = 0; i < pictures.size(); ++i)
            list.Set(i, from_bytes(env, pictures[i].data(), pictures[i].size()));
          return list;
        });
  });
}

// On a thread that ends: a team of OpenMP's that outlives it makes all teams wait as if there were too many.
template <typename Measure>
auto measure_with(int threads, Measure measure) {
  IJEPA_CHECK(threads > 0, ErrorCode::kArgument, "Expected at least one thread");
  const auto work = [threads, measure] {
    const ComputeScope scope(at::kCPU, threads);
    return measure();
  };
  return std::async(std::launch::async, work).get();
}

Napi::Value linear_rates(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return run(
        info.Env(), *AddonData::of(info.Env()).background,
        [threads = static_cast<int>(to_integer(info[0], "threads")), seconds = to_number(info[1], "seconds")] {
          return measure_with(threads, [seconds] { return measure_linear_rates(seconds); });
        },
        [](Napi::Env env, const LinearRates& rates) -> Napi::Value {
          auto result = Napi::Object::New(env);
          result.Set("blas", Napi::Number::New(env, rates.blas));
          result.Set("onednn", Napi::Number::New(env, rates.onednn));
          return result;
        });
  });
}

Napi::Value bf16_rate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return run(
        info.Env(), *AddonData::of(info.Env()).background,
        [threads = static_cast<int>(to_integer(info[0], "threads")), seconds = to_number(info[1], "seconds")] {
          return measure_with(threads, [seconds] { return measure_bf16_rate(seconds); });
        },
        [](Napi::Env env, double rate) -> Napi::Value { return Napi::Number::New(env, rate); });
  });
}

Napi::Value measure_stages(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    ijepa::measure_stages(to_bool(info[0], "on"));
    return info.Env().Undefined();
  });
}

Napi::Value stage_times(const Napi::CallbackInfo& info) {
  // In the order of Stage.
  constexpr std::array<const char*, kStages> kNames{"read",    "decode",   "resize", "augment", "wait",
                                                    "forward", "backward", "step",   "predict"};
  const auto times = ijepa::stage_times();
  auto result = Napi::Object::New(info.Env());
  for (size_t i = 0; i < kStages; ++i) {
    auto stage = Napi::Object::New(info.Env());
    stage.Set("seconds", Napi::Number::New(info.Env(), times[i].seconds));
    stage.Set("images", Napi::Number::New(info.Env(), static_cast<double>(times[i].images)));
    result.Set(kNames[i], stage);
  }
  return result;
}

Napi::Value cpu_memory(const Napi::CallbackInfo& info) {
  const auto [live, peak, cached] = ijepa::cpu_memory();
  reset_peak_cpu_memory();
  auto result = Napi::Object::New(info.Env());
  const auto set = [&](const char* name, size_t bytes) {
    result.Set(name, Napi::Number::New(info.Env(), static_cast<double>(bytes)));
  };
  set("live", live);
  set("peak", peak);
  set("cached", cached);
  return result;
}

Napi::Value memory_of_device(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto [held, peak, free] = device_memory(to_device(to_text(info[0], "device")));
    auto result = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, size_t bytes) {
      result.Set(name, Napi::Number::New(info.Env(), static_cast<double>(bytes)));
    };
    set("held", held);
    set("peak", peak);
    if (free) set("free", *free);
    return result;
  });
}

Napi::Value set_cpu_memory_limit(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const double bytes = to_number(info[0], "bytes");
    IJEPA_CHECK(bytes >= 0 && bytes < 0x1p63, ErrorCode::kArgument, "Expected bytes of at least 0");
    limit_cpu_memory(static_cast<size_t>(bytes));
    return info.Env().Undefined();
  });
}

Napi::Value end(const Napi::CallbackInfo& info) {
  AddonData::of(info.Env()).endings->run();
  return info.Env().Undefined();
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  install_caching_allocator();
  auto data = std::make_unique<AddonData>();
  data->session = Napi::Persistent(SessionWrap::define(env));
  data->loader = Napi::Persistent(LoaderWrap::define(env));
  data->features = Napi::Persistent(FeaturesWrap::define(env));
  data->heads = Napi::Persistent(HeadsWrap::define(env));
  data->background = std::make_unique<JobThread>(env, data->endings);
  env.SetInstanceData(data.release());
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("environment", environment);
  add("createSession", SessionWrap::create);
  add("createLoader", create_loader);
  add("thumbnails", thumbnails);
  add("linearRates", linear_rates);
  add("bf16Rate", bf16_rate);
  add("measureStages", measure_stages);
  add("stageTimes", stage_times);
  add("cpuMemory", cpu_memory);
  add("deviceMemory", memory_of_device);
  add("limitCpuMemory", set_cpu_memory_limit);
  add("end", end);
  return exports;
}

NODE_API_MODULE(ijepa, init)

}  // namespace

}  // namespace ijepa::binding
