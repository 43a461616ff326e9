// GELU computed again with its gradient, against the formula in float64.

#include <torch/torch.h>

#include <cmath>

#include "encoder/recompute_gelu.h"
#include "test.h"

using namespace ijepa;

namespace {

struct Results {
  at::Tensor activation, gradient;
};

Results found_results(const at::Tensor& x, const at::Tensor& slope) {
  auto gradient = slope.clone();
  const auto activation = recompute_gelu(x, gradient);
  return {activation, gradient};
}

// In float64, of the values that `x` and `slope` have.
Results expected_results(const at::Tensor& x, const at::Tensor& slope) {
  const auto input = x.to(at::kDouble).requires_grad_();
  const auto activation = at::gelu(input);
  activation.backward(slope.to(at::kDouble));
  return {activation.detach(), input.grad()};
}

double largest_difference(const at::Tensor& found, const at::Tensor& expected) {
  return (found.to(at::kDouble) - expected).abs().max().item<double>();
}

}  // namespace

TEST("GELU and its gradient equal the formula, in whole vectors and what is left of them") {
  for (const int64_t count : {1, 15, 50'001}) {
    const auto x = at::linspace(-6, 6, count), slope = at::linspace(-1, 1, count);
    const auto found = found_results(x, slope), expected = expected_results(x, slope);
    EXPECT(largest_difference(found.activation, expected.activation) < 6e-7);
    EXPECT(largest_difference(found.gradient, expected.gradient) < 6e-7);
  }
}

TEST("in bfloat16 it is the formula rounded, to the nearest and ties to even") {
  const auto x = at::linspace(-6, 6, 50'001).to(at::kBFloat16), slope = at::linspace(-1, 1, 50'001).to(at::kBFloat16);
  const auto found = found_results(x, slope), expected = expected_results(x, slope);
  const auto is_rounded = [](const at::Tensor& values, const at::Tensor& exact) {
    return (values.to(at::kDouble) - exact).abs().le(exact.abs() * (0x1p-8 * 1.001) + 6e-7).all().item<bool>();
  };
  EXPECT(is_rounded(found.activation, expected.activation));
  EXPECT(is_rounded(found.gradient, expected.gradient));
  const auto differs = found.activation.ne(expected.activation.to(at::kFloat).to(at::kBFloat16));
  EXPECT(differs.logical_and(x > -2).sum().item<int64_t>() < 50);
}

TEST("GELU's bits do not depend on the number of threads") {
  const auto x = at::randn({7, 16'411}), slope = at::randn({7, 16'411});
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = found_results(x, slope);
  at::set_num_threads(2);
  const auto two = found_results(x, slope);
  at::set_num_threads(before);
  EXPECT(at::equal(one.activation, two.activation) && at::equal(one.gradient, two.gradient));
}

TEST("what is not a number stays so, and large values stay finite") {
  const auto x = at::tensor({static_cast<float>(NAN), 1e30f, -1e30f, 40.0f, -40.0f}), slope = at::ones({5});
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const auto found = found_results(x.to(dtype), slope.to(dtype));
    EXPECT(found.activation[0].isnan().item<bool>() && found.gradient[0].isnan().item<bool>());
    EXPECT(largest_difference(found.gradient.slice(0, 1), at::tensor({1.0, 0.0, 1.0, 0.0}, at::kDouble)) < 1e-6);
    EXPECT(at::equal(found.activation.slice(0, 1), at::gelu(x.to(dtype)).slice(0, 1)));
  }
}

TEST_MAIN
