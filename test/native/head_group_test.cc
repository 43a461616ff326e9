// Groups of heads: first weights, folding, statistics. (What they learn is tested in session_heads_test.)

#include <torch/torch.h>

#include "golden.h"
#include "head/head_group.h"
#include "test.h"

using namespace ijepa;
using test::difference;

TEST("every head of a group begins with the same draws, or with zeros") {
  HeadGroup group(3, 10, 200, HeadNorm::kNone, at::kCPU);
  const auto weight = group.parameters()[0].second;
  group.initialize(0, 1);
  EXPECT(weight.abs().max().item<double>() == 0);
  group.initialize(0.02, 1);
  EXPECT(torch::equal(weight[0], weight[2]) && std::abs(weight[0].std().item<double>() / 0.02 - 1) < 0.05);
  HeadGroup same(1, 10, 200, HeadNorm::kNone, at::kCPU);
  same.initialize(0.02, 1);
  EXPECT(torch::equal(same.parameters()[0].second[0], weight[1]));
  same.initialize(0.02, 2);
  EXPECT(!torch::equal(same.parameters()[0].second[0], weight[1]));
}

TEST("gradients are autograd's, with and without batch norm") {
  torch::manual_seed(1);
  const auto features = torch::randn({16, 6}) * 3 + 1;
  const auto labels = torch::randint(4, {16}, at::kLong);
  for (const auto norm : {HeadNorm::kNone, HeadNorm::kAffine, HeadNorm::kPlain}) {
    HeadGroup group(2, 4, 6, norm, at::kCPU);
    std::vector<at::Tensor> copies;
    for (const auto& [name, values] : group.parameters()) {
      values.add_(torch::randn_like(values), 0.3);
      copies.push_back(values.clone().requires_grad_());
    }
    const auto epsilon = norm == HeadNorm::kAffine ? 1e-5 : 1e-6;
    auto input = features;
    if (norm != HeadNorm::kNone) input = (features - features.mean(0)) / (features.var(0, /*unbiased=*/false) + epsilon).sqrt();
    const auto found = group.gradients(group.input(features).values, labels, LinearKernel::kBlas, {});
    for (int64_t head = 0; head < 2; ++head) {
      const auto seen = norm == HeadNorm::kAffine ? input * copies[2][head] + copies[3][head] : input;
      const auto loss = torch::nn::functional::cross_entropy(torch::linear(seen, copies[0][head], copies[1][head]), labels);
      EXPECT(std::abs(loss.item<double>() - found.losses[head].item<double>()) < 1e-5);
      loss.backward();
    }
    for (size_t i = 0; i < copies.size(); ++i) EXPECT(difference(copies[i].grad(), found.of_parameters[i]) < 1e-5);
  }
}

TEST("running statistics and folding are torch.nn.BatchNorm1d's") {
  torch::manual_seed(2);
  HeadGroup group(2, 3, 5, HeadNorm::kAffine, at::kCPU);
  for (const auto& [name, values] : group.parameters()) values.add_(torch::randn_like(values), 0.3);
  torch::nn::BatchNorm1d norm(5);
  for (int i = 0; i < 4; ++i) {
    const auto batch = torch::randn({8, 5}) * 2 + 100;
    norm->forward(batch);
    group.track(group.input(batch));
  }
  const auto statistics = group.statistics();
  EXPECT(difference(statistics[0].second, norm->running_mean) < 1e-4);
  EXPECT(difference(statistics[1].second, norm->running_var) < 1e-4);
  norm->eval();
  const auto features = torch::randn({7, 5}) + 100;
  const auto parameters = group.parameters();
  for (int64_t head = 0; head < 2; ++head) {
    const torch::NoGradGuard no_grad;
    const auto [weight, bias] = group.folded(head, head + 1);
    const auto seen = norm->forward(features) * parameters[2].second[head] + parameters[3].second[head];
    const auto expected = torch::linear(seen, parameters[0].second[head], parameters[1].second[head]);
    EXPECT(difference(torch::linear(features, weight, bias), expected) < 1e-3);
  }
}

TEST_MAIN
