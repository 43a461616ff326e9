// What a recipe asks of an update: losses, mixed batches, and batches that are computed in parts.

#include <torch/torch.h>

#include <algorithm>

#include "base/caching_allocator.h"
#include "expect_error.h"
#include "scratch.h"
#include "session/loss.h"
#include "tiny_session.h"

using namespace ijepa;
using test::batch_of;
using test::code_of;
using test::difference;
using test::parameters_of;
using test::tiny_config;
using test::tiny_session;
using test::training;
using test::without_key_bias;

namespace {

std::map<std::string, at::Tensor> golden() { return test::read_golden(test::fixture("golden/training.safetensors")); }

at::Tensor loss_of(const LossOptions& options, const at::Tensor& logits, const at::Tensor& targets) {
  const Loss loss(options, logits.size(1), at::kCPU);
  return loss.sum(logits, targets) / loss.divisor(targets);
}

Batch random_batch(int64_t rows) {
  torch::manual_seed(5);
  return batch_of(torch::rand({rows, 3, 32, 32}), torch::randint(10, {rows}, at::kLong));
}

struct Trained {
  std::map<std::string, at::Tensor> parameters;
  StepMeans means;
};

// Two updates on eight samples. AdamW's epsilon is above the rounding of gradients, which it would make steps of.
Trained trained(TrainingConfig config) {
  config.optimizer_options.epsilon = 1e-5;
  auto session = tiny_session();
  session.configure_training(config);
  for (int i = 0; i < 2; ++i) session.train_step(random_batch(8), 1e-3, {});
  return {parameters_of(session), session.read_means()};
}

void expect_close(const Trained& a, const Trained& b) {
  for (const auto& [name, values] : a.parameters) {
    const auto ours = without_key_bias(name, values), theirs = without_key_bias(name, b.parameters.at(name));
    EXPECT_NOTE(name, (ours - theirs).norm().item<double>() <= 1e-5 * ours.norm().item<double>());
  }
  EXPECT(std::abs(a.means.loss - b.means.loss) < 1e-5 && a.means.top1 == b.means.top1);
  EXPECT(std::abs(a.means.gradient_norm / b.means.gradient_norm - 1) < 1e-4);
  EXPECT(a.means.samples == b.means.samples && a.means.updates == 2 && b.means.updates == 2);
}

// While it lives CPU tensors may take `bytes` more than at its beginning.
struct MemoryLimit {
  explicit MemoryLimit(size_t bytes) {
    install_caching_allocator();
    release_cached_cpu_memory();
    limit_cpu_memory(cpu_memory().live + bytes);
  }
  ~MemoryLimit() { limit_cpu_memory(0); }
};

std::map<std::string, at::Tensor> state_of(const Session& session) {
  std::map<std::string, at::Tensor> values;
  for (const auto& info : session.tensors()) values[info.name] = session.read(info.name);
  return values;
}

bool are_equal(const std::map<std::string, at::Tensor>& a, const std::map<std::string, at::Tensor>& b) {
  return a.size() == b.size() &&
         std::ranges::all_of(a, [&](const auto& named) { return at::equal(named.second, b.at(named.first)); });
}

template <typename Work>
bool runs_out_of_memory(Work work) {
  try {
    work();
    return false;
  } catch (const std::exception& error) {
    return is_out_of_memory(error);
  }
}

}  // namespace

TEST("an update that runs out of memory leaves everything as it was; in halves it is the update that fits at once") {
  for (const auto kind : {OptimizerKind::kAdamW, OptimizerKind::kLars}) {
    auto config = training(0.05);
    config.optimizer = kind;
    config.mixup.mixup = 0.8;
    config.drop_path = 0.3;
    config.average = 0.9;
    auto session = tiny_session(), other = tiny_session();
    session.configure_training(config);
    session.train_step(random_batch(8), 1e-3, {});
    const auto before = state_of(session);
    {
      const MemoryLimit limit(size_t{3} << 20);
      EXPECT(runs_out_of_memory([&] { session.train_step(random_batch(8), 1e-3, {}); }));
      auto after = before;
      std::erase_if(after, [](const auto& named) { return named.first.starts_with("grad."); });
      EXPECT(are_equal(after, state_of(session)));
      config.micro_batch = 2;
      session.configure_training(config);
      session.train_step(random_batch(8), 1e-3, {});
    }
    config.micro_batch = 0;
    other.configure_training(config);
    other.train_step(random_batch(8), 1e-3, {});
    config.micro_batch = 2;
    other.configure_training(config);
    other.train_step(random_batch(8), 1e-3, {});
    EXPECT(are_equal(state_of(session), state_of(other)));
  }
}

