// Pooled features in files, and back: what is computed once serves later runs.

#include <torch/types.h>

#include <algorithm>

#include "session/session.h"
#include "session/state.h"

namespace ijepa {

void Session::write_features(const Features& features, int64_t begin, int64_t end,
                             const std::vector<int32_t>& samples, int64_t place, const std::string& path) {
  IJEPA_CHECK(place >= 0, ErrorCode::kArgument, "Expected a row from 0 on");
  IJEPA_CHECK(0 <= begin && begin < end && end <= features.rows, ErrorCode::kArgument,
              "Expected 0 <= begin < end <= rows (" + std::to_string(features.rows) + ")");
  const auto scope = state_->compute();
  const auto values = features.values.narrow(0, begin, end - begin).cpu();
  const auto row_bytes = static_cast<int64_t>(values.nbytes()) / (end - begin);
  TokenWriter writer(path, {.blocks = state_->config.depth, .pooled = true}, place * row_bytes);
  writer.append({values, features.labels.narrow(0, begin, end - begin), samples});
  writer.commit();
}

std::vector<int32_t> Session::restore_features(const std::string& path, int64_t rows,
                                               const std::vector<int32_t>& labels, Features& features,
                                               const CancelToken& cancel) {
  const auto scope = state_->compute();
  const TokenFile file(path);
  const auto& samples = file.samples();
  const bool fits = static_cast<int64_t>(samples.size()) == rows &&
                    file.row_shape() == std::vector{features.layers * state_->config.embed_dim} &&
                    std::ranges::all_of(samples, [&](int32_t sample) {
                      return sample >= 0 && static_cast<size_t>(sample) < labels.size();
                    });
  IJEPA_CHECK(fits, ErrorCode::kFile, "'" + path + "' holds features of another encoder or data set: delete it", path);
  auto now = at::empty({rows}, at::kLong);
  std::ranges::transform(samples, now.data_ptr<int64_t>(),
                         [&](int32_t sample) { return labels[static_cast<size_t>(sample)]; });
  append(features, file, now, state_->device, cancel);
  return samples;
}

}  // namespace ijepa
