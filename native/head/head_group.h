#pragma once

// Linear heads that see the same features, computed as one: their weights are stacked, so that one product serves them all.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/linear.h"

namespace ijepa {

// Batch norm before the heads (Ioffe & Szegedy 2015, arXiv:1502.03167), with momentum 0.1.
enum class HeadNorm {
  kNone,
  kAffine,  // each head trains a scale and a shift of its own; epsilon 1e-5: VISSL's eval_mlp
  kPlain    // without these; epsilon 1e-6: MAE's linear probe
};

// What a group sees of a batch: statistics are undefined without batch norm.
struct HeadInput {
  at::Tensor values;          // float32 [B, F], normalised by the batch's own statistics
  at::Tensor mean, variance;  // [F]; the variance is the unbiased one
};

struct HeadGradients {
  std::vector<at::Tensor> of_parameters;  // as HeadGroup::parameters()
  at::Tensor losses;                      // float32 [H]: mean cross-entropy of the batch
  at::Tensor correct;                     // int64 [H]: rows whose label has the largest logit
};

// H heads of C classes on F features.
class HeadGroup {
 public:
  HeadGroup(int64_t heads, int64_t classes, int64_t columns, HeadNorm norm, at::Device device);

  // Every head the same: weights from a normal distribution of this deviation cut at ±2 (0: all 0), biases 0.
  void initialize(double deviation, uint64_t seed);

  int64_t size() const { return weight_.size(0); }
  int64_t classes() const { return weight_.size(1); }
  int64_t columns() const { return weight_.size(2); }
  HeadNorm norm() const { return norm_; }

  // Stacked by head: `weight` [H, C, F], `bias` [H, C]; with kAffine `scale` and `shift` [H, F].
  std::vector<std::pair<const char*, at::Tensor>> parameters() const;
  // `running_mean` and `running_var` [F], which all heads of a group share; none without batch norm.
  std::vector<std::pair<const char*, at::Tensor>> statistics() const;

  // Features [B, F] as they are in training; B > 1 with batch norm.
  HeadInput input(const at::Tensor& features) const;

  // Of each head's mean loss on these examples, labels int64 [B]. Nothing changes. The gradient of softmax's cross-entropy
  // is known in closed form, and nothing below the heads trains: two products, and no graph.
  HeadGradients gradients(const at::Tensor& input, const at::Tensor& labels, LinearKernel kernel,
                          const CancelToken& cancel) const;

  // Takes a batch's statistics into the running ones.
  void track(const HeadInput& input);

  // Heads [begin, end) as they are in evaluation, as linear layers on features: weight [(end - begin) · C, F] and bias, with
  // batch norm folded in.
  std::pair<at::Tensor, at::Tensor> folded(int64_t begin, int64_t end) const;

 private:
  // The same, on what input() gives.
  std::pair<at::Tensor, at::Tensor> scaled(int64_t begin, int64_t end) const;
  void add_gradients(int64_t begin, const at::Tensor& weight, const at::Tensor& bias, HeadGradients& sum) const;
  double epsilon() const { return norm_ == HeadNorm::kAffine ? 1e-5 : 1e-6; }

  HeadNorm norm_;
  at::Tensor weight_, bias_, scale_, shift_;
  at::Tensor running_mean_, running_var_;
};

}  // namespace ijepa
