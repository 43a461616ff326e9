#include "encoder/drop_path.h"

#include <torch/types.h>

namespace ijepa {

std::vector<double> drop_path_rates(double last, const std::vector<bool>& active) {
  const auto depth = active.size();
  std::vector<double> rates(depth, 0);
  for (size_t i = 1; i < depth; ++i)
    if (active[i]) rates[i] = last * static_cast<double>(i) / static_cast<double>(depth - 1);
  return rates;
}

at::Tensor draw_drop_path(const std::vector<double>& rates, int64_t batch, at::Generator& generator) {
  const auto depth = static_cast<int64_t>(rates.size());
  const auto keep = 1 - torch::tensor(rates, at::kFloat).view({depth, 1, 1, 1, 1});
  return at::rand({depth, 2, batch, 1, 1}, generator, at::kFloat).lt(keep).to(at::kFloat).div_(keep);
}

}  // namespace ijepa
