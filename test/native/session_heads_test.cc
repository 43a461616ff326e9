// Many heads in one pass: each is PyTorch's head trained alone, and ours trained alone; checkpoints, folding, bad input.

#include "session/heads.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>

#include "expect_error.h"
#include "golden.h"
#include "scratch.h"
#include "test.h"

using namespace ijepa;
using test::code_of;
using test::difference;

namespace {

constexpr int64_t kClasses = 5, kColumns = 32, kNarrow = 8, kUpdates = 60;

std::string golden_file() { return test::fixture("golden/heads.safetensors"); }

Features features_of(const at::Tensor& values, const at::Tensor& labels) {
  Features features;
  append(features, values, labels);
  return features;
}

struct Case {
  std::string name;
  HeadsConfig config;
  std::vector<double> rates;  // of the first update
};

HeadsConfig config_of(OptimizerKind optimizer, bool nesterov, bool decay_biases, std::vector<HeadGroupConfig> groups) {
  HeadsConfig config;
  config.classes = kClasses;
  config.groups = std::move(groups);
  config.kind.optimizer = optimizer;
  config.kind.options.beta2 = 0.95;
  config.kind.nesterov = nesterov;
  config.decay_biases = decay_biases;
  return config;
}

// As test/parity/heads.py has them.
std::vector<Case> cases() {
  using Norm = HeadNorm;
  using Kind = OptimizerKind;
  return {{"adamw",
           config_of(Kind::kAdamW, false, false,
                     {{kNarrow, Norm::kNone, {5e-4, 5e-2, 1e-3}}, {kColumns, Norm::kNone, {1e-3}}}),
           {1e-2, 1e-3, 5e-2, 2e-3}},
          {"nesterov",
           config_of(Kind::kSgd, true, true,
                     {{kNarrow, Norm::kNone, {5e-4, 0}},
                      {kColumns, Norm::kAffine, {5e-4, 5e-3}},
                      {kNarrow, Norm::kAffine, {5e-4}}}),
           {0.01, 0.1, 0.01, 0.2, 0.05}},
          {"lars",
           config_of(Kind::kLars, false, false, {{kColumns, Norm::kPlain, {0, 5e-2}}, {kNarrow, Norm::kNone, {5e-4}}}),
           {6.4, 1.0, 0.5}},
          {"momentum", config_of(Kind::kSgd, false, false, {{kColumns, Norm::kNone, {0, 0}}}), {1e-2, 1e-1}}};
}

Heads heads_of(const HeadsConfig& config) { return Heads(config, at::kCPU, 1, LinearKernel::kOneDnn); }

// The plan of a load of `names` from `file`, whose tensors are called `prefix` and the name.
std::vector<PlannedTensor> plan_of(const std::string& file, const std::string& prefix,
                                   const std::vector<std::string>& names) {
  const auto stored = test::read_golden_file(file);
  std::vector<PlannedTensor> plan;
  for (const auto& name : names) {
    const auto& [values, offset] = stored.at(prefix + name);
    plan.push_back({name, values.sizes().vec(),
                    {{file, offset, static_cast<int64_t>(values.nbytes()), values.scalar_type()}}, std::nullopt});
  }
  return plan;
}

Heads golden_heads(const Case& one) {
  auto heads = heads_of(one.config);
  std::vector<std::string> names;
  for (size_t i = 0; i < one.config.groups.size(); ++i)
    for (const char* part : {".weight", ".bias"}) names.push_back("heads." + std::to_string(i) + part);
  heads.load(plan_of(golden_file(), one.name + ".", names), {});
  return heads;
}

std::vector<int32_t> rows_of(const at::Tensor& batch) {
  return {batch.const_data_ptr<int32_t>(), batch.const_data_ptr<int32_t>() + batch.numel()};
}

std::vector<double> scaled(std::vector<double> rates, double factor) {
  for (auto& rate : rates) rate *= factor;
  return rates;
}

std::vector<int32_t> all_rows(int32_t rows) {
  std::vector<int32_t> all(rows);
  for (int32_t i = 0; i < rows; ++i) all[i] = i;
  return all;
}

// A small problem of our own.
Features random_features(int64_t rows, int64_t columns, int64_t classes) {
  torch::manual_seed(3);
  const auto labels = torch::randint(classes, {rows}, at::kLong);
  return features_of(torch::randn({classes, columns}).index_select(0, labels) + torch::randn({rows, columns}) + 0.5, labels);
}

HeadsConfig both_norms() {
  auto config = config_of(OptimizerKind::kAdamW, false, true,
                          {{kColumns, HeadNorm::kNone, {0, 1e-2}}, {kNarrow, HeadNorm::kAffine, {0.1, 0}}});
  config.init = 0.02;
  config.seed = 9;
  return config;
}

const std::vector<double> kRates{1e-2, 3e-3, 2e-2, 1e-3};

}  // namespace

