// AdamW and clipping against their formulae in float64.

#include <torch/torch.h>

#include "expect_error.h"
#include "golden.h"
#include "optim/adamw.h"
#include "optim/gradient_norm.h"
#include "test.h"

using namespace ijepa;
using test::code_of;
using test::difference;

namespace {

const auto kMake = torch::tensor(0.0f), kSkip = torch::tensor(1.0f);

// AdamW of one parameter as its paper has it, in float64.
struct Reference {
  at::Tensor value, m = torch::zeros_like(value), v = torch::zeros_like(value);
  int t = 0;

  void step(const at::Tensor& gradient, double rate, double decay) {
    const auto g = gradient.to(at::kDouble);
    ++t;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    value = value - rate * decay * value;
    value = value - rate * (m / (1 - std::pow(0.9, t))) / ((v / (1 - std::pow(0.999, t))).sqrt() + 1e-8);
  }
};

using Parameters = std::map<std::string, at::Tensor>;

Parameters two_parameters() {
  return {{"a", torch::tensor({1.0f, -2.0f, 3.0f}).requires_grad_(true)},
          {"b", torch::tensor({{0.5f, 0.25f}}).requires_grad_(true)}};
}

auto lookup(const Parameters& parameters) {
  return [&parameters](const std::string& name) { return parameters.at(name); };
}

void set_gradients(Parameters& parameters, double scale) {
  for (auto& [name, values] : parameters) values.mutable_grad() = scale * (values.detach() + 0.5);
}

}  // namespace

TEST("five updates follow the formula, with each group's rate and weight decay") {
  auto parameters = two_parameters();
  AdamW optimizer;
  optimizer.configure({}, {{{"a"}, 1, 0.05}, {{"b"}, 0.5, 0}}, lookup(parameters));
  Reference a{parameters["a"].detach().to(at::kDouble)}, b{parameters["b"].detach().to(at::kDouble)};
  for (int step = 1; step <= 5; ++step) {
    set_gradients(parameters, step);
    a.step(parameters["a"].grad(), 0.01, 0.05);
    b.step(parameters["b"].grad(), 0.005, 0);
    optimizer.step(0.01, kMake, {});
  }
  EXPECT(difference(parameters["a"], a.value) < 1e-6 && difference(parameters["b"], b.value) < 1e-6);
  EXPECT(difference(optimizer.states().at("a").exp_avg, a.m) < 1e-6);
  EXPECT(difference(optimizer.states().at("b").exp_avg_sq, b.v) < 1e-6);
  EXPECT(optimizer.states().at("a").step.item<float>() == 5);
}

TEST("a skipped update leaves parameters, moments and the count of steps as they were") {
  auto parameters = two_parameters();
  AdamW optimizer;
  optimizer.configure({}, {{{"a", "b"}, 1, 0.05}}, lookup(parameters));
  set_gradients(parameters, 1);
  optimizer.step(0.01, kMake, {});
  const auto before = parameters["a"].detach().clone(), moment = optimizer.states().at("a").exp_avg.clone();
  set_gradients(parameters, std::numeric_limits<double>::quiet_NaN());
  optimizer.step(0.01, kSkip, {});
  EXPECT(torch::equal(parameters["a"], before) && torch::equal(optimizer.states().at("a").exp_avg, moment));
  EXPECT(optimizer.states().at("a").step.item<float>() == 1);
}

TEST("the gradient norm is that of all gradients as one vector") {
  EXPECT(std::abs(gradient_norm({torch::tensor({3.0f}), torch::tensor({{0.0f, 4.0f}})}).item<double>() - 5) <
         1e-6);
  EXPECT(!std::isfinite(gradient_norm({torch::tensor({1.0f}), torch::tensor({NAN})}).item<double>()));
}

TEST(
    "clipping scales gradients to the limit as torch.nn.utils.clip_grad_norm_ does, and leaves smaller "
    "ones") {
  for (const double limit : {0.1, 1e6}) {
    auto parameters = two_parameters();
    AdamW optimizer;
    optimizer.configure({}, {{{"a", "b"}, 1, 0}}, lookup(parameters));
    Reference a{parameters["a"].detach().to(at::kDouble)};
    for (int step = 1; step <= 3; ++step) {
      set_gradients(parameters, 1);
      const auto gradients = optimizer.gradients();
      const auto norm = gradient_norm(gradients);
      const double factor = std::min(1.0, limit / (norm.item<double>() + 1e-6));
      a.step(parameters["a"].grad() * factor, 0.01, 0);
      optimizer.step(0.01, kMake, clip_divisor(norm, limit));
    }
    EXPECT(difference(parameters["a"], a.value) < 1e-6);
    EXPECT(difference(optimizer.states().at("a").exp_avg_sq, a.v) < 1e-6);
  }
  EXPECT(!clip_divisor(torch::tensor(1.0f), 0).defined());
}

TEST(
    "configuring again keeps the state of what was trained before, dropped or not, and begins the new "
    "afresh") {
  auto parameters = two_parameters();
  AdamW optimizer;
  const auto train = [&](std::vector<std::string> names) {
    optimizer.configure({}, {{std::move(names), 1, 0}}, lookup(parameters));
    set_gradients(parameters, 1);
    optimizer.step(0.01, kMake, {});
  };
  const auto steps = [&](const std::string& name) { return optimizer.states().at(name).step.item<float>(); };
  train({"a"});
  train({"b"});
  EXPECT(steps("a") == 1 && steps("b") == 1);
  train({"a", "b"});
  EXPECT(steps("a") == 2 && steps("b") == 2);
}

TEST("a parameter that is to train and has no gradient is named") {
  auto parameters = two_parameters();
  AdamW optimizer;
  optimizer.configure({}, {{{"a", "b"}, 1, 0}}, lookup(parameters));
  parameters["a"].mutable_grad() = torch::zeros({3});
  const auto error = test::error_of([&] { optimizer.gradients(); });
  EXPECT(error && error->code() == ErrorCode::kArgument &&
         std::string(error->what()).find("'b'") != std::string::npos);
}

TEST_MAIN
