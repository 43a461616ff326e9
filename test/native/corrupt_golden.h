#pragma once

// What the tests of corruptions compare with: test/fixtures/golden/corruptions.safetensors (scripts/corruptions/make.py).

#include <torch/torch.h>

#include <span>

#include "corrupt/corruption.h"
#include "golden.h"
#include "test.h"

namespace ijepa::test {

inline const at::Tensor& corrupt_golden(const std::string& name) {
  static const auto golden = read_golden(fixture("golden/corruptions.safetensors"));
  return golden.at(name);
}

inline Planes planes_of(const at::Tensor& pixels) {
  return {pixels.mutable_data_ptr<uint8_t>(), pixels.size(1), pixels.size(2)};
}

inline double mean_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().mean().item<double>();
}

// Draws of the golden file: the first `count` of a field whose last side is the channel, or was, [H, W, 3].
inline std::vector<float> drawn(const std::string& field, int64_t count, int64_t from = 0) {
  const float* const values = corrupt_golden(field).const_data_ptr<float>() + from;
  return {values, values + count};
}

// The same, from [H, W, 3] to [3, H, W].
inline std::vector<float> by_channel(const std::vector<float>& values) {
  std::vector<float> planar;
  for (size_t c = 0; c < 3; ++c)
    for (size_t i = c; i < values.size(); i += 3) planar.push_back(values[i]);
  return planar;
}

// change(picture, severity) at severities 1 to 5 within so many grey levels on average of the golden `name`.
template <typename Change>
void expect_golden(const std::string& name, double grey_levels, Change change) {
  for (int severity = 1; severity <= 5; ++severity) {
    const at::Tensor pixels = corrupt_golden("picture").clone();
    change(planes_of(pixels), severity);
    const double found = mean_difference(pixels, corrupt_golden(name + "/" + std::to_string(severity)));
    EXPECT_NOTE(name + " at " + std::to_string(severity) + ": " + std::to_string(found), found <= grey_levels);
  }
}

inline at::Tensor corrupted(const at::Tensor& picture, std::string_view name, int severity, uint64_t seed = 0) {
  const at::Tensor pixels = picture.clone();
  corrupt(planes_of(pixels), {*corruption_named(name), severity, seed});
  return pixels;
}

}  // namespace ijepa::test
