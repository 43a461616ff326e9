#include "base/stage_clock.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <atomic>
#include <chrono>
#include <ctime>

namespace ijepa {

namespace {

struct Sums {
  std::atomic<int64_t> nanoseconds{0}, images{0};
};

// Of the process, as the processors are.
std::atomic<bool> measuring{false};
std::array<Sums, kStages> sums;

bool counts_processor_time(Stage stage) {
  return stage == Stage::kDecode || stage == Stage::kResize || stage == Stage::kAugment;
}

int64_t now(Stage stage) {
  if (!counts_processor_time(stage)) {
    const auto passed = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count();
  }
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{1'000'000'000} * time.tv_sec + time.tv_nsec;
}

}  // namespace

void measure_stages(bool on) {
  measuring = false;
  for (auto& sum : sums) sum.nanoseconds = sum.images = 0;
  measuring = on;
}

std::array<StageTime, kStages> stage_times() {
  std::array<StageTime, kStages> times;
  for (size_t i = 0; i < kStages; ++i)
    times[i] = {1e-9 * static_cast<double>(sums[i].nanoseconds.load()), sums[i].images.load()};
  return times;
}

StageClock::StageClock(Stage first, int64_t images, at::Device device)
    : on_(measuring.load(std::memory_order_relaxed)), stage_(first), images_(images), device_(device) {
  if (on_) begun_ = now(stage_);
}

StageClock::~StageClock() {
  if (!on_) return;
  try {
    wait_for_device();
  } catch (...) {
    // A device that has failed says so again to whoever uses it next.
  }
  add();
}

void StageClock::next(Stage stage) {
  if (!on_) return;
  wait_for_device();
  add();
  stage_ = stage;
  begun_ = now(stage_);
}

void StageClock::wait_for_device() const {
  if (!device_.is_cpu()) c10::impl::VirtualGuardImpl(device_.type()).synchronizeDevice(device_.index());
}

void StageClock::add() const {
  auto& sum = sums[static_cast<size_t>(stage_)];
  sum.nanoseconds += now(stage_) - begun_;
  sum.images += images_;
}

}  // namespace ijepa
