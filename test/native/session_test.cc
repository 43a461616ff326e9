// The whole classifier against the golden values of the official modules and PyTorch: logits, loss, every gradient, five steps.

#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "expect_error.h"
#include "session/session.h"
#include "tiny.h"

using namespace ijepa;
using test::code_of;
using test::difference;

namespace {

constexpr double kActivation = 1e-4;   // absolute
constexpr double kGradientNorm = 1e-4; // relative
constexpr double kFiveSteps = 1e-3;    // of the losses
constexpr double kAfterFive = 1e-4;    // of the parameters, absolute

// Golden images are normalised already: mean 0 and deviation 1 leave them so.
SessionConfig tiny_config() {
  SessionConfig config;
  config.embed_dim = 48;
  config.depth = test::kDepth;
  config.heads = 4;
  config.mlp_dim = 192;
  config.patch_size = 4;
  config.image_height = config.image_width = 32;
  config.classes = 10;
  config.std = {1, 1, 1};
  config.threads = 2;
  return config;
}

std::string temporary(const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / "ijepa-session-test";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

// A load plan for the golden weights: their values in one file, of a fused qkv three ranges.
std::vector<PlannedTensor> golden_plan() {
  const auto stored = test::read_golden(test::tiny_file());
  const auto official = test::tiny_values();
  const auto path = temporary("golden.bin");
  std::ofstream file(path, std::ios::binary);
  std::vector<PlannedTensor> plan;
  int64_t offset = 0;
  for (const auto& [name, parts] : test::tiny_names()) {
    auto& planned = plan.emplace_back();
    planned.name = name;
    planned.shape = official.at(name).sizes().vec();
    for (const auto& part : parts) {
      const auto& tensor = stored.at(part);
      const auto bytes = static_cast<int64_t>(tensor.nbytes());
      file.write(static_cast<const char*>(tensor.const_data_ptr()), bytes);
      planned.ranges.push_back({path, offset, bytes, at::kFloat});
      offset += bytes;
    }
  }
  return plan;
}

std::unique_ptr<Session> golden_session() {
  auto session = std::make_unique<Session>(tiny_config());
  session->load(golden_plan(), CancelToken{});
  return session;
}

Batch golden_batch() {
  const auto golden = test::tiny_cases();
  Batch batch;
  batch.images = golden.at("images");
  batch.labels = golden.at("labels").to(at::kLong);
  batch.samples = {0, 1, 2};
  return batch;
}

// All but the positions: weight decay on tensors of two or more dimensions.
TrainingConfig golden_training(const Session& session, double label_smoothing) {
  TrainingConfig config;
  config.label_smoothing = label_smoothing;
  ParameterGroup decayed{{}, 1, 0.05}, plain{{}, 1, 0};
  for (const auto& info : session.parameters()) {
    if (info.name == "pos_embed") continue;
    (info.shape.size() >= 2 ? decayed : plain).names.push_back(info.name);
  }
  config.groups = {decayed, plain};
  return config;
}

// Of qkv's bias the key third is left out: its gradient is zero but for rounding, and AdamW makes steps of that.
at::Tensor without_key_bias(const std::string& name, const at::Tensor& values) {
  if (!name.ends_with("attn.qkv.bias")) return values;
  const auto parts = values.chunk(3);
  return at::cat({parts[0], parts[2]});
}

}  // namespace

TEST("logits and pooled features are golden") {
  const auto session = golden_session();
  const auto golden = test::tiny_cases();
  EXPECT(difference(session->predict(golden_batch(), Precision::kFloat32, {}), golden.at("logits")) < kActivation);
  Features features;
  session->append_features(golden_batch(), features, Precision::kFloat32, {});
  EXPECT(features.rows == 3);
  EXPECT(difference(features.values.narrow(0, 0, 3), golden.at("pooled_mean")) < kActivation);
  EXPECT(difference(session->predict_on_features(features, 0, 3), golden.at("logits")) < kActivation);
}

TEST("loss and every gradient are golden") {
  const auto session = golden_session();
  session->configure_training(golden_training(*session, 0));
  session->train_step(golden_batch(), 1e-3, {});
  const auto means = session->read_means();
  const auto golden = test::tiny_cases();
  EXPECT(std::abs(means.loss - golden.at("loss").item<double>()) < kActivation);
  double squares = 0;
  int compared = 0;
  for (const auto& info : session->parameters()) {
    const auto expected = golden.find("grad." + info.name);
    if (expected == golden.end()) continue;
    const auto found = session->read("grad." + info.name);
    const double norm = expected->second.norm().item<double>();
    const auto apart = without_key_bias(info.name, found) - without_key_bias(info.name, expected->second);
    EXPECT_NOTE(info.name, apart.norm().item<double>() <= kGradientNorm * norm);
    squares += norm * norm;
    ++compared;
  }
  EXPECT(compared == 2 + 12 * test::kDepth + 2 + 2);
  EXPECT(std::abs(means.gradient_norm / std::sqrt(squares) - 1) < kGradientNorm);
}

TEST("five AdamW steps end at the golden losses and parameters") {
  const auto session = golden_session();
  session->configure_training(golden_training(*session, 0.1));
  const auto golden = test::tiny_cases();
  const auto losses = golden.at("adamw_losses");
  for (int64_t step = 0; step < 5; ++step) {
    session->train_step(golden_batch(), 1e-3, {});
    EXPECT(std::abs(session->read_means().loss - losses[step].item<double>()) < kFiveSteps);
  }
  for (const auto& info : session->parameters()) {
    const auto expected = golden.find("after5." + info.name);
    if (expected == golden.end()) continue;
    const auto found = session->read(info.name);
    EXPECT_NOTE(info.name, difference(without_key_bias(info.name, found), without_key_bias(info.name, expected->second)) <
                               kAfterFive);
  }
  EXPECT(torch::equal(session->read("pos_embed"), test::tiny_values().at("pos_embed")));
}

TEST("bf16 comes near the float32 loss and trains") {
  const auto session = golden_session();
  auto config = golden_training(*session, 0);
  config.precision = Precision::kBFloat16;
  session->configure_training(config);
  session->train_step(golden_batch(), 1e-3, {});
  const double first = session->read_means().loss;
  EXPECT(std::abs(first - test::tiny_cases().at("loss").item<double>()) < 0.05);
  for (int i = 0; i < 5; ++i) session->train_step(golden_batch(), 1e-3, {});
  EXPECT(session->read_means().loss < first);
}

TEST("only what is in a group trains, and has optimizer state") {
  const auto session = golden_session();
  TrainingConfig config;
  config.groups = {{{"head.weight", "head.bias", "blocks.2.mlp.fc2.weight"}, 1, 0}};
  session->configure_training(config);
  session->train_step(golden_batch(), 1e-2, {});
  const auto before = test::tiny_values();
  for (const auto& info : session->parameters()) {
    const bool trained = info.name.starts_with("head.") || info.name == "blocks.2.mlp.fc2.weight";
    EXPECT_NOTE(info.name, torch::equal(session->read(info.name), before.at(info.name)) != trained);
  }
  int states = 0;
  for (const auto& info : session->tensors()) states += info.name.starts_with("adamw.exp_avg.");
  EXPECT(states == 3);
}

TEST("a cancelled step changes nothing") {
  const auto session = golden_session();
  session->configure_training(golden_training(*session, 0));
  CancelSource source;
  const auto token = source.token();
  source.cancel();
  EXPECT(code_of([&] { session->train_step(golden_batch(), 1e-3, token); }) == ErrorCode::kCancelled);
  for (const auto& [name, values] : test::tiny_values()) EXPECT_NOTE(name, torch::equal(session->read(name), values));
  EXPECT(session->read_means().updates == 0);
}

TEST("a step that is not finite is left out on the device and its samples are told") {
  const auto session = golden_session();
  session->configure_training(golden_training(*session, 0));
  auto bad = golden_batch();
  bad.images = bad.images.clone();
  bad.images[1][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  bad.samples = {7, 8, 9};
  session->train_step(bad, 1e-3, {});
  session->train_step(golden_batch(), 0, {});
  for (const auto& [name, values] : test::tiny_values()) EXPECT_NOTE(name, torch::equal(session->read(name), values));
  const auto means = session->read_means();
  EXPECT(means.skipped == 1 && means.updates == 1);
  EXPECT(means.skipped_samples == std::vector<int32_t>({7, 8, 9}));
  EXPECT(std::isfinite(means.loss));
}

TEST("a label outside of the classes is refused") {
  const auto session = golden_session();
  session->configure_training(golden_training(*session, 0));
  for (const int64_t label : {-1, 10}) {
    auto batch = golden_batch();
    batch.labels = torch::tensor({0, static_cast<int>(label), 1}, at::kLong);
    EXPECT(code_of([&] { session->train_step(batch, 1e-3, {}); }) == ErrorCode::kArgument);
  }
}

TEST("standardisation folds into the classifier's weights") {
  const auto session = golden_session();
  Features features;
  session->append_features(golden_batch(), features, Precision::kFloat32, {});
  session->standardize(features);
  const auto values = features.values.narrow(0, 0, 3);
  const auto expected =
      at::linear((values - values.mean(0)) / (values.std(0) + 1e-6), session->read("head.weight"), session->read("head.bias"));
  EXPECT(difference(session->predict_on_features(features, 0, 3), expected) < kActivation);
  const auto folded = at::linear(values, session->read("classifier.weight"), session->read("classifier.bias"));
  EXPECT(difference(folded, expected) < 1e-2 * expected.abs().max().item<double>());
}

TEST("state that is written and loaded goes on bit-equal") {
  const auto session = golden_session();
  session->configure_training(golden_training(*session, 0.1));
  session->train_step(golden_batch(), 1e-3, {});
  const auto path = temporary("state.bin");
  std::vector<PlannedTensor> plan;
  std::vector<Piece> pieces;
  int64_t offset = 0;
  for (const auto& info : session->tensors()) {
    if (info.name.starts_with("grad.") || info.name.starts_with("classifier.")) continue;
    int64_t bytes = static_cast<int64_t>(at::elementSize(info.dtype));
    for (const int64_t side : info.shape) bytes *= side;
    pieces.push_back({info.name, 0, 0});
    plan.push_back({info.name, info.shape, {{path, offset, bytes, info.dtype}}, {}});
    offset += bytes;
  }
  session->write(path, {}, pieces);
  EXPECT(std::filesystem::file_size(path) == static_cast<uintmax_t>(offset));
  const auto other = std::make_unique<Session>(tiny_config());
  other->configure_training(golden_training(*other, 0.1));
  other->load(plan, {});
  for (const auto* one : {session.get(), other.get()}) const_cast<Session*>(one)->train_step(golden_batch(), 1e-3, {});
  for (const auto& info : session->parameters()) {
    EXPECT_NOTE(info.name, torch::equal(session->read(info.name), other->read(info.name)));
  }
}

TEST("a hostile plan is refused and names the file") {
  const auto session = golden_session();
  const auto refused = [&](auto change) {
    auto plan = golden_plan();
    change(plan[1]);
    return code_of([&] { session->load(plan, {}); });
  };
  EXPECT(refused([](PlannedTensor& t) { t.ranges[0].offset = int64_t{1} << 60; }).has_value());
  EXPECT(refused([](PlannedTensor& t) { t.ranges[0].length += 4; }).has_value());
  EXPECT(refused([](PlannedTensor& t) { t.ranges[0].offset = -4; }).has_value());
  EXPECT(refused([](PlannedTensor& t) { t.shape = {int64_t{1} << 40, int64_t{1} << 40}; }).has_value());
  EXPECT(refused([](PlannedTensor& t) { t.ranges[0].file += ".missing"; }) == ErrorCode::kFile);
  EXPECT(refused([](PlannedTensor& t) { t.name = "no.such.parameter"; }).has_value());
  for (const auto& [name, values] : test::tiny_values()) EXPECT_NOTE(name, torch::equal(session->read(name), values));
}

TEST_MAIN
