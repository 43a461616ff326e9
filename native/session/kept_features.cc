// Pooled features in files, and back: what is computed once serves later runs.

#include <torch/types.h>

#include <algorithm>
#include <numeric>

#include "session/session.h"
#include "session/state.h"

namespace ijepa {

void Session::write_features(const Features& features, int64_t begin, int64_t end,
                             const std::vector<int32_t>& samples, const std::string& path) {
  IJEPA_CHECK(0 <= begin && begin < end && end <= features.rows, ErrorCode::kArgument,
              "Expected 0 <= begin < end <= rows (" + std::to_string(features.rows) + ")");
  const auto scope = state_->compute();
  TokenWriter writer(path, {.blocks = state_->config.depth, .pooled = true});
  const auto labels = features.labels.narrow(0, begin, end - begin);
  writer.append({features.values.narrow(0, begin, end - begin).cpu(), labels, samples});
  writer.commit();
}

std::vector<int32_t> Session::restore_features(const std::string& path, int64_t rows,
                                               const std::vector<int32_t>& labels, Features& features) {
  const auto scope = state_->compute();
  const TokenFile file(path);
  const auto& samples = file.samples();
  const bool fits = static_cast<int64_t>(samples.size()) == rows &&
                    file.row_shape() == std::vector{features.layers * state_->config.embed_dim} &&
                    std::ranges::all_of(samples, [&](int32_t sample) {
                      return sample >= 0 && static_cast<size_t>(sample) < labels.size();
                    });
  IJEPA_CHECK(fits, ErrorCode::kFile, "'" + path + "' holds features of another encoder or data set: delete it", path);
  std::vector<int32_t> all(samples.size());
  std::iota(all.begin(), all.end(), 0);
  const auto kept = file.read(all);
  auto now = at::empty({rows}, at::kLong);
  std::ranges::transform(samples, now.data_ptr<int64_t>(),
                         [&](int32_t sample) { return labels[static_cast<size_t>(sample)]; });
  append(features, kept.values.to(state_->device), now);
  return samples;
}

}  // namespace ijepa