TEST("predictions that run out of memory are made in parts, down to single samples") {
  auto session = tiny_session();
  const auto batch = random_batch(8);
  const auto whole = session.predict(batch, Precision::kFloat32, {});
  const MemoryLimit limit(size_t{1} << 20);
  EXPECT(difference(session.predict(batch, Precision::kFloat32, {}), whole) < 1e-5);
  Features features;
  session.append_features(batch, features, Precision::kFloat32, {});
  EXPECT(features.rows == 8);
}

TEST("losses are those of PyTorch and timm, of labels and of shares, weighted and smoothed") {
  const auto cases = golden();
  const auto logits = cases.at("loss.logits"), labels = cases.at("loss.labels"), shares = cases.at("loss.shares");
  const auto weights = cases.at("loss.weights").to(at::kDouble).contiguous();
  const std::vector<double> by_class(weights.data_ptr<double>(), weights.data_ptr<double>() + weights.numel());
  const auto binary = LossKind::kBinaryCrossEntropy;
  const auto expect = [&](const std::string& name, const LossOptions& options, const at::Tensor& targets) {
    EXPECT_NOTE(name, difference(loss_of(options, logits, targets), cases.at("loss.of." + name)) < 1e-6);
  };
  expect("labels", {.label_smoothing = 0.1}, labels);
  expect("labels.weighted", {.label_smoothing = 0.1, .class_weights = by_class}, labels);
  expect("shares", {.label_smoothing = 0.1}, shares);
  expect("binary.labels", {.kind = binary, .label_smoothing = 0.1}, labels);
  expect("binary.labels.weighted", {.kind = binary, .label_smoothing = 0.1, .class_weights = by_class}, labels);
  expect("binary.shares", {.kind = binary, .label_smoothing = 0.1}, shares);
}

TEST("labels and their shares have one loss, with weights too") {
  const auto cases = golden();
  const auto logits = cases.at("loss.logits"), labels = cases.at("loss.labels");
  std::vector<double> weights;
  for (int i = 0; i < 10; ++i) weights.push_back(0.5 + i);
  for (const auto kind : {LossKind::kCrossEntropy, LossKind::kBinaryCrossEntropy}) {
    const LossOptions options{.kind = kind, .label_smoothing = 0.2, .class_weights = weights};
    EXPECT(difference(loss_of(options, logits, labels), loss_of(options, logits, label_shares(labels, 10))) < 1e-5);
  }
}

TEST("a batch computed in parts is the update of the whole, whatever the parts") {
  std::vector<double> weights(10, 1);
  weights[3] = 5;
  const auto plain = training(0.05);
  auto mixing = plain;
  mixing.mixup = {.mixup = 0.8, .cutmix = 1, .switch_probability = 0.5};
  mixing.drop_path = 0.2;
  mixing.clip_gradient = 0.5;
  auto weighted = plain;
  weighted.loss = {.kind = LossKind::kCrossEntropy, .label_smoothing = 0.1, .class_weights = weights};
  auto binary = mixing;
  binary.loss.kind = LossKind::kBinaryCrossEntropy;
  for (auto config : {plain, mixing, weighted, binary}) {
    const auto whole = trained(config);
    for (const int64_t part : {1, 3, 4, 100}) {
      config.micro_batch = part;
      expect_close(whole, trained(config));
    }
  }
}

