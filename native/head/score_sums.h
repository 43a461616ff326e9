#pragma once

// How good many heads are on the same labelled rows, summed up on the device.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace ijepa {

// Means over rows, by head.
struct HeadScores {
  std::vector<double> loss, top1, top5;  // cross-entropy in nats; fractions of rows
};

class ScoreSums {
 public:
  ScoreSums(int64_t heads, at::Device device);

  // Heads from `begin` on: logits float32 [n, C, B], labels int64 [B]. Of equal logits the lower class comes first; where a
  // head's logits of a row are not all numbers, the row counts as wrong.
  void add(int64_t begin, const at::Tensor& logits, const at::Tensor& labels);

  // Waits for the device.
  HeadScores means(int64_t rows) const;

 private:
  at::Tensor sums_;  // float64 [3, H]: loss, rows whose label is first, and among the first five
};

}  // namespace ijepa
