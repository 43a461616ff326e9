// Stacked optimizers: every slice is updated as the optimizers of whole parameters update it alone.

#include <torch/torch.h>

#include "golden.h"
#include "optim/optimizer.h"
#include "optim/stacked_optimizer.h"
#include "test.h"

using namespace ijepa;
using test::difference;

namespace {

constexpr int64_t kHeads = 3;
const std::vector<double> kRates{0.1, 0.01, 0}, kDecays{0.05, 0, 0.5};

struct Stack {
  at::Tensor weight = torch::randn({kHeads, 4, 5}), bias = torch::randn({kHeads, 4});
};

// Head `head` of the stack, trained alone on these gradients.
std::vector<at::Tensor> alone(const Stack& stack, int64_t head, OptimizerKind kind, bool decay_biases,
                              const std::vector<std::vector<at::Tensor>>& gradients) {
  std::vector<at::Tensor> parameters{stack.weight[head].clone().requires_grad_(), stack.bias[head].clone().requires_grad_()};
  const auto optimizer = make_optimizer(kind);
  const double decay = kDecays[static_cast<size_t>(head)];
  optimizer->configure({}, {{{"weight"}, 1, decay}, {{"bias"}, 1, decay_biases ? decay : 0}},
                       [&](const std::string& name) { return parameters[name == "weight" ? 0 : 1]; });
  for (const auto& step : gradients) {
    for (size_t i = 0; i < 2; ++i) parameters[i].mutable_grad() = step[i][head].clone();
    optimizer->step(kRates[static_cast<size_t>(head)], torch::zeros({}), {});
  }
  return parameters;
}

}  // namespace

TEST("every head is updated as alone, by its own rate and decay") {
  torch::manual_seed(0);
  for (const auto kind : {OptimizerKind::kAdamW, OptimizerKind::kSgd, OptimizerKind::kLars}) {
    const bool decay_biases = kind != OptimizerKind::kLars;
    Stack stack;
    const Stack start{stack.weight.clone(), stack.bias.clone()};
    StackedOptimizer optimizer({kind, {}, true}, {{"weight", stack.weight, true}, {"bias", stack.bias, decay_biases}}, kDecays);
    std::vector<std::vector<at::Tensor>> gradients;
    for (int i = 0; i < 10; ++i) {
      gradients.push_back({torch::randn({kHeads, 4, 5}), torch::randn({kHeads, 4})});
      optimizer.step(gradients.back(), kRates);
    }
    for (int64_t head = 0; head < kHeads; ++head) {
      const auto expected = alone(start, head, kind, decay_biases, gradients);
      EXPECT(difference(stack.weight[head], expected[0]) < 1e-6);
      EXPECT(difference(stack.bias[head], expected[1]) < 1e-6);
    }
    EXPECT(!torch::equal(stack.weight[0], start.weight[0]) && torch::equal(stack.weight[2], start.weight[2]));
  }
}

TEST("the state has a name for all that the next update depends on") {
  Stack stack;
  const auto names = [&](OptimizerKind kind) {
    std::vector<std::string> found;
    for (const auto& [name, values] : StackedOptimizer({kind, {}, true}, {{"a", stack.weight, true}}, kDecays).state())
      found.push_back(name);
    return found;
  };
  EXPECT(names(OptimizerKind::kAdamW) == std::vector<std::string>{"adamw.exp_avg.a", "adamw.exp_avg_sq.a", "adamw.step"});
  EXPECT(names(OptimizerKind::kSgd) == std::vector<std::string>{"sgd.momentum_buffer.a"});
  EXPECT(names(OptimizerKind::kLars) == std::vector<std::string>{"lars.momentum_buffer.a"});
}

TEST("where gradient or weights are all 0 LARS takes the gradient as it is") {
  auto weight = torch::zeros({1, 2, 2});
  StackedOptimizer optimizer({OptimizerKind::kLars, {}, false}, {{"weight", weight, true}}, {0.1});
  optimizer.step({torch::ones({1, 2, 2})}, {0.5});
  EXPECT(difference(weight, torch::full({1, 2, 2}, -0.5)) < 1e-7);
  optimizer.step({torch::zeros({1, 2, 2})}, {0});
  EXPECT(difference(weight, torch::full({1, 2, 2}, -0.5)) < 1e-7);
}

TEST_MAIN