TEST("what is erased of a batch is replaced after the normalisation and before mixup, in parts too") {
  const auto loss = [](const Batch& batch, int64_t part) {
    auto session = tiny_session();
    auto config = training(0.05);
    config.mixup = {.mixup = 0.8, .cutmix = 0, .switch_probability = 0};
    config.micro_batch = part;
    session.configure_training(config);
    session.train_step(batch, 1e-3, {});
    return session.read_means().loss;
  };
  const auto plain = random_batch(8);
  auto erased = plain, pasted = plain;  // the images are normalised already
  pasted.images = plain.images.clone();
  for (const int64_t row : {1, 6}) {
    erased.erased.push_back({row, 3, 5, 20, 11, torch::randn({3, 20, 11})});
    erased.erased.back().of(pasted.images, row).copy_(erased.erased.back().values);
  }
  for (const int64_t part : {0, 3}) {
    EXPECT(std::abs(loss(erased, part) - loss(pasted, part)) < 1e-6);
    EXPECT(std::abs(loss(erased, part) - loss(plain, part)) > 1e-4);
  }
}

TEST("the head's update on features may be computed in parts too") {
  const auto head = [](int64_t part) {
    auto session = tiny_session();
    auto config = training(0.05, "head.");
    config.micro_batch = part;
    session.configure_training(config);
    Features features;
    session.append_features(random_batch(8), features, Precision::kFloat32, {});
    for (int i = 0; i < 3; ++i) session.train_step_on_features(features, {7, 0, 3, 4, 1}, 1e-2);
    return session.read("head.weight");
  };
  EXPECT(difference(head(0), head(2)) < 1e-6);
}

TEST("mixing changes what is learnt, by the seed alone, and is off in evaluation") {
  auto config = training(0.05);
  const auto plain = trained(config);
  config.mixup.cutmix = 1;
  const auto mixed = trained(config), again = trained(config);
  EXPECT(mixed.means.loss == again.means.loss && mixed.means.loss != plain.means.loss);
  auto session = tiny_session();
  session.configure_training(config);
  const auto logits = session.predict(random_batch(8), Precision::kFloat32, {});
  EXPECT(torch::equal(logits, tiny_session().predict(random_batch(8), Precision::kFloat32, {})));
}

TEST("a mixed update that is cancelled gives its draws back") {
  auto config = training(0.05);
  config.mixup.mixup = 0.8;
  auto session = tiny_session();
  session.configure_training(config);
  const auto before = session.read("generator");
  CancelSource source;
  const auto token = source.token();
  source.cancel();
  EXPECT(code_of([&] { session.train_step(random_batch(8), 1e-3, token); }) == ErrorCode::kCancelled);
  EXPECT(torch::equal(session.read("generator"), before));
}

TEST("the images of a batch that is mixed stay as they were") {
  auto config = training(0.05);
  config.mixup.mixup = 0.8;
  auto session = tiny_session();
  session.configure_training(config);
  const auto batch = random_batch(4);
  const auto before = batch.images.clone();
  session.train_step(batch, 1e-3, {});
  EXPECT(torch::equal(batch.images, before));
}

TEST("several labels a sample: binary cross-entropy of all of them, mixed and in parts, on features too") {
  const auto batch = random_batch(3);
  const std::vector<int32_t> sets{0, 2, 3, 3}, labels{1, 7, 4};
  std::vector<int32_t> padded(100, 0);  // samples 100 to 102 have {1, 7}, {4} and none
  padded.insert(padded.end(), sets.begin(), sets.end());
  auto config = training();
  config.loss = {.kind = LossKind::kBinaryCrossEntropy, .label_smoothing = 0.1};
  auto session = tiny_session();
  session.set_label_sets(padded, labels);
  session.configure_training(config);
  const auto logits = session.predict(batch, Precision::kFloat32, {});
  auto shares = torch::zeros({3, 10});
  shares[0][1] = shares[0][7] = shares[1][4] = 1;
  session.train_step(batch, 0, {});
  const double expected = loss_of(config.loss, logits, shares).item<double>();
  EXPECT(std::abs(session.read_means().loss - expected) < 1e-5);

  config.mixup.mixup = 0.8;
  const auto mixed = [&](int64_t part) {
    auto mixing = tiny_session();
    mixing.set_label_sets(padded, labels);
    config.micro_batch = part;
    mixing.configure_training(config);
    mixing.train_step(batch, 0, {});
    return mixing.read_means().loss;
  };
  EXPECT(std::abs(mixed(0) - mixed(2)) < 1e-5 && std::abs(mixed(0) - expected) > 1e-4);

  auto head = tiny_session();
  head.set_label_sets(sets, labels);
  config.groups = training(0, "head.").groups;
  head.configure_training(config);
  Features features;
  head.append_features(batch, features, Precision::kFloat32, {});
  head.train_step_on_features(features, {2, 0}, 0);
  const auto wanted = torch::tensor({2, 0}, at::kLong);
  EXPECT(std::abs(head.read_means().loss -
                  loss_of(config.loss, logits.index_select(0, wanted), shares.index_select(0, wanted)).item<double>()) <
         1e-5);
}