TEST("each head of a pass has PyTorch's losses and logits") {
  const auto golden = test::read_golden(golden_file());
  const auto features = features_of(golden.at("features"), golden.at("labels"));
  const auto batches = golden.at("batches");
  for (const auto& one : cases()) {
    auto heads = golden_heads(one);
    for (int64_t step = 0; step < kUpdates; ++step) {
      heads.step(features, rows_of(batches[step]), scaled(one.rates, 1 - static_cast<double>(step) / kUpdates), {});
      const auto losses = torch::tensor(heads.read_means().loss, at::kDouble);
      EXPECT_NOTE(one.name, difference(losses, golden.at(one.name + ".losses").select(1, step)) < 2e-5);
    }
    const auto logits = golden.at(one.name + ".logits");
    for (int64_t head = 0; head < heads.size(); ++head) {
      const auto found = heads.predict(features, 0, features.rows, head);
      EXPECT_NOTE(one.name + std::to_string(head),
                  difference(found, logits[head]) < 1e-4 * std::max(1.0, logits[head].abs().max().item<double>()));
    }
  }
}

TEST("a head among many is the head trained alone") {
  const auto features = random_features(200, kColumns, kClasses);
  auto together = heads_of(both_norms());
  std::vector<Heads> alone;
  for (const auto& group : both_norms().groups) {
    for (const double decay : group.weight_decays) {
      auto config = both_norms();
      config.groups = {{group.columns, group.norm, {decay}}};
      alone.push_back(heads_of(config));
    }
  }
  for (int32_t step = 0; step < 40; ++step) {
    std::vector<int32_t> rows;
    for (int32_t i = 0; i < 50; ++i) rows.push_back((step * 37 + i * 3) % 200);
    together.step(features, rows, kRates, {});
    for (size_t i = 0; i < alone.size(); ++i) alone[i].step(features, rows, {kRates[i]}, {});
  }
  const auto losses = together.read_means().loss;
  for (size_t i = 0; i < alone.size(); ++i) {
    const auto name = std::to_string(i);
    EXPECT_NOTE(name, std::abs(losses[i] - alone[i].read_means().loss[0]) < 1e-5);
    EXPECT_NOTE(name, difference(together.read("classifier." + name + ".weight"), alone[i].read("classifier.0.weight")) < 1e-5);
    EXPECT_NOTE(name, difference(together.read("classifier." + name + ".bias"), alone[i].read("classifier.0.bias")) < 1e-5);
  }
}

TEST("with so many logits that they are computed in parts the heads are the same") {
  auto config = config_of(OptimizerKind::kSgd, true, false, {{4, HeadNorm::kAffine, std::vector<double>(3, 1e-3)}});
  config.classes = 70'000;
  config.init = 0.1;
  const auto features = random_features(64, 4, config.classes);  // 4.5 million logits a head: a head at a time
  auto heads = heads_of(config);
  heads.step(features, all_rows(64), {0.5, 1, 2}, {});
  for (const double rate : {0.5, 1.0, 2.0}) {
    auto one = config;
    one.groups[0].weight_decays = {1e-3};
    auto alone = heads_of(one);
    alone.step(features, all_rows(64), {rate}, {});
    const auto name = "classifier." + std::string(rate < 1 ? "0" : rate < 2 ? "1" : "2") + ".weight";
    EXPECT_NOTE(name, difference(heads.read(name), alone.read("classifier.0.weight")) < 1e-6);
  }
}

