#pragma once

// A session's parts, and what the files of this folder share.

#include <ATen/core/Generator.h>

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/device.h"
#include "base/stage_clock.h"
#include "encoder/vision_transformer.h"
#include "head/attentive_pooler.h"
#include "head/linear_head.h"
#include "optim/averages.h"
#include "optim/loss_scaler.h"
#include "session/device_batch.h"
#include "session/label_sets.h"
#include "session/session.h"
#include "session/token_files.h"

namespace ijepa {

// What an update is made of, all on the session's device.
struct Examples {
  // Logits [n, C] of `rows` samples from `begin` on.
  std::function<at::Tensor(int64_t begin, int64_t rows)> logits;
  at::Tensor targets;            // labels int64 [B], or shares of the classes float32 [B, C]
  at::Tensor labels;             // int64 [B]: what top-1 is judged by
  std::vector<int32_t> samples;  // [B]
};

// Labels of a CPU tensor index memory on the device: they are checked before they go there. Throws Error (kArgument).
void check_labels(const at::Tensor& labels, int64_t classes);

struct Session::State {
  explicit State(const SessionConfig& config);

  // To be held by whatever computes.
  ComputeScope compute() const { return {device, config.threads}; }

  // Of the encoder and of the head that is there now.
  void list_parameters();

  // A head of zeros on the last `columns` columns in the place of the one there; of its standardisation the columns that stay.
  // Throws Error (kArgument) where training is configured, or where they are no whole blocks.
  void replace_head(int64_t columns);

  // Features [B, layers·D] -> what is predicted, [B, C]: the head's logits, or the neighbours' votes.
  at::Tensor logits(const at::Tensor& features, const CancelToken& cancel);

  // Normalised images [B, 3, H, W] -> features [B, layers·D] of the last blocks, oldest first, in the precision of the
  // caller's guard. Each block's tokens go through the final normalisation, as VISSL's concatPOOL4 does it
  // (vissl/models/trunks/vision_transformer.py, get_intermediate_features).
  at::Tensor features(const at::Tensor& images, int64_t layers, const ForwardPass& pass);

  // Patch tokens before the final normalisation [B, N, D] -> features [B, D].
  at::Tensor pooled(const at::Tensor& tokens);

  // The two steps of pooled(), and where attention pools from; of one picture, see explanation.cc.
  std::vector<at::Tensor> pooling_inputs(const at::Tensor& images, const ForwardPass& pass);
  at::Tensor pooled_inputs(const at::Tensor& tokens);
  at::Tensor attention(const at::Tensor& images, const std::vector<at::Tensor>& inputs, const ForwardPass& pass);

  // Of one normalised picture [1, 3, H, W]; label -1: for the class that is predicted.
  Explanation explain(const at::Tensor& images, int64_t label, ExplanationMethod method, const ForwardPass& pass);

  // What `part` gives for `rows` rows, without gradients: at once, or as many at a time as memory turns out to hold.
  at::Tensor in_parts(int64_t rows, const std::function<at::Tensor(int64_t begin, int64_t count)>& part);

  // What the encoder gives up to there: tokens [B, N, D], or features [B, D].
  at::Tensor prefix_output(const at::Tensor& images, const Prefix& prefix, const CancelToken& cancel);

  // Throws Error (kArgument) where a part of it trains.
  void check_frozen(const Prefix& prefix) const;

  // Throws Error (kArgument) unless a file of tokens is open whose prefix is still frozen.
  void check_tokens() const;

  // Logits [count, C] of rows of that file, from `begin` on.
  at::Tensor token_logits(const TokenRows& rows, int64_t begin, int64_t count, const ForwardPass& pass);

  // Throws Error (kArgument) unless the features are of this encoder and device, with at least `rows` rows and all that
  // the head sees.
  void check(const Features& features, int64_t rows) const;

  // The columns that the head sees, all rows of the buffer.
  at::Tensor head_input(const Features& features) const;

  // Throws Error (kArgument) where there is none of this name.
  at::Tensor parameter(const std::string& name) const;

  // All tensors that have a name now: parameters first, in checkpoint order.
  std::vector<NamedTensor> named_tensors() const;

  // One update on what `examples` gives, in the stages of `clock`. If anything in it throws, nothing has changed.
  void update(const std::function<Examples()>& examples, double learning_rate, StageClock& clock);

  // Gradients of the mean loss, which comes back with the logits [B, C]; neither belongs to a graph.
  std::pair<at::Tensor, at::Tensor> backward(const Examples& examples, StageClock& clock);

  // Sets up what `config` trains with. State of another optimizer is dropped.
  void configure_optimizer(const TrainingConfig& config);

  // The step that follows on the gradients of this loss.
  void step(const at::Tensor& loss, const at::Tensor& logits, const Examples& examples, double learning_rate);

  // What the loss compares with: the labels, or the shares of the classes where samples have several.
  at::Tensor targets(const at::Tensor& labels, const std::vector<int32_t>& samples) const;

  // Draws for this batch, and its examples: mixed where that is configured.
  Examples examples(const Batch& batch, const CancelToken& cancel);
  Examples examples(const TokenRows& rows, const CancelToken& cancel);

  // Of a batch, where configured; else undefined.
  at::Tensor draw_drop_path(int64_t batch);

  SessionConfig config;
  at::Device device;
  at::Generator generator;  // on the CPU: its draws are the same for every device
  std::shared_ptr<VisionTransformer> encoder;
  std::shared_ptr<AttentivePooler> pooler;  // null where tokens are averaged
  std::shared_ptr<LinearHead> head;
  std::optional<NeighborHead> neighbors;  // that vote in the head's place
  std::vector<NamedTensor> parameters;  // of the encoder, of the pooler, then of the head
  BatchUpload upload;
  std::unique_ptr<Optimizer> optimizer = make_optimizer(OptimizerKind::kAdamW);
  std::optional<Averages> averages;   // where they are configured
  std::optional<LossScaler> scaler;   // in float16
  StepMeter meter;
  std::optional<TrainingConfig> training;
  LabelSets label_sets;               // empty: one label a sample
  std::optional<Loss> loss;  // where training is configured
  std::vector<double> drop_path_rates;  // by block
  int64_t most_rows = std::numeric_limits<int64_t>::max();  // that in_parts() computes at a time
  std::optional<TokenWriter> token_writer;
  Prefix written_prefix;  // of the writer
  TokenFiles tokens;  // that are open
};

}  // namespace ijepa