TEST("sets of labels that cannot be are refused, and so is a sample without one") {
  auto session = tiny_session();
  const auto refused = [&](std::vector<int32_t> offsets, std::vector<int32_t> labels) {
    return code_of([&] { session.set_label_sets(offsets, labels); }) == ErrorCode::kArgument;
  };
  EXPECT(refused({}, {}) && refused({1, 2}, {0, 0}) && refused({0, 2, 1}, {0}) && refused({0, 1}, {0, 1}));
  EXPECT(refused({0, 1}, {10}) && refused({0, 1}, {-1}));
  session.set_label_sets({0, 1}, {3});
  auto config = training();
  config.loss.kind = LossKind::kBinaryCrossEntropy;
  session.configure_training(config);
  EXPECT(code_of([&] { session.train_step(random_batch(3), 0, {}); }) == ErrorCode::kArgument);
  config.loss.kind = LossKind::kCrossEntropy;
  session.configure_training(config);
  EXPECT(code_of([&] { session.train_step(random_batch(3), 0, {}); }) == ErrorCode::kArgument);
}

TEST("recipes that cannot be are refused") {
  auto session = tiny_session();
  const auto refused = [&](auto change) {
    auto config = training();
    change(config);
    return code_of([&] { session.configure_training(config); }) == ErrorCode::kArgument;
  };
  EXPECT(refused([](TrainingConfig& c) { c.mixup.mixup = -1; }));
  EXPECT(refused([](TrainingConfig& c) { c.mixup.cutmix = NAN; }));
  EXPECT(refused([](TrainingConfig& c) { c.mixup.switch_probability = 1.5; }));
  EXPECT(refused([](TrainingConfig& c) { c.micro_batch = -1; }));
  EXPECT(refused([](TrainingConfig& c) { c.average = 1; }));
  EXPECT(refused([](TrainingConfig& c) { c.optimizer_options.momentum = 1; }));
  EXPECT(refused([](TrainingConfig& c) { c.loss.class_weights = {1, 2}; }));
  EXPECT(refused([](TrainingConfig& c) { c.loss.class_weights.assign(10, 0); }));
  EXPECT(refused([](TrainingConfig& c) { c.loss.class_weights.assign(10, INFINITY); }));
}

TEST("with every optimizer the loss falls, and its state is among the tensors") {
  for (const auto& [kind, rate, prefix] : {std::tuple{OptimizerKind::kSgd, 0.05, "sgd."}, {OptimizerKind::kLars, 0.1, "lars."},
                                           {OptimizerKind::kAdamW, 1e-3, "adamw."}}) {
    auto session = tiny_session();
    auto config = training(0.01);
    config.optimizer = kind;
    session.configure_training(config);
    std::vector<double> losses;
    for (int i = 0; i < 6; ++i) {
      session.train_step(random_batch(8), rate, {});
      losses.push_back(session.read_means().loss);
    }
    EXPECT_NOTE(prefix, losses.back() < 0.9 * losses.front());
    const auto infos = session.tensors();
    const auto has = [&](const std::string& start) {
      return std::ranges::any_of(infos, [&](const auto& info) { return info.name.starts_with(start); });
    };
    for (const std::string other : {"sgd.", "lars.", "adamw."}) EXPECT_NOTE(prefix, has(other) == (other == prefix));
  }
}

