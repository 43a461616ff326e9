#include "head/score_sums.h"

#include <torch/types.h>

namespace ijepa {

ScoreSums::ScoreSums(int64_t heads, at::Device device)
    : sums_(at::zeros({3, heads}, at::TensorOptions(device).dtype(at::kDouble))) {}

void ScoreSums::add(int64_t begin, const at::Tensor& logits, const at::Tensor& labels) {
  const int64_t heads = logits.size(0), classes = logits.size(1), rows = logits.size(2);
  const auto wanted = labels.view({1, 1, rows}).expand({heads, 1, rows});
  const auto own = logits.gather(1, wanted);  // [n, 1, B]
  const auto losses = (at::logsumexp(logits, 1, /*keepdim=*/true) - own).squeeze(1);
  const auto lower = at::arange(classes, labels.options()).unsqueeze(1) < labels;  // [C, B]
  // Comparisons with NaN are false: its rank is taken from what is not below the label's logit.
  const auto before = (logits < own).logical_not().logical_and((logits != own).logical_or(lower));
  const auto rank = before.sum(1, /*keepdim=*/false, at::kInt);  // [n, B]
  const auto numbers = at::isnan(losses).logical_not();
  const auto part = sums_.narrow(1, begin, heads);
  part[0].add_(losses.sum(1, /*keepdim=*/false, at::kDouble));
  part[1].add_((rank < 1).logical_and(numbers).sum(1));
  part[2].add_((rank < 5).logical_and(numbers).sum(1));
}

HeadScores ScoreSums::means(int64_t rows) const {
  const auto means = (sums_ / static_cast<double>(rows)).cpu();
  const auto row = [&means](int64_t index) {
    const auto* values = means[index].const_data_ptr<double>();
    return std::vector<double>(values, values + means.size(1));
  };
  return {row(0), row(1), row(2)};
}

}  // namespace ijepa
