#pragma once

// What the updates since the last reading came to; it stays on the device until it is read.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace ijepa {

struct StepMeans {
  // Loss and fraction of samples whose label is the largest logit: means over samples. Gradient norm before
  // clipping: mean over updates. NaN when there were none.
  double loss = 0, gradient_norm = 0, top1 = 0;
  int64_t samples = 0, updates = 0;  // of the updates that were made
  int64_t skipped = 0;               // updates that were not made, because loss or gradients were not finite,
  std::vector<int32_t> skipped_samples;  // and the samples of the first of them
};

// One update, all on the device.
struct StepOutcome {
  at::Tensor loss;           // mean, scalar
  at::Tensor logits;         // [B, C]
  at::Tensor labels;         // [B]
  at::Tensor gradient_norm;  // scalar
  at::Tensor skip;           // float32 scalar: 1 where it was not made,
  at::Tensor failed;         // and 1 where that is to be told
};

// What is not read yet, as a checkpoint keeps it.
struct UnreadSteps {
  at::Tensor sums;             // float64 [6], as StepMeter has them
  at::Tensor skipped_samples;  // int32 [n], n = 0 where every update was made
};

class StepMeter {
 public:
  explicit StepMeter(at::Device device);

  void add(const StepOutcome& outcome, std::vector<int32_t> samples);

  // Waits for the device, and begins anew.
  StepMeans read();

  // Whether there has been an update since the last reading.
  bool is_unread() const { return is_unread_; }
  // Waits for the device; what is not read stays so.
  UnreadSteps unread() const;
  // What another meter had not read comes before the updates of this one.
  void restore(const UnreadSteps& unread);

 private:
  void clear();

  at::Device device_;
  bool is_unread_ = false;
  at::Tensor sums_;  // float64 [6]: loss · samples, correct, samples, gradient norm, updates, skipped ones
  at::Tensor first_skipped_;  // float64 [1]: index into samples_, or infinity
  std::vector<std::vector<int32_t>> samples_;
};

}  // namespace ijepa