TEST("averages are what predict and read see while they are used; training with them is refused") {
  auto session = tiny_session();
  auto config = training(0.05, "head.");
  config.average = 0.9;
  session.configure_training(config);
  const auto batch = random_batch(8);
  session.train_step(batch, 1e-2, {});
  const auto first = session.read("head.weight");
  session.train_step(batch, 1e-2, {});
  const auto second = session.read("head.weight"), logits = session.predict(batch, Precision::kFloat32, {});
  session.use_averages(true);
  // The second update's decay is 1 - 2^(-2/3).
  const double decay = 1 - std::pow(2, -2.0 / 3);
  EXPECT(difference(session.read("head.weight"), decay * first + (1 - decay) * second) < 1e-6);
  EXPECT(difference(session.predict(batch, Precision::kFloat32, {}), logits) > 0);
  EXPECT(difference(session.predict(batch, Precision::kBFloat16, {}), logits) > 0);
  EXPECT(code_of([&] { session.train_step(batch, 1e-2, {}); }) == ErrorCode::kArgument);
  session.use_averages(false);
  EXPECT(torch::equal(session.read("head.weight"), second));
  EXPECT(torch::equal(session.predict(batch, Precision::kFloat32, {}), logits));
  auto plain = tiny_session();
  plain.configure_training(training());
  EXPECT(code_of([&] { plain.use_averages(true); }) == ErrorCode::kArgument);
}

TEST("averaging changes nothing of what trains, and parameters of a new stage are averaged from then on") {
  const auto run = [](double average) {
    auto session = tiny_session();
    auto config = training(0.05, "head.");
    config.average = average;
    session.configure_training(config);
    session.train_step(random_batch(8), 1e-3, {});
    config.groups = training(0.05).groups;
    session.configure_training(config);
    for (int i = 0; i < 2; ++i) session.train_step(random_batch(8), 1e-3, {});
    return session;
  };
  auto plain = run(0), averaged = run(0.5);
  const auto expected = parameters_of(plain);
  for (const auto& [name, values] : parameters_of(averaged)) EXPECT_NOTE(name, torch::equal(values, expected.at(name)));
  EXPECT(averaged.read("ema.step").item<float>() == 3);
  EXPECT(difference(averaged.read("ema.average.norm.weight"), averaged.read("norm.weight")) > 0);
  EXPECT(code_of([&] { averaged.read("ema.average.pos_embed"); }) == ErrorCode::kArgument);
}

TEST("float16 gives nearly the float32 update, its gradients unscaled") {
  const auto run = [](Precision precision) {
    auto session = tiny_session();
    auto config = training(0.05);
    config.precision = precision;
    config.clip_gradient = 0.5;
    session.configure_training(config);
    session.train_step(random_batch(8), 1e-3, {});
    return session;
  };
  auto half = run(Precision::kFloat16), full = run(Precision::kFloat32);
  const auto means = half.read_means(), expected = full.read_means();
  EXPECT(means.updates == 1 && std::abs(means.loss - expected.loss) < 5e-3 && means.loss != expected.loss);
  EXPECT(std::abs(means.gradient_norm / expected.gradient_norm - 1) < 0.02);
  const auto gradient = half.read("grad.head.weight"), wanted = full.read("grad.head.weight");
  EXPECT((gradient - wanted).norm().item<double>() < 0.02 * wanted.norm().item<double>());
  EXPECT(half.read("scaler.scale").item<float>() == 65536 && half.read("scaler.growth_tracker").item<float>() == 1);
}

TEST("in float16 an overflow lowers the scale and is no failure; a loss that is not finite is one") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  auto config = training(0.05);
  config.precision = Precision::kFloat16;
  config.average = 0.9;
  session.configure_training(config);
  const float enormous = 0x1p100f;
  test::write_bytes(folder.file("scale"), reinterpret_cast<const char*>(&enormous), sizeof enormous);
  session.load({{"scaler.scale", {}, {{folder.file("scale"), 0, 4, at::kFloat}}, {}}}, {});
  const auto before = parameters_of(session);
  session.train_step(random_batch(8), 1e-3, {});
  for (const auto& [name, values] : parameters_of(session)) EXPECT_NOTE(name, torch::equal(values, before.at(name)));
  EXPECT(session.read("scaler.scale").item<float>() == enormous / 2);
  EXPECT(session.read("ema.step").item<float>() == 0);
  const auto overflow = session.read_means();
  EXPECT(overflow.updates == 0 && overflow.skipped == 0 && overflow.samples == 0);
  auto bad = random_batch(8);
  bad.images[1][0][0][0] = NAN;
  session.train_step(bad, 1e-3, {});
  const auto failed = session.read_means();
  EXPECT(failed.updates == 0 && failed.skipped == 1 && failed.skipped_samples == bad.samples);
}

TEST_MAIN
