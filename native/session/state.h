#pragma once

// A session's parts, and what the files of this folder share.

#include <ATen/core/Generator.h>

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/device.h"
#include "base/stage_clock.h"
#include "encoder/vision_transformer.h"
#include "head/linear_head.h"
#include "session/device_batch.h"
#include "session/session.h"

namespace ijepa {

using NamedTensor = std::pair<std::string, at::Tensor>;

struct Session::State {
  explicit State(const SessionConfig& config);

  // To be held by whatever computes.
  ComputeScope compute() const { return {device, config.threads}; }

  // Normalised images [B, 3, H, W] -> features [B, D], in the precision of the caller's guard.
  at::Tensor features(const at::Tensor& images, const CancelToken& cancel, const at::Tensor& drop_path = {});

  // Throws Error (kArgument) unless the features are of this encoder and device, with at least `rows` rows.
  void check(const Features& features, int64_t rows) const;

  // Throws Error (kArgument) where there is none of this name.
  at::Tensor parameter(const std::string& name) const;

  // All tensors that have a name now: parameters first, in checkpoint order.
  std::vector<NamedTensor> named_tensors() const;

  // One update from the logits [B, C] that `forward` computes, in the stages of `clock`. If anything in it throws,
  // nothing has changed.
  void update(const std::function<at::Tensor()>& forward, const at::Tensor& labels,
              std::vector<int32_t> samples, double learning_rate, StageClock& clock);

  SessionConfig config;
  at::Device device;
  at::Generator generator;  // on the CPU: its draws are the same for every device
  std::shared_ptr<VisionTransformer> encoder;
  std::shared_ptr<LinearHead> head;
  std::vector<NamedTensor> parameters;  // of the encoder, then of the head
  BatchUpload upload;
  AdamW optimizer;
  StepMeter meter;
  std::optional<TrainingConfig> training;
  std::vector<double> drop_path_rates;  // by block
};

}  // namespace ijepa
