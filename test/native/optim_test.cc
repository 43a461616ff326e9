// AdamW and clipping against their formulae in float64; SGD, LARS and averages against PyTorch's and timm's numbers.

#include <torch/torch.h>

#include "expect_error.h"
#include "golden.h"
#include "optim/adamw.h"
#include "optim/averages.h"
#include "optim/gradient_norm.h"
#include "optim/loss_scaler.h"
#include "optim/sgd.h"
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

namespace {

std::map<std::string, at::Tensor> golden() { return test::read_golden(test::fixture("golden/training.safetensors")); }

// The matrix and the bias that test/parity/training.py begins with.
Parameters golden_start(const std::map<std::string, at::Tensor>& cases) {
  return {{"weight", cases.at("optim.start.0").clone().requires_grad_(true)},
          {"bias", cases.at("optim.start.1").clone().requires_grad_(true)}};
}

void set_golden_gradients(Parameters& parameters, const std::map<std::string, at::Tensor>& cases, int update,
                          double scale = 1) {
  const auto prefix = "optim.gradient." + std::to_string(update);
  parameters["weight"].mutable_grad() = cases.at(prefix + ".0") * scale;
  parameters["bias"].mutable_grad() = cases.at(prefix + ".1") * scale;
}

}  // namespace

TEST("five updates of SGD with Nesterov are PyTorch's, of LARS timm's, with gradients divided too") {
  const auto cases = golden();
  for (const auto& [name, scaling, rate, decay] :
       {std::tuple{"sgd", Sgd::Scaling::kNone, 0.1, 0.05}, {"lars", Sgd::Scaling::kLars, 4.8, 0.0}}) {
    for (const double scale : {1.0, 64.0}) {
      auto parameters = golden_start(cases);
      Sgd optimizer(scaling);
      optimizer.configure({.momentum = 0.9}, {{{"weight"}, 1, decay}, {{"bias"}, 1, 0}}, lookup(parameters));
      for (int update = 0; update < 5; ++update) {
        set_golden_gradients(parameters, cases, update, scale);
        optimizer.step(rate, kMake, scale == 1 ? at::Tensor() : torch::tensor(static_cast<float>(scale)));
      }
      const auto prefix = std::string("optim.") + name;
      EXPECT_NOTE(name, difference(parameters["weight"], cases.at(prefix + ".0")) < 1e-6);
      EXPECT_NOTE(name, difference(parameters["bias"], cases.at(prefix + ".1")) < 1e-6);
    }
  }
}

TEST("LARS scales a decayed gradient by 0.001·‖w‖ / ‖g + λw‖, and takes the gradient as it is where either is 0") {
  const auto cases = golden();
  auto parameters = golden_start(cases);
  parameters["zero"] = torch::zeros({2, 2}).requires_grad_(true);
  Sgd optimizer(Sgd::Scaling::kLars);
  optimizer.configure({.momentum = 0.9}, {{{"weight", "zero"}, 0.5, 0.1}, {{"bias"}, 1, 0.1}}, lookup(parameters));
  set_golden_gradients(parameters, cases, 0);
  parameters["zero"].mutable_grad() = torch::ones({2, 2});
  const auto w = parameters["weight"].detach().to(at::kDouble), b = parameters["bias"].detach().to(at::kDouble);
  const auto d = cases.at("optim.gradient.0.0").to(at::kDouble) + 0.1 * w;
  const auto expected = w - 0.5 * 2 * 0.001 * w.norm() / d.norm() * d;
  const auto bias = b - 2 * (cases.at("optim.gradient.0.1").to(at::kDouble) + 0.1 * b);
  optimizer.step(2, kMake, {});
  EXPECT(difference(parameters["weight"], expected) < 1e-6 && difference(parameters["bias"], bias) < 1e-6);
  EXPECT(difference(parameters["zero"], torch::full({2, 2}, -1)) < 1e-6);
}

TEST("SGD and LARS leave everything as it was in a skipped update, and keep their state through a stage") {
  const auto cases = golden();
  for (const auto scaling : {Sgd::Scaling::kNone, Sgd::Scaling::kLars}) {
    auto parameters = golden_start(cases);
    Sgd optimizer(scaling);
    const auto configure = [&](std::vector<std::string> names) {
      optimizer.configure({}, {{std::move(names), 1, 0.05}}, lookup(parameters));
    };
    configure({"bias", "weight"});
    set_golden_gradients(parameters, cases, 0);
    optimizer.step(0.1, kMake, {});
    const auto before = parameters["weight"].detach().clone();
    const auto state = optimizer.state();
    EXPECT(state.size() == 2 && state[1].first.ends_with(".momentum_buffer.weight"));
    const auto buffer = state[1].second.clone();
    set_golden_gradients(parameters, cases, 1, std::numeric_limits<double>::quiet_NaN());
    optimizer.step(0.1, kSkip, {});
    configure({"bias"});
    configure({"bias", "weight"});
    EXPECT(torch::equal(parameters["weight"], before) && torch::equal(optimizer.state()[1].second, buffer));
    EXPECT(buffer.abs().max().item<double>() > 0);
  }
}

TEST("averages follow timm's ModelEmaV3 with its warm-up, and not an update that was skipped") {
  const auto cases = golden();
  const auto parameter = torch::full({1}, -100.0f);
  Averages averages(0.8, at::kCPU);
  averages.add("w", parameter);
  const auto values = cases.at("ema.values"), expected = cases.at("ema.averages");
  for (int64_t i = 0; i < values.size(0); ++i) {
    parameter.fill_(values[i].item<float>());
    averages.update(kMake);
    parameter.fill_(1e6);
    averages.update(kSkip);
    EXPECT(difference(averages.state()[1].second, expected[i]) < 1e-6);
  }
  EXPECT(averages.state()[0].first == "ema.step" && averages.state()[0].second.item<float>() == 30);
}

TEST("averages take the parameters' place and give it back") {
  const auto parameter = torch::tensor({1.0f, 2.0f}).requires_grad_(true);
  const auto handle = parameter;  // an optimizer's, or a module's
  Averages averages(0.5, at::kCPU);
  averages.add("w", parameter);
  {
    const at::NoGradGuard no_grad;
    parameter.fill_(5);
  }
  const auto version = handle._version();
  averages.use(true);
  averages.use(true);
  EXPECT(torch::equal(handle, torch::tensor({1.0f, 2.0f})) && handle.requires_grad() && handle._version() != version);
  EXPECT(torch::equal(averages.state()[1].second, torch::tensor({5.0f, 5.0f})));
  averages.use(false);
  EXPECT(torch::equal(handle, torch::tensor({5.0f, 5.0f})));
  EXPECT(torch::equal(averages.state()[1].second, torch::tensor({1.0f, 2.0f})));
}

TEST("the loss scale halves at an overflow and doubles after 2,000 updates without one") {
  LossScaler scaler(at::kCPU);
  const auto scale = [&] { return scaler.scale().item<float>(); };
  EXPECT(scale() == 65536);
  scaler.update(kSkip);
  EXPECT(scale() == 32768);
  for (int i = 0; i < 1999; ++i) scaler.update(kMake);
  EXPECT(scale() == 32768);
  scaler.update(kMake);
  EXPECT(scale() == 65536);
  scaler.update(kMake);
  EXPECT(scaler.state()[1].first == "scaler.growth_tracker" && scaler.state()[1].second.item<int>() == 1);
}

TEST_MAIN
