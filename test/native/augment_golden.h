#pragma once

// What the tests of augmentation compare with: test/fixtures/golden/augmentation.safetensors (scripts/augmentation/make.py).

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "augment/planes.h"
#include "golden.h"
#include "test.h"

namespace ijepa::test {

inline const std::map<std::string, at::Tensor>& augmentation_golden() {
  static const auto golden = read_golden(fixture("golden/augmentation.safetensors"));
  return golden;
}

inline Planes planes_of(const at::Tensor& pixels) {
  return {pixels.mutable_data_ptr<uint8_t>(), pixels.size(1), pixels.size(2)};
}

// Calls check(picture's pixels, argument, expected pixels, name) for each golden `operation/PICTURE/ARGUMENT`.
template <typename Check>
int for_each_golden(const std::string& operation, Check check) {
  int count = 0;
  for (const auto& [name, expected] : augmentation_golden()) {
    if (!name.starts_with(operation + "/")) continue;
    const std::string rest = name.substr(operation.size() + 1);
    const auto slash = rest.find('/');
    check(augmentation_golden().at("picture/" + rest.substr(0, slash)).clone(), std::stod(rest.substr(slash + 1)), expected,
          name);
    ++count;
  }
  return count;
}

// Of as many draws as the golden ones: the share of `draws` up to each golden quantile is the quantile's, but for what chance
// makes of two samples (five deviations). Quantiles that equal their next are those of whole numbers: only the last counts.
inline void expect_distribution(const std::string& name, std::vector<double> draws) {
  const at::Tensor quantiles = augmentation_golden().at(name);
  const int64_t last = quantiles.numel() - 1;
  const double* const levels = quantiles.const_data_ptr<double>();
  std::ranges::sort(draws);
  const auto total = static_cast<double>(draws.size());
  for (int64_t i = 1; i < last; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(last);
    const auto [from, to] = std::ranges::equal_range(draws, levels[i]);
    const double slack = 5 * std::sqrt(2 * 0.25 / total) + 1.0 / total;
    const bool fits = static_cast<double>(from - draws.begin()) / total <= share + slack &&
                      static_cast<double>(to - draws.begin()) / total >= share - slack;
    EXPECT_NOTE(name + ": quantile " + std::to_string(share), fits);
  }
}

// Two counts of so many draws each, within five deviations of chance.
inline void expect_count(const std::string& name, double count, double golden, double draws) {
  const double share = (count + golden) / (2 * draws);
  const double slack = 5 * std::sqrt(2 * draws * share * (1 - share)) + 1;
  EXPECT_NOTE(name + ": " + std::to_string(count) + " and " + std::to_string(golden), std::abs(count - golden) <= slack);
}

}  // namespace ijepa::test
