// The residual sum with its layer norm, forward and backward, against the formula in float64.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <cmath>

#include "base/precision.h"
#include "encoder/residual_norm.h"
#include "test.h"

using namespace ijepa;

namespace {

struct Inputs {
  at::Tensor x, branch, scale, weight, bias, sum_slope, normed_slope;
};

Inputs random_inputs(int64_t images, int64_t tokens, int64_t dim, bool with_scale) {
  const auto draw = [&] { return at::randn({images, tokens, dim}); };
  Inputs inputs{draw() + 3, draw(), {}, at::randn(dim), at::randn(dim), draw(), draw()};
  if (with_scale) inputs.scale = at::rand({images, 1, 1}) * 2;
  return inputs;
}

struct Results {
  at::Tensor sum, normed;
  std::vector<at::Tensor> gradients;  // of x, branch, weight and bias
};

// Of both results, by `run(x, branch, weight, bias)`.
template <typename Run>
Results results(const Inputs& inputs, at::ScalarType dtype, const Run& run) {
  std::vector<at::Tensor> leaves;
  for (const auto& tensor : {inputs.x, inputs.branch, inputs.weight, inputs.bias})
    leaves.push_back(tensor.to(dtype).clone().requires_grad_());
  const auto [sum, normed] = run(leaves[0], leaves[1], leaves[2], leaves[3]);
  auto gradients = torch::autograd::grad({sum, normed}, leaves,
                                         {inputs.sum_slope.to(sum.dtype()), inputs.normed_slope.to(normed.dtype())}, {},
                                         false, /*allow_unused=*/true);
  return {sum.detach(), normed.detach(), std::move(gradients)};
}

constexpr double kEps = 1e-5;

Results expected_results(const Inputs& inputs) {
  return results(inputs, at::kDouble, [&](const auto& x, const auto& branch, const auto& weight, const auto& bias) {
    const auto sum = x + (inputs.scale.defined() ? branch * inputs.scale.to(at::kDouble) : branch);
    return std::pair{sum, at::layer_norm(sum, {sum.size(2)}, weight, bias, kEps)};
  });
}

Results found_results(const Inputs& inputs, Precision precision, bool with_branch = true) {
  return results(inputs, at::kFloat, [&](const auto& x, const auto& branch, const auto& weight, const auto& bias) {
    torch::nn::LayerNormImpl norm(torch::nn::LayerNormOptions({x.size(2)}).eps(kEps));
    norm.weight = weight;
    norm.bias = bias;
    const AutocastGuard autocast(at::kCPU, precision);
    return residual_norm(x, with_branch ? branch : at::Tensor(), inputs.scale, norm);
  });
}

bool is_near(const at::Tensor& found, const at::Tensor& expected, double tolerance) {
  return (found.to(at::kDouble) - expected).abs().max().item<double>() <
         tolerance * expected.abs().max().item<double>();
}

}  // namespace

TEST("the sum, its norm and all gradients equal the formula, in whole vectors and in other widths") {
  at::manual_seed(1);
  for (const int64_t dim : {16, 21, 384}) {
    for (const bool with_scale : {false, true}) {
      const auto inputs = random_inputs(3, 50, dim, with_scale);
      const auto expected = expected_results(inputs);
      for (const auto precision : {Precision::kFloat32, Precision::kBFloat16}) {
        const auto found = found_results(inputs, precision);
        const double tolerance = precision == Precision::kFloat32 ? 5e-6 : 1e-2;
        EXPECT(found.sum.scalar_type() == at::kFloat);
        EXPECT(found.normed.scalar_type() == (precision == Precision::kFloat32 ? at::kFloat : at::kBFloat16));
        EXPECT(is_near(found.sum, expected.sum, tolerance) && is_near(found.normed, expected.normed, tolerance));
        for (size_t i = 0; i < 4; ++i) EXPECT(is_near(found.gradients[i], expected.gradients[i], tolerance));
      }
    }
  }
}

TEST("without a branch the sum is x, and the gradients of both results are added") {
  auto inputs = random_inputs(2, 5, 32, false);
  const auto found = found_results(inputs, Precision::kFloat32, false);
  EXPECT(at::equal(found.sum, inputs.x) && !found.gradients[1].defined());
  inputs.branch.zero_();
  EXPECT(is_near(found.gradients[0], expected_results(inputs).gradients[0], 5e-6));
}

TEST("without autograd the results have the same bits, and x is not copied") {
  const auto inputs = random_inputs(2, 7, 48, true);
  const auto recorded = found_results(inputs, Precision::kBFloat16);
  const at::NoGradGuard no_grad;
  torch::nn::LayerNormImpl norm(torch::nn::LayerNormOptions({48}).eps(kEps));
  norm.weight = inputs.weight;
  norm.bias = inputs.bias;
  const AutocastGuard autocast(at::kCPU, Precision::kBFloat16);
  const auto [sum, normed] = residual_norm(inputs.x, inputs.branch, inputs.scale, norm);
  EXPECT(at::equal(sum, recorded.sum) && at::equal(normed, recorded.normed));
  EXPECT(residual_norm(inputs.x, {}, {}, norm).first.is_same(inputs.x));
}

TEST("the bits do not depend on the number of threads, and what is not finite stays so") {
  auto inputs = random_inputs(4, 77, 64, true);
  const auto with_threads = [&](int threads) {
    at::set_num_threads(threads);
    return found_results(inputs, Precision::kFloat32);
  };
  const auto one = with_threads(1), two = with_threads(2);
  EXPECT(at::equal(one.sum, two.sum) && at::equal(one.normed, two.normed));
  for (size_t i = 0; i < 4; ++i) EXPECT(at::equal(one.gradients[i], two.gradients[i]));
  inputs.branch[1][3][5] = NAN;
  EXPECT(with_threads(2).normed[1][3].isnan().all().item<bool>());
}

TEST_MAIN