TEST("a head's scores are those of its logits") {
  const auto features = random_features(100, kColumns, kClasses);
  auto heads = heads_of(both_norms());
  for (int i = 0; i < 5; ++i) heads.step(features, all_rows(100), kRates, {});
  std::vector<int32_t> rows;
  for (int32_t i = 20; i < 70; ++i) rows.push_back(i);
  const auto scores = heads.scores(features, rows, {});
  const auto labels = features.labels.slice(0, 20, 70);
  for (int64_t head = 0; head < heads.size(); ++head) {
    const auto logits = heads.predict(features, 20, 70, head);
    const auto name = std::to_string(head);
    EXPECT_NOTE(name, std::abs(scores.loss[head] - torch::nn::functional::cross_entropy(logits, labels).item<double>()) < 1e-5);
    EXPECT_NOTE(name, std::abs(scores.top1[head] - (logits.argmax(1) == labels).to(at::kDouble).mean().item<double>()) < 1e-9);
    EXPECT_NOTE(name, scores.top5[head] == 1);
  }
  EXPECT(scores.top1[0] > 0.3 && scores.top1[0] < 1);
}

TEST("of equal logits the lower class comes first, and what is not a number is wrong") {
  auto config = config_of(OptimizerKind::kSgd, false, false, {{2, HeadNorm::kNone, {0, 0}}});
  config.classes = 7;
  auto heads = heads_of(config);  // all weights 0: all logits equal
  const auto labels = torch::tensor({0, 4, 5, 6}, at::kLong);
  const auto features = features_of(torch::full({4, 2}, 1e30), labels);
  const auto scores = heads.scores(features, all_rows(4), {});
  EXPECT(scores.top1[0] == 0.25 && scores.top5[1] == 0.5 && std::abs(scores.loss[0] - std::log(7.0)) < 1e-6);
  heads.step(features, all_rows(4), {0, 1e30}, {});
  const auto after = heads.scores(features, all_rows(4), {});
  EXPECT(after.top1[0] == 0.25 && after.top1[1] == 0 && after.top5[1] == 0 && !std::isfinite(after.loss[1]));
}

TEST("training that was written and loaded goes on bit by bit") {
  const test::ScratchFolder scratch;
  const auto features = random_features(120, kColumns, kClasses);
  for (const auto optimizer : {OptimizerKind::kAdamW, OptimizerKind::kSgd, OptimizerKind::kLars}) {
    auto config = both_norms();
    config.kind.optimizer = optimizer;
    auto one = heads_of(config), two = heads_of(config);
    for (int i = 0; i < 3; ++i) one.step(features, all_rows(60), kRates, {});
    const auto path = scratch.file("state.bin");
    std::vector<Piece> pieces;
    std::vector<PlannedTensor> plan;
    int64_t offset = 0;
    for (const auto& info : one.tensors()) {
      if (info.name.starts_with("classifier.")) continue;
      int64_t length = c10::elementSize(info.dtype);
      for (const auto size : info.shape) length *= size;
      pieces.push_back({info.name, 0, 0});
      plan.push_back({info.name, info.shape, {{path, offset, length, info.dtype}}, std::nullopt});
      offset += length;
    }
    one.write(path, {}, pieces);
    two.load(plan, {});
    for (auto* heads : {&one, &two}) heads->step(features, all_rows(120), kRates, {});
    for (const auto& info : one.tensors()) {
      EXPECT_NOTE(info.name, one.read(info.name).sizes() == at::IntArrayRef(info.shape));
      EXPECT_NOTE(info.name, torch::equal(one.read(info.name), two.read(info.name)));
    }
    EXPECT(one.read_means().loss == two.read_means().loss);
  }
}

