#pragma once

// The classifier of tiny.h as a session, with batches and configurations for its training.

#include <map>
#include <string>
#include <vector>

#include "session/session.h"
#include "tiny.h"

namespace ijepa::test {

inline SessionConfig tiny_config(int64_t height = 32, int64_t width = 32) {
  SessionConfig config;
  config.embed_dim = 48;
  config.depth = kDepth;
  config.heads = 4;
  config.mlp_dim = 192;
  config.patch_size = 4;
  config.image_height = height;
  config.image_width = width;
  config.classes = 10;
  config.mean = {0, 0, 0};  // the golden images are normalised already
  config.std = {1, 1, 1};
  config.threads = 1;
  config.seed = 11;
  config.head_init = 0.02;
  return config;
}

// The plan of a load from Hugging Face's file, as lib/checkpoint makes it.
inline std::vector<PlannedTensor> tiny_plan() {
  const auto file = tiny_file();
  const auto stored = read_golden_file(file);
  std::vector<PlannedTensor> plan;
  for (const auto& [official, parts] : tiny_names()) {
    auto& planned = plan.emplace_back();
    planned.name = official;
    planned.shape = stored.at(parts[0]).values.sizes().vec();
    planned.shape[0] *= static_cast<int64_t>(parts.size());
    if (official == "pos_embed") planned.grid = {8, 8};
    for (const auto& part : parts) {
      const auto& [values, offset] = stored.at(part);
      planned.ranges.push_back({file, offset, static_cast<int64_t>(values.nbytes()), at::kFloat});
    }
  }
  return plan;
}

inline Session tiny_session(int64_t height = 32, int64_t width = 32, LinearKernel kernel = LinearKernel::kBlas) {
  auto config = tiny_config(height, width);
  config.linear_kernel = kernel;
  Session session(config);
  session.load(tiny_plan(), {});
  return session;
}

inline Batch batch_of(const at::Tensor& images, const at::Tensor& labels) {
  Batch batch{images, labels, {}, nullptr};
  for (int32_t i = 0; i < labels.size(0); ++i) batch.samples.push_back(100 + i);
  return batch;
}

inline Batch golden_batch() {
  const auto golden = tiny_cases();
  return batch_of(golden.at("images"), golden.at("labels"));
}

// All but the positions, or those whose names begin so; weight decay on matrices only.
inline TrainingConfig training(double weight_decay = 0, const std::string& prefix = "") {
  TrainingConfig config;
  config.groups = {{{}, 1, weight_decay}, {{}, 1, 0}};
  const auto values = tiny_values();
  for (const auto& [official, parts] : tiny_names()) {
    if (official == "pos_embed" || !official.starts_with(prefix)) continue;
    config.groups[values.at(official).dim() > 1 ? 0 : 1].names.push_back(official);
  }
  return config;
}

inline std::map<std::string, at::Tensor> parameters_of(const Session& session) {
  std::map<std::string, at::Tensor> values;
  for (const auto& info : session.parameters()) values[info.name] = session.read(info.name);
  return values;
}

// The key third of an attention's bias has no gradient but rounding: softmax does not see it.
inline at::Tensor without_key_bias(const std::string& name, const at::Tensor& values) {
  if (!name.ends_with("attn.qkv.bias")) return values;
  const auto parts = values.chunk(3);
  return at::cat({parts[0], parts[2]});
}

}  // namespace ijepa::test
