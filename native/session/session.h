#pragma once

// A classifier (encoder, pooling, head) with its loss and optimizer on one device. Not thread-safe: one
// thread calls it (the binding's compute thread); cancellation reaches it through the token.

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "augment/mixup.h"
#include "base/batch.h"
#include "base/linear.h"
#include "base/precision.h"
#include "checkpoint/named_tensors.h"
#include "checkpoint/plan.h"
#include "head/pooling.h"
#include "optim/optimizer.h"
#include "session/explanation.h"
#include "session/feature_statistics.h"
#include "session/features.h"
#include "session/heads.h"
#include "session/loss.h"
#include "session/neighbors.h"
#include "session/step_meter.h"
#include "session/token_file.h"

namespace ijepa {

// Field by field the SessionConfig of binding.gyp.d.ts.
struct SessionConfig {
  int64_t embed_dim = 0, depth = 0, heads = 0, mlp_dim = 0, patch_size = 0;
  int64_t image_height = 0, image_width = 0;
  double layer_norm_eps = 1e-6;
  int64_t classes = 0;
  int64_t layers = 1;  // last blocks whose pooled outputs, side by side, are the head's input
  bool normalize_rows = false;  // which centres and normalises it; see unit_rows()
  Pooling pooling = Pooling::kNormThenMean;
  std::array<double, 3> mean{}, std{};
  std::string device = "cpu";
  int threads = 1;
  uint64_t seed = 0;
  double head_init = 0;
  LinearKernel linear_kernel = LinearKernel::kBlas;
};

struct TrainingConfig {
  OptimizerKind optimizer = OptimizerKind::kAdamW;
  OptimizerOptions optimizer_options;
  std::vector<ParameterGroup> groups;
  Precision precision = Precision::kFloat32;
  LossOptions loss;
  MixupOptions mixup;
  int64_t micro_batch = 0;  // samples that are computed at a time; 0: all of a batch
  double clip_gradient = 0;
  double drop_path = 0;
  double average = 0;  // decay of averaged parameters; 0: none
  bool checkpointing = false;
};

// How a file of tokens is read.
struct TokenReading {
  int64_t rows = 0;             // that it has to have; 0: any
  std::vector<int32_t> labels;  // of all samples, in the place of those that it was written with; none: those
  bool is_checked = true;       // else all its bytes are looked at first
};

class Session {
 public:
  explicit Session(const SessionConfig& config);
  Session(Session&&) noexcept;
  ~Session();

  std::vector<TensorInfo> parameters() const;
  std::vector<TensorInfo> tensors() const;
  void load(const std::vector<PlannedTensor>& plan, const CancelToken& cancel);
  // `header` first, then the pieces, to a temporary name beside `path`; fsync; rename.
  void write(const std::string& path, const std::vector<uint8_t>& header, const std::vector<Piece>& pieces);
  at::Tensor read(const std::string& name) const;  // float32, CPU, contiguous

  void configure_training(const TrainingConfig& config);
  // Several labels a sample, in place of those of batches and features, by sample or by row of features; see LabelSets.
  void set_label_sets(std::vector<int32_t> offsets, std::vector<int32_t> labels);
  // An update on `batch`: forward and backward, part by part, then clip and step. Cancelled in the middle it changes
  // nothing.
  void train_step(const Batch& batch, double learning_rate, const CancelToken& cancel);
  void train_step_on_features(const Features& features, const std::vector<int32_t>& rows,
                              double learning_rate);

  // A frozen encoder's output, kept in a file. In this order: what is cut where (under the configuration of now), batches,
  // the file's name on the disk.
  void create_tokens(const std::string& path, const Prefix& prefix);
  void append_tokens(const Batch& batch, const CancelToken& cancel);
  void commit_tokens();
  // Reads from that file, too, from now on: its rows come after those of the files that are open. The sample of each. Throws Error
  // (kFile) where it is damaged, or of another encoder or data set.
  std::vector<int32_t> open_tokens(const std::string& path, const TokenReading& reading = {}, const CancelToken& cancel = {});
  // Forgets what was created or opened; what was not committed is removed.
  void close_tokens();
  // An update on rows of the open files: what is below is not computed again.
  void train_step_on_tokens(const std::vector<int32_t>& rows, double learning_rate, const CancelToken& cancel);
  // Logits of rows of the open files, float32 CPU [rows, C].
  at::Tensor predict_on_tokens(const std::vector<int32_t>& rows, const CancelToken& cancel);
  StepMeans read_means();
  // From now on everything sees the averages of the parameters, or the parameters again. Training with the averages is
  // refused.
  void use_averages(bool averages);

  at::Tensor predict(const Batch& batch, Precision precision,
                     const CancelToken& cancel);  // float32 CPU [B, C]
  at::Tensor predict_on_features(const Features& features, int64_t begin,
                                 int64_t end);  // float32 CPU [rows, C]
  // Of every picture of the batch for its label; where it has none, for the class that is predicted.
  Explanation explain(const Batch& batch, ExplanationMethod method, const CancelToken& cancel);
  void append_features(const Batch& batch, Features& features, Precision precision,
                       const CancelToken& cancel);
  // Rows [begin, end) of features to a file, whole or not at all, with the sample of each. `place`: the row that its first one
  // is to be, of features that show the file.
  void write_features(const Features& features, int64_t begin, int64_t end, const std::vector<int32_t>& samples,
                      int64_t place, const std::string& path);
  // Appends the `rows` rows of such a file, each with the label of its sample; the sample of each. Where the features show
  // files they are not read into memory, but for their checksums. Throws Error (kFile) where it is damaged or holds others.
  std::vector<int32_t> restore_features(const std::string& path, int64_t rows, const std::vector<int32_t>& labels,
                                        Features& features, const CancelToken& cancel);
  void append_rows(const Features& source, Features& features) const;
  void standardize(const Features& features);
  // As the head's linear layer sees them: normalised where it normalises, standardised after standardize().
  void append_prepared(const Features& source, Features& features) const;
  // Heads on this session's features, which they are computed beside.
  Heads create_heads(const HeadsConfig& config) const;
  // The session's head becomes this one of `heads`, with batch norm folded in, and sees as many last blocks as that one does;
  // what standardize() has set stays. Refused where training is configured.
  void adopt_head(const Heads& heads, int64_t head);
  at::Tensor neighbor_votes(const ChosenRows& train, const ChosenRows& queries, const NeighborsConfig& config,
                            const CancelToken& cancel) const;
  FeatureStatistics feature_statistics(const ChosenRows& chosen, int64_t columns, const CancelToken& cancel) const;
  Neighbors nearest_rows(const ChosenRows& train, const ChosenRows& queries, int64_t columns, int64_t count,
                         const CancelToken& cancel) const;
  // From now on predictions are the votes of these rows, which are features as the head sees them, instead of its logits; see
  // NeighborHead. Refused where training is configured.
  void keep_neighbors(const ChosenRows& rows, const NeighborsConfig& config);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The instructions that the encoder's attention is computed with on this CPU: "AMX BF16", "AVX-512 BF16", "AVX-512", "AVX2" or
// "baseline".
std::string attention_instructions();

}  // namespace ijepa