TEST("losses are means over rows since the last reading") {
  const auto features = random_features(60, kColumns, kClasses);
  auto heads = heads_of(both_norms());
  EXPECT(std::isnan(heads.read_means().loss[0]));
  const std::vector<double> none(4, 0);
  heads.step(features, all_rows(10), none, {});
  const double first = heads.read_means().loss[0];
  heads.step(features, all_rows(60), none, {});
  const double second = heads.read_means().loss[0];
  heads.step(features, all_rows(10), none, {});
  heads.step(features, all_rows(60), none, {});
  EXPECT(std::abs(heads.read_means().loss[0] - (10 * first + 60 * second) / 70) < 1e-9);
}

TEST("what cannot be trained is refused, and changes nothing") {
  const auto features = random_features(20, kColumns, kClasses);
  auto heads = heads_of(both_norms());
  const auto before = heads.read("heads.1.weight");
  const auto refused = [](const std::function<void()>& body) { return code_of(body) == ErrorCode::kArgument; };
  EXPECT(refused([&] { heads.step(features, all_rows(20), {1, 1, 1}, {}); }));
  EXPECT(refused([&] { heads.step(features, all_rows(20), {1, 1, 1, -1}, {}); }));
  EXPECT(refused([&] { heads.step(features, all_rows(20), {1, 1, 1, std::nan("")}, {}); }));
  EXPECT(refused([&] { heads.step(features, {0, 20}, kRates, {}); }));
  EXPECT(refused([&] { heads.step(features, {-1, 2}, kRates, {}); }));
  EXPECT(refused([&] { heads.step(features, {}, kRates, {}); }));
  EXPECT(refused([&] { heads.step(features, {3}, kRates, {}); }));  // batch norm of one row
  EXPECT(refused([&] { heads.step(Features(), {0, 1}, kRates, {}); }));
  const auto strange = features_of(torch::ones({4, kColumns}), torch::tensor({0, 1, 5, 0}, at::kLong));
  EXPECT(refused([&] { heads.step(strange, all_rows(4), kRates, {}); }));
  EXPECT(refused([&] { heads.scores(strange, all_rows(4), {}); }));
  EXPECT(refused([&] { heads.scores(features, {}, {}); }));
  const auto narrow = random_features(20, kNarrow, kClasses);
  EXPECT(refused([&] { heads.step(narrow, all_rows(20), kRates, {}); }));
  EXPECT(refused([&] { heads.predict(features, 0, 21, 0); }));
  EXPECT(refused([&] { heads.predict(features, 0, 20, 4); }));
  EXPECT(refused([&] { heads.predict(features, 0, 20, -1); }));
  EXPECT(refused([&] { heads.read("heads.2.weight"); }));
  EXPECT(refused([&] { heads.load({{"classifier.0.weight", {kClasses, kColumns}, {}, std::nullopt}}, {}); }));
  CancelSource cancel;
  const auto token = cancel.token();
  cancel.cancel();
  EXPECT(code_of([&] { heads.step(features, all_rows(20), kRates, token); }) == ErrorCode::kCancelled);
  EXPECT(torch::equal(before, heads.read("heads.1.weight")) && std::isnan(heads.read_means().loss[0]));
}

TEST("impossible configurations are refused") {
  const auto refused = [](const std::function<void(HeadsConfig&)>& change) {
    auto config = both_norms();
    change(config);
    return code_of([&] { heads_of(config); }) == ErrorCode::kArgument;
  };
  EXPECT(refused([](auto& config) { config.classes = 0; }));
  EXPECT(refused([](auto& config) { config.groups.clear(); }));
  EXPECT(refused([](auto& config) { config.groups[0].columns = 0; }));
  EXPECT(refused([](auto& config) { config.groups[0].weight_decays.clear(); }));
  EXPECT(refused([](auto& config) { config.groups[0].weight_decays = {-1}; }));
  EXPECT(refused([](auto& config) { config.kind.options.momentum = 1; }));
  EXPECT(refused([](auto& config) { config.kind.options.epsilon = 0; }));
  EXPECT(refused([](auto& config) { config.init = std::nan(""); }));
}

TEST_MAIN
