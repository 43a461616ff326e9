#include "session/feature_statistics.h"

#include <ATen/ops/linalg_eigvalsh.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace ijepa {

namespace {

constexpr int64_t kBlock = 4096;  // rows at a time

// Square roots of the eigenvalues of a matrix of products, largest first; rounding may make the least ones negative.
std::vector<double> singular_values(const at::Tensor& products) {
  const auto values = at::linalg_eigvalsh(products).clamp_min(0).sqrt().flip(0).cpu().contiguous();
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

// From sums of n values and of their squares.
at::Tensor sample_deviation(const at::Tensor& sum, const at::Tensor& squares, double n) {
  return ((squares - sum * sum / n) / (n - 1)).clamp_min(0).sqrt();
}

}  // namespace

FeatureStatistics feature_statistics(const ChosenRows& chosen, int64_t columns, const CancelToken& cancel) {
  const auto& values = chosen.features.values;
  IJEPA_CHECK(chosen.rows.size() >= 2 && chosen.features.rows > 0, ErrorCode::kArgument, "Expected at least two rows of features");
  IJEPA_CHECK(columns > 0 && columns <= values.size(1), ErrorCode::kArgument,
              "Expected from 1 to " + std::to_string(values.size(1)) + " columns of features, got " + std::to_string(columns));
  const auto rows = checked_rows(chosen.features, chosen.rows).to(values.device());
  const auto options = values.options().dtype(at::kDouble);
  const auto products = at::zeros({columns, columns}, options), sum = at::zeros({columns}, options);
  const auto unit_sum = at::zeros({columns}, options), unit_squares = at::zeros({columns}, options);
  const auto norm_sum = at::zeros({}, options), norm_squares = at::zeros({}, options);
  for (int64_t begin = 0; begin < rows.size(0); begin += kBlock) {
    cancel.check();
    const auto block = rows.narrow(0, begin, std::min(kBlock, rows.size(0) - begin));
    const auto x = values.index_select(0, block).narrow(1, values.size(1) - columns, columns).to(at::kDouble);
    const auto norms = x.norm(2, {1}, /*keepdim=*/true);
    const auto unit = x / norms.clamp_min(1e-12);
    products.add_(x.t().mm(x));
    sum.add_(x.sum(0));
    unit_sum.add_(unit.sum(0));
    unit_squares.add_(unit.square().sum(0));
    norm_sum.add_(norms.sum());
    norm_squares.add_(norms.square().sum());
  }
  const auto n = static_cast<double>(rows.size(0));
  FeatureStatistics result;
  result.norm = norm_sum.item<double>() / n;
  IJEPA_CHECK(std::isfinite(result.norm), ErrorCode::kArgument, "Expected finite features");
  result.norm_deviation = sample_deviation(norm_sum, norm_squares, n).item<double>();
  result.spread = sample_deviation(unit_sum, unit_squares, n).mean().item<double>() * std::sqrt(static_cast<double>(columns));
  result.singular_values = singular_values(products);
  cancel.check();
  result.centred_singular_values = singular_values(products - at::outer(sum, sum) / n);
  return result;
}

}  // namespace ijepa
