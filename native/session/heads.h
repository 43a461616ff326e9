#pragma once

// Many linear heads on kept features, trained in one pass: a sweep costs little more than one head, and each head is what it
// would be if it were trained alone. Not thread-safe: it belongs to the compute thread of its session.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/linear.h"
#include "checkpoint/named_tensors.h"
#include "checkpoint/plan.h"
#include "head/head_group.h"
#include "head/logistic.h"
#include "head/score_sums.h"
#include "optim/stacked_optimizer.h"
#include "session/features.h"

namespace ijepa {

// Heads that see the same: the last `columns` columns of the features, through the same batch norm.
struct HeadGroupConfig {
  int64_t columns = 0;
  HeadNorm norm = HeadNorm::kNone;
  std::vector<double> weight_decays;  // a head each
};

// By head, over the rows or updates since the last reading; NaN where there were none.
struct HeadMeans {
  std::vector<double> loss, top1;     // means over rows
  std::vector<double> gradient_norm;  // mean over updates of the L2 norm
  int64_t rows = 0, updates = 0;
};

// Field by field the HeadsConfig of binding.gyp.d.ts. Heads are counted through all groups.
struct HeadsConfig {
  int64_t classes = 0;
  std::vector<HeadGroupConfig> groups;
  StackedOptimizer::Kind kind;
  bool decay_biases = false;
  double init = 0;
  uint64_t seed = 0;
};

class Heads {
 public:
  Heads(const HeadsConfig& config, at::Device device, int threads, LinearKernel kernel);

  int64_t size() const { return meter_.losses.size(0); }

  // One update of every head on these rows; learning rates by head. Cancelled in the middle it changes nothing.
  void step(const Features& features, const std::vector<int32_t>& rows, const std::vector<double>& learning_rates,
            const CancelToken& cancel);
  // What was measured since the last reading. Waits for the device.
  HeadMeans read_means();

  // Each head becomes the logistic regression on these rows with its inverse strength, whatever it was before. For heads without
  // batch norm, and rows of every class. The fit's weight and bias are left undefined: they are the heads'.
  LogisticFit fit_logistic(const Features& features, const std::vector<int32_t>& rows, const LogisticConfig& config,
                           const CancelToken& cancel);

  // All heads on these rows, with running statistics where there is batch norm.
  HeadScores scores(const Features& features, const std::vector<int32_t>& rows, const CancelToken& cancel) const;
  // One head as the linear layer on features that it is in evaluation: weight [C, F], F the columns that it sees, and bias [C].
  std::pair<at::Tensor, at::Tensor> folded(int64_t head) const;
  // One head's logits of rows [begin, end): float32 CPU [rows, C].
  at::Tensor predict(const Features& features, int64_t begin, int64_t end, int64_t head) const;

  // `heads.<group>.weight`, …: parameters and statistics of the groups; the optimizers' state; `meter.losses`,
  // `meter.correct`, `meter.gradient_norms`, `meter.samples` and `meter.updates`; and, computed from these, `classifier.<head>.weight` [C, F] and `.bias` with batch norm folded in.
  std::vector<TensorInfo> tensors() const;
  void load(const std::vector<PlannedTensor>& plan, const CancelToken& cancel);
  void write(const std::string& path, const std::vector<uint8_t>& header, const std::vector<Piece>& pieces) const;
  at::Tensor read(const std::string& name) const;  // float32, CPU, contiguous

 private:
  struct Group {
    HeadGroup heads;
    StackedOptimizer optimizer;
    int64_t first = 0;  // its first head among all
  };

  void check(const Features& features) const;
  // Takes what an update of a group was into the sums.
  void measure(const Group& group, const HeadGradients& gradients, int64_t rows);
  std::vector<NamedTensor> state() const;
  std::vector<NamedTensor> meter_state() const;
  at::Tensor tensor(const std::string& name) const;
  std::pair<const Group*, int64_t> find_head(int64_t head) const;

  int64_t classes_;
  at::Device device_;
  int threads_;
  LinearKernel kernel_;
  std::vector<Group> groups_;
  struct Meter {
    at::Tensor losses, correct, gradient_norms;  // float64 [H]: sums over rows, of the last over updates
    at::Tensor samples, updates;                 // int64 scalars, CPU
  };
  Meter meter_;
};

}  // namespace ijepa
