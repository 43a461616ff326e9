#pragma once

// Where the time of this process goes: measured by stage, over all its threads, while somebody wants to know.

#include <c10/core/Device.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace ijepa {

// The first four are a loader's, on threads of their own; the rest is what the thread that trains or predicts
// does: it waits for a batch, makes an update, or predicts (a forward pass without gradients).
enum class Stage { kRead, kDecode, kResize, kAugment, kWait, kForward, kBackward, kStep, kPredict };
constexpr size_t kStages = 9;

struct StageTime {
  double seconds = 0;
  int64_t images = 0;
};

// Begins to measure, from zero, or ends it.
void measure_stages(bool on);

// By Stage, since the beginning.
std::array<StageTime, kStages> stage_times();

// Measures the stages of one piece of work, one after another; where nobody wants to know it looks at a flag
// and does nothing. Decoding, resizing and augmenting count the processor time of the calling thread, which
// shares the processors with training; all else counts the time that passes, with the time that the disk or
// the device takes.
class StageClock {
 public:
  // `images`: how many the work is for. On another device than the CPU each stage ends when the device has
  // done it.
  StageClock(Stage first, int64_t images, at::Device device = at::kCPU);
  ~StageClock();  // ends the last stage
  StageClock(const StageClock&) = delete;
  StageClock& operator=(const StageClock&) = delete;

  // The stage that runs ends, and this one begins.
  void next(Stage stage);

  // For work that knows at its end only for how many images it was.
  void set_images(int64_t images) { images_ = images; }

 private:
  void wait_for_device() const;
  void add() const;

  bool on_;
  Stage stage_;
  int64_t images_;
  at::Device device_;
  int64_t begun_ = 0;  // nanoseconds of the stage's own clock
};

}  // namespace ijepa
