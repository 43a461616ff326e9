#pragma once

// k nearest neighbours with weighted votes, as DINOv2 evaluates them (Oquab et al. 2023, arXiv:2304.07193, after Wu et al. 2018,
// arXiv:1805.01978).

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "base/linear.h"
#include "checkpoint/named_tensors.h"
#include "session/features.h"

namespace ijepa {

struct NeighborsConfig {
  int64_t classes = 0;
  int64_t columns = 0;              // the last ones of the features
  std::vector<int64_t> neighbors;   // each a number k
  double temperature = 0.07;
};

// Of each query the nearest rows, nearest first.
struct Neighbors {
  at::Tensor rows;          // int32 CPU [Q, k]: of those chosen, by position; -1 where there are fewer
  at::Tensor similarities;  // float32 CPU [Q, k], cosines; NaN where there are fewer
};

// Rows of features.
struct ChosenRows {
  const Features& features;
  const std::vector<int32_t>& rows;
};

// Votes of the nearest `train` rows for each class: float32 CPU [K, Q, C], of each k of the configuration and each query. The
// weights are the softmax of cosine similarity over temperature among as many neighbours as the largest k (or all rows, where
// there are fewer); of these the first k vote. Exact; of equally near rows the one that is first in `train` comes first. Beside
// the votes it takes memory for blocks only.
at::Tensor neighbor_votes(const ChosenRows& train, const ChosenRows& queries, const NeighborsConfig& config,
                          LinearKernel kernel, const CancelToken& cancel);

// The `count` rows of `train` with the largest cosine similarity in the last `columns` columns, in the same order.
Neighbors nearest_rows(const ChosenRows& train, const ChosenRows& queries, int64_t columns, int64_t count, LinearKernel kernel,
                       const CancelToken& cancel);

// Known rows that vote in the place of a head.
struct NeighborHead {
  Features known;       // each of length 1
  at::Tensor settings;  // float64 [2], CPU: k and the temperature

  // `columns` of the chosen rows; config.neighbors is one k. Throws Error (kArgument).
  static NeighborHead of(const ChosenRows& chosen, const NeighborsConfig& config);
  // Zeros for so many rows, to be loaded into. Throws Error (kArgument).
  static NeighborHead empty(int64_t rows, int64_t columns, at::Device device);

  // What was loaded: labels of the classes, a k and a temperature. Throws Error (kCheckpointFormat).
  void check(int64_t classes) const;

  // Features [B, F] -> [B, C]: the logarithm of each class's share of the votes, which softmax undoes; a class without any has
  // kNoVotes of them.
  at::Tensor logits(const at::Tensor& features, int64_t classes, LinearKernel kernel, const CancelToken& cancel) const;

  static constexpr double kNoVotes = 1e-6;

  // `neighbors.features` [N, F], `neighbors.labels` int64 [N], `neighbors.settings`.
  std::vector<NamedTensor> state() const;
};

}  // namespace ijepa
