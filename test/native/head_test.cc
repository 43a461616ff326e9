// Pooling and the linear head, with hand-computed numbers.

#include <torch/torch.h>

#include <ATen/CPUGeneratorImpl.h>

#include "golden.h"
#include "head/linear_head.h"
#include "head/pooling.h"
#include "test.h"

using namespace ijepa;
using test::difference;

namespace {

at::Generator generator(uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

}  // namespace

TEST("pooling averages patch tokens, over the token axis, after or before the normalisation") {
  const auto tokens = torch::tensor({1., 2., 3., 5., 5., 5.}).view({1, 3, 2});  // [B, N, D]
  const auto square = [](const at::Tensor& x) { return x.square(); };
  EXPECT(difference(pool(tokens, Pooling::kNormThenMean, square), torch::tensor({35. / 3, 54. / 3})) < 1e-6);
  EXPECT(difference(pool(tokens, Pooling::kMeanThenNorm, square), torch::tensor({9., 16.})) < 1e-6);
}

TEST("the golden pooled features are the mean of the last hidden state") {
  const auto golden = test::read_golden(test::fixture("golden/tiny/cases.safetensors"));
  const auto same = [](const at::Tensor& x) { return x; };
  EXPECT(difference(pool(golden.at("last_hidden_state"), Pooling::kNormThenMean, same),
                    golden.at("pooled_mean")) < 1e-6);
}

TEST("the head begins at zero, or normally distributed with bias zero") {
  LinearHead head(64, 100);
  auto draws = generator(5);
  head.initialize(0, draws);
  EXPECT(head.weight.abs().max().item<double>() == 0 && head.bias.abs().max().item<double>() == 0);
  head.initialize(0.01, draws);
  EXPECT(std::abs(head.weight.std().item<double>() / 0.01 - 1) < 0.05 &&
         head.bias.abs().max().item<double>() == 0);
}

TEST("standardised logits are those of the hand-computed formula") {
  const torch::NoGradGuard no_grad;
  LinearHead head(2, 1);
  head.weight.copy_(torch::tensor({{2.0, 3.0}}));
  head.bias.fill_(1);
  head.standardize(
      torch::tensor({{0.0, 10.0}, {2.0, 14.0}}));  // means 1 and 12, unbiased deviations √2 and √8
  const double expected = 2 * (3 - 1) / (std::sqrt(2) + 1e-6) + 3 * (8 - 12) / (std::sqrt(8) + 1e-6) + 1;
  EXPECT(std::abs(head.forward(torch::tensor({{3.0, 8.0}})).item<double>() - expected) < 1e-5);
}

TEST("the folded layer gives the standardised logits from features as they are") {
  const torch::NoGradGuard no_grad;
  LinearHead head(8, 3);
  auto draws = generator(6);
  head.initialize(0.5, draws);
  head.bias.copy_(torch::tensor({1.0, -2.0, 0.5}));
  EXPECT(torch::equal(head.folded_weight(), head.weight) && torch::equal(head.folded_bias(), head.bias));
  const auto features = torch::randn({50, 8}, draws) * 3 + 2;
  head.standardize(features);
  const auto folded = torch::linear(features, head.folded_weight(), head.folded_bias());
  EXPECT(difference(folded, head.forward(features)) < 1e-5);
  EXPECT(difference(folded, torch::linear(features, head.weight, head.bias)) > 0.1);
}

TEST_MAIN
