// The classifier against the golden losses, gradients and updates; freezing, cancelling, features, state.

#include "session/session.h"

#include <torch/torch.h>

#include <chrono>
#include <set>
#include <thread>

#include "expect_error.h"
#include "scratch.h"
#include "tiny_session.h"

using namespace ijepa;
using test::batch_of;
using test::code_of;
using test::difference;
using test::golden_batch;
using test::parameters_of;
using test::tiny_config;
using test::tiny_plan;
using test::tiny_session;
using test::training;
using test::without_key_bias;

TEST("the parameters are the encoder's and the head's, in the official order") {
  std::vector<std::string> names, expected;
  for (const auto& info : Session(tiny_config()).parameters()) names.push_back(info.name);
  for (const auto& name : test::tiny_names()) expected.push_back(name.official);
  EXPECT(names == expected);
}

TEST("the same seed gives the same weights, another gives others, and pos_embed has no part in it") {
  auto config = tiny_config();
  const auto one = parameters_of(Session(config)), same = parameters_of(Session(config));
  config.seed = 12;
  const auto other = parameters_of(Session(config));
  for (const auto& [name, values] : one) EXPECT_NOTE(name, torch::equal(values, same.at(name)));
  EXPECT(!torch::equal(one.at("head.weight"), other.at("head.weight")));
  EXPECT(torch::equal(one.at("pos_embed"), other.at("pos_embed")));
}

TEST("the loaded classifier gives the golden logits and features") {
  auto session = tiny_session();
  const auto golden = test::tiny_cases();
  EXPECT(difference(session.predict(golden_batch(), Precision::kFloat32, {}), golden.at("logits")) < 1e-4);
  Features features;
  session.append_features(golden_batch(), features, Precision::kFloat32, {});
  EXPECT(features.rows == 3 && torch::equal(features.labels.narrow(0, 0, 3), golden.at("labels")));
  EXPECT(difference(features.values.narrow(0, 0, 3), golden.at("pooled_mean")) < 1e-4);
  EXPECT(difference(session.predict_on_features(features, 1, 3), golden.at("logits").narrow(0, 1, 2)) < 1e-4);
}

TEST("positions are interpolated when the grid differs") {
  const auto golden = test::tiny_cases();
  for (const auto& [suffix, height, width] : {std::tuple{"_larger", 40, 40}, {"_wide", 32, 40}}) {
    auto session = tiny_session(height, width);
    Features features;
    const auto images = golden.at(std::string("images") + suffix);
    session.append_features(batch_of(images, torch::zeros({2}, at::kLong)), features, Precision::kFloat32,
                            {});
    const auto expected = golden.at(std::string("last_hidden_state") + suffix).mean(1);
    EXPECT_NOTE(suffix, difference(features.values.narrow(0, 0, 2), expected) < 1e-4);
  }
}

TEST("pixels are scaled and normalised: uint8 as torchvision does it") {
  auto config = tiny_config();
  config.mean = {0.485, 0.456, 0.406};
  config.std = {0.229, 0.224, 0.225};
  Session normalizing(config), plain(tiny_config());
  const auto pixels = torch::randint(256, {2, 3, 32, 32}, at::kByte), labels = torch::zeros({2}, at::kLong);
  const auto mean = torch::tensor({0.485, 0.456, 0.406}).view({3, 1, 1}),
             std = torch::tensor({0.229, 0.224, 0.225}).view({3, 1, 1});
  const auto normalized = ((pixels.to(at::kFloat) / 255 - mean) / std).to(at::kFloat);
  const auto before = pixels.clone();
  const auto logits = normalizing.predict(batch_of(pixels, labels), Precision::kFloat32, {});
  EXPECT(difference(logits, plain.predict(batch_of(normalized, labels), Precision::kFloat32, {})) < 1e-5);
  EXPECT(torch::equal(pixels, before));
}

TEST("loss and every gradient are golden, with each kernel") {
  for (const auto kernel : {LinearKernel::kBlas, LinearKernel::kOneDnn, LinearKernel::kMixed}) {
    auto session = tiny_session(32, 32, kernel);
    session.configure_training(training());
    session.train_step(golden_batch(), 0, {});
    const auto golden = test::tiny_cases();
    const auto means = session.read_means();
    EXPECT(std::abs(means.loss - golden.at("loss").item<double>()) < 1e-4);
    double squares = 0;
    int compared = 0;
    for (const auto& [name, expected] : golden) {
      if (!name.starts_with("grad.")) continue;
      const auto gradient = without_key_bias(name, session.read(name)),
                 wanted = without_key_bias(name, expected);
      const double norm = wanted.to(at::kDouble).norm().item<double>();
      squares += norm * norm;
      ++compared;
      EXPECT_NOTE(name, std::abs(gradient.to(at::kDouble).norm().item<double>() / norm - 1) < 1e-4);
      EXPECT_NOTE(name, (gradient - wanted).norm().item<double>() < 1e-4 * norm);
    }
    EXPECT(compared == 42);
    EXPECT(std::abs(means.gradient_norm / std::sqrt(squares) - 1) < 1e-4);
    EXPECT(code_of([&] { session.read("grad.pos_embed"); }) == ErrorCode::kArgument);
  }
}

TEST("five AdamW updates with label smoothing give the golden losses and parameters, with each kernel") {
  for (const auto kernel : {LinearKernel::kBlas, LinearKernel::kOneDnn, LinearKernel::kMixed}) {
    auto session = tiny_session(32, 32, kernel);
    auto config = training(0.05);
    config.loss.label_smoothing = 0.1;
    session.configure_training(config);
    const auto golden = test::tiny_cases();
    for (int64_t i = 0; i < 5; ++i) {
      session.train_step(golden_batch(), 1e-3, {});
      const double expected = golden.at("adamw_losses")[i].item<double>();
      EXPECT(std::abs(session.read_means().loss - expected) < 1e-3);
    }
    int compared = 0;
    for (const auto& [name, expected] : golden) {
      if (!name.starts_with("after5.")) continue;
      const auto official = name.substr(7);
      ++compared;
      EXPECT_NOTE(name, difference(without_key_bias(name, session.read(official)),
                                   without_key_bias(name, expected)) < 1e-4);
    }
    EXPECT(compared == 42);
  }
}

TEST("bfloat16 gives nearly the float32 loss, and keeps parameters and gradients in float32") {
  auto session = tiny_session();
  auto config = training();
  config.precision = Precision::kBFloat16;
  session.configure_training(config);
  session.train_step(golden_batch(), 1e-3, {});
  const double expected = test::tiny_cases().at("loss").item<double>(), loss = session.read_means().loss;
  EXPECT(std::abs(loss - expected) < 0.02 && loss != expected);
  for (const auto& info : session.tensors())
    if (info.name != "generator") EXPECT_NOTE(info.name, info.dtype == at::kFloat);
}

TEST("in bfloat16 an update is seen by the next one, as in float32") {
  const auto losses = [](Precision precision) {
    auto session = tiny_session();
    auto config = training();
    config.precision = precision;
    session.configure_training(config);
    std::vector<double> values;
    for (int i = 0; i < 3; ++i) {
      session.train_step(golden_batch(), 1e-3, {});
      values.push_back(session.read_means().loss);
    }
    return values;
  };
  const auto fp32 = losses(Precision::kFloat32), bf16 = losses(Precision::kBFloat16);
  const double drop = fp32[0] - fp32[2];
  EXPECT(drop > 0.05 && std::abs((bf16[0] - bf16[2]) - drop) < 0.2 * drop);
}

TEST("what is loaded is seen in bfloat16 too") {
  Session session(tiny_config());
  const auto batch = golden_batch();
  const auto before = session.predict(batch, Precision::kBFloat16, {});
  session.load(tiny_plan(), {});
  const auto after = session.predict(batch, Precision::kBFloat16, {});
  EXPECT(difference(after, tiny_session().predict(batch, Precision::kBFloat16, {})) == 0);
  EXPECT(difference(after, before) > 0);
}

TEST("what is in no group is frozen: it neither changes nor has a gradient") {
  auto session = tiny_session();
  session.configure_training(training(0.05, "blocks.2."));
  const auto before = parameters_of(session);
  session.train_step(golden_batch(), 1e-2, {});
  std::set<std::string> names;
  for (const auto& info : session.tensors()) names.insert(info.name);
  for (const auto& [name, values] : parameters_of(session)) {
    const bool trains = name.starts_with("blocks.2.");
    EXPECT_NOTE(name, torch::equal(values, before.at(name)) != trains);
    EXPECT_NOTE(name,
                names.contains("grad." + name) == trains && names.contains("adamw.step." + name) == trains);
  }
}

TEST("positions train where they are named") {
  auto session = tiny_session();
  const auto before = session.read("pos_embed");
  TrainingConfig config;
  config.groups = {{{"pos_embed"}, 1, 0}};
  session.configure_training(config);
  session.train_step(golden_batch(), 1e-2, {});
  EXPECT(difference(session.read("pos_embed"), before) > 1e-3);
}

TEST("a new freezing stage keeps the state of what trained before, and gives new parameters fresh state") {
  auto session = tiny_session();
  session.configure_training(training(0, "head."));
  for (int i = 0; i < 2; ++i) session.train_step(golden_batch(), 1e-3, {});
  session.configure_training(training(0, ""));
  session.train_step(golden_batch(), 1e-3, {});
  EXPECT(session.read("adamw.step.head.weight").item<float>() == 3);
  EXPECT(session.read("adamw.step.norm.weight").item<float>() == 1);
}

TEST("means are weighted by samples and begin anew after each reading") {
  auto session = tiny_session();
  session.configure_training(training());
  const auto golden = test::tiny_cases();
  const auto images = golden.at("images"), labels = golden.at("labels");
  session.train_step(batch_of(images.narrow(0, 0, 1), labels.narrow(0, 0, 1)), 0, {});
  session.train_step(batch_of(images.narrow(0, 1, 2), labels.narrow(0, 1, 2)), 0, {});
  const auto means = session.read_means();
  const double top1 = golden.at("logits").argmax(1).eq(labels).to(at::kDouble).mean().item<double>();
  EXPECT(std::abs(means.loss - golden.at("loss").item<double>()) < 1e-4 &&
         std::abs(means.top1 - top1) < 1e-9);
  EXPECT(means.samples == 3 && means.updates == 2 && means.skipped == 0 && means.skipped_samples.empty());
  const auto none = session.read_means();
  EXPECT(none.samples == 0 && std::isnan(none.loss) && std::isnan(none.gradient_norm) &&
         std::isnan(none.top1));
}

TEST("a batch that is not finite is skipped on the device and reported with its samples") {
  auto session = tiny_session();
  session.configure_training(training(0.05));
  session.train_step(golden_batch(), 1e-3, {});
  const auto before = parameters_of(session);
  auto bad = golden_batch();
  bad.images = bad.images.clone();
  bad.images[1][0][0][0] = NAN;
  bad.samples = {7, 8, 9};
  session.train_step(bad, 1e-3, {});
  bad.samples = {1, 2, 3};
  session.train_step(bad, 1e-3, {});
  for (const auto& [name, values] : parameters_of(session))
    EXPECT_NOTE(name, torch::equal(values, before.at(name)));
  EXPECT(session.read("adamw.step.head.weight").item<float>() == 1);
  const auto means = session.read_means();
  EXPECT(means.updates == 1 && means.skipped == 2 && means.samples == 3 && std::isfinite(means.loss));
  EXPECT(means.skipped_samples == std::vector<int32_t>({7, 8, 9}));
  session.train_step(golden_batch(), 1e-3, {});
  EXPECT(session.read_means().updates == 1);
}

TEST("an update that is cancelled in the middle changes nothing, and the next one is as if it had not been") {
  auto config = training(0.05);
  config.drop_path = 0.5;
  const auto trained = [&](bool interrupted) {
    auto session = tiny_session();
    session.configure_training(config);
    session.train_step(golden_batch(), 1e-3, {});
    session.read_means();
    if (interrupted) {
      const auto before = parameters_of(session);
      CancelSource source;
      const auto token = source.token();
      source.cancel();
      EXPECT(code_of([&] { session.train_step(golden_batch(), 1e-3, token); }) == ErrorCode::kCancelled);
      for (const auto& [name, values] : parameters_of(session))
        EXPECT_NOTE(name, torch::equal(values, before.at(name)));
      EXPECT(session.read_means().updates == 0);
    }
    session.train_step(golden_batch(), 1e-3, {});
    return parameters_of(session);
  };
  const auto plain = trained(false), interrupted = trained(true);
  for (const auto& [name, values] : plain) EXPECT_NOTE(name, torch::equal(values, interrupted.at(name)));
}

TEST("cancelled from another thread at any moment, a session stands as after its last whole update") {
  auto config = training(0.05);
  config.drop_path = 0.5;
  const auto batch = golden_batch();
  for (int delay = 1; delay <= 5; ++delay) {
    auto session = tiny_session(), replay = tiny_session();
    session.configure_training(config);
    replay.configure_training(config);
    CancelSource source;
    const auto token = source.token();
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(3700 * delay));
      source.cancel();
    });
    int updates = 0;
    const auto train = [&] {
      for (;; ++updates) session.train_step(batch, 1e-3, token);
    };
    EXPECT(code_of(train) == ErrorCode::kCancelled);
    other.join();
    for (int i = 0; i < updates; ++i) replay.train_step(batch, 1e-3, {});
    EXPECT(session.read_means().updates == updates);
    const auto expected = parameters_of(replay);
    for (const auto& [name, values] : parameters_of(session))
      EXPECT_NOTE(name, torch::equal(values, expected.at(name)));
    EXPECT(torch::equal(session.read("generator"), replay.read("generator")));
  }
}

TEST("drop path draws by the seed, in training only") {
  auto config = training();
  config.drop_path = 0.5;
  const auto losses = [&] {
    auto session = tiny_session();
    session.configure_training(config);
    std::vector<double> values;
    for (int i = 0; i < 3; ++i) {
      session.train_step(golden_batch(), 0, {});
      values.push_back(session.read_means().loss);
    }
    EXPECT(difference(session.predict(golden_batch(), Precision::kFloat32, {}),
                      test::tiny_cases().at("logits")) < 1e-4);
    return values;
  };
  const auto first = losses();
  EXPECT(first == losses() && first[0] != first[1]);
}

TEST("drop path is off in frozen blocks") {
  auto config = training(0, "head.");
  config.drop_path = 0.9;
  auto session = tiny_session();
  session.configure_training(config);
  session.train_step(golden_batch(), 0, {});
  EXPECT(std::abs(session.read_means().loss - test::tiny_cases().at("loss").item<double>()) < 1e-4);
}

TEST("the head trained on kept features is the head trained on the images") {
  const auto config = training(1e-4, "head.");
  auto on_images = tiny_session(), on_features = tiny_session();
  on_images.configure_training(config);
  on_features.configure_training(config);
  Features features;
  on_features.append_features(golden_batch(), features, Precision::kFloat32, {});
  for (int i = 0; i < 5; ++i) {
    on_images.train_step(golden_batch(), 1e-2, {});
    on_features.train_step_on_features(features, {0, 1, 2}, 1e-2);
  }
  EXPECT(difference(on_images.read("head.weight"), on_features.read("head.weight")) < 1e-5);
  EXPECT(std::abs(on_images.read_means().loss - on_features.read_means().loss) < 1e-5);
}

TEST("features are appended batch after batch") {
  auto session = tiny_session();
  Features features;
  for (int i = 0; i < 3; ++i) session.append_features(golden_batch(), features, Precision::kFloat32, {});
  EXPECT(features.rows == 9);
  EXPECT(difference(features.values.narrow(0, 0, 3), features.values.narrow(0, 6, 3)) < 1e-6);
  EXPECT(torch::equal(features.labels.narrow(0, 0, 3), features.labels.narrow(0, 6, 3)));
}

TEST("a standardised head saves as a linear layer that gives the same logits") {
  auto session = tiny_session();
  Features features;
  session.append_features(golden_batch(), features, Precision::kFloat32, {});
  session.standardize(features);
  session.configure_training(training(0, "head."));
  session.train_step_on_features(features, {0, 2}, 1e-2);
  const auto folded = torch::linear(features.values.narrow(0, 0, 3), session.read("classifier.weight"),
                                    session.read("classifier.bias"));
  EXPECT(difference(folded, session.predict(golden_batch(), Precision::kFloat32, {})) < 1e-3);
  EXPECT(difference(session.read("classifier.weight"), session.read("head.weight")) > 1e-2);
  EXPECT(difference(session.read("standardize.mean"), features.values.narrow(0, 0, 3).mean(0)) < 1e-6);
  Features seen;
  session.append_prepared(features, seen);
  EXPECT(seen.rows == 3);
  EXPECT(difference(seen.values.narrow(0, 0, 3).mean(0), torch::zeros({48})) < 1e-4);
  const auto logits = torch::linear(seen.values.narrow(0, 0, 3), session.read("head.weight"), session.read("head.bias"));
  EXPECT(difference(logits, session.predict(golden_batch(), Precision::kFloat32, {})) < 1e-3);
}

// Another session that has loaded all that this one can write.
Session copy_of(Session& original, const TrainingConfig& config, const test::ScratchFolder& folder) {
  std::vector<Piece> pieces;
  std::vector<PlannedTensor> plan;
  const auto path = folder.file("state");
  int64_t offset = 5;
  for (const auto& info : original.tensors()) {
    if (info.name.starts_with("grad.") || info.name.starts_with("classifier.")) continue;
    const auto length =
        c10::multiply_integers(info.shape) * static_cast<int64_t>(at::elementSize(info.dtype));
    pieces.push_back({info.name});
    plan.push_back({info.name, info.shape, {{path, offset, length, info.dtype}}, {}});
    offset += length;
  }
  original.write(path, {'h', 'e', 'a', 'd', '!'}, pieces);
  EXPECT(test::read_bytes(path).substr(0, 5) == "head!");
  EXPECT(static_cast<int64_t>(std::filesystem::file_size(path)) == offset);
  Session copy(tiny_config());
  copy.configure_training(config);
  copy.load(plan, {});
  return copy;
}

TEST("a session that loads what another wrote goes on as it") {
  const test::ScratchFolder folder;
  auto config = training(0.05);
  config.drop_path = 0.3;
  config.mixup.mixup = 0.8;
  config.average = 0.9;
  config.precision = Precision::kFloat16;
  auto original = tiny_session();
  original.configure_training(config);
  for (int i = 0; i < 2; ++i) original.train_step(golden_batch(), 1e-3, {});
  Features features;
  original.append_features(golden_batch(), features, Precision::kFloat32, {});
  original.standardize(features);

  auto resumed = copy_of(original, config, folder);
  for (auto* session : {&original, &resumed}) session->train_step(golden_batch(), 1e-3, {});
  const auto expected = parameters_of(original);
  for (const auto& [name, values] : parameters_of(resumed))
    EXPECT_NOTE(name, torch::equal(values, expected.at(name)));
  for (const char* const name : {"generator", "ema.step", "ema.average.head.weight", "scaler.growth_tracker"})
    EXPECT_NOTE(name, torch::equal(resumed.read(name), original.read(name)));
}

TEST("means that were not read are part of what is written, with the samples of the first skipped update") {
  const test::ScratchFolder folder;
  auto bad = golden_batch();
  bad.images = at::full_like(bad.images, std::numeric_limits<double>::quiet_NaN());
  for (const bool skips : {false, true}) {
    auto original = tiny_session();
    original.configure_training(training());
    original.train_step(golden_batch(), 1e-3, {});
    if (skips) original.train_step(bad, 1e-3, {});
    auto resumed = copy_of(original, training(), folder);
    for (auto* session : {&original, &resumed}) {
      session->train_step(golden_batch(), 1e-3, {});
      if (skips) {
        auto later = bad;
        later.samples.front() = 999;  // not the first one
        session->train_step(later, 1e-3, {});
      }
    }
    const auto expected = original.read_means(), found = resumed.read_means();
    EXPECT(found.loss == expected.loss && found.top1 == expected.top1 && found.updates == 2);
    EXPECT(found.gradient_norm == expected.gradient_norm && found.samples == expected.samples);
    EXPECT(found.skipped == (skips ? 2 : 0) && found.skipped_samples == (skips ? bad.samples : std::vector<int32_t>{}));
    EXPECT(expected.skipped_samples == found.skipped_samples);
    EXPECT(original.read_means().updates == 0 && resumed.read_means().updates == 0);
  }
}

TEST("rows of a tensor are written alone, and rows that are not there refused") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  session.write(folder.file("rows"), {}, {{"head.bias", 2, 4}});
  float values[2];
  const auto bytes = test::read_bytes(folder.file("rows"));
  EXPECT(bytes.size() == sizeof values);
  std::memcpy(values, bytes.data(), std::min(bytes.size(), sizeof values));
  const auto expected = session.read("head.bias");
  EXPECT(values[0] == expected[2].item<float>() && values[1] == expected[3].item<float>());
  for (const auto& piece :
       {Piece{"head.bias", 4, 11}, {"head.bias", -1, 2}, {"head.bias", 3, 2}, {"head.nothing", 0, 0}})
    EXPECT(code_of([&] { session.write(folder.file("bad"), {}, {piece}); }) == ErrorCode::kArgument);
  EXPECT(folder.names() == std::vector<std::string>{"rows"});
}

TEST("a plan with one bad tensor is refused before any other is loaded") {
  Session session(tiny_config());
  const auto before = parameters_of(session);
  auto plan = tiny_plan();
  plan.back().ranges[0].length += int64_t{1} << 40;
  EXPECT(code_of([&] { session.load(plan, {}); }) == ErrorCode::kCheckpointFormat);
  for (const auto& [name, values] : parameters_of(session))
    EXPECT_NOTE(name, torch::equal(values, before.at(name)));
}

TEST("plans of unknown, computed or wrongly shaped tensors are refused") {
  auto session = tiny_session();
  const auto code = [&](auto change) {
    auto plan = tiny_plan();
    change(plan[0]);  // pos_embed
    return code_of([&] { session.load(plan, {}); });
  };
  EXPECT(code([](PlannedTensor& p) {
           p.name = "cls_token";
           p.grid.reset();
         }) == ErrorCode::kArgument);
  EXPECT(code([](PlannedTensor& p) {
           p.name = "classifier.weight";
           p.grid.reset();
         }) == ErrorCode::kArgument);
  EXPECT(code([](PlannedTensor& p) {
           p.name = "adamw.step.head.bias";
           p.grid.reset();
         }) == ErrorCode::kArgument);
  EXPECT(code([](PlannedTensor& p) { p.shape = {1, 64, 24}; }) == ErrorCode::kCheckpointFormat);
  EXPECT(code([](PlannedTensor& p) { p.grid = {8, 9}; }) == ErrorCode::kCheckpointFormat);
  EXPECT(code([](PlannedTensor& p) { p.grid = {-8, -8}; }) == ErrorCode::kCheckpointFormat);
  EXPECT(code([](PlannedTensor& p) { p.grid = {int64_t{1} << 62, int64_t{1} << 62}; }) ==
         ErrorCode::kCheckpointFormat);
  EXPECT(code([](PlannedTensor& p) { p.name = "head.weight"; }) == ErrorCode::kCheckpointFormat);
}

TEST("a generator's state that is none is refused, and leaves the session usable") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  const auto size = session.read("generator").size(0);
  const std::string garbage(static_cast<size_t>(size), '\xff');
  test::write_bytes(folder.file("state"), garbage.data(), garbage.size());
  const auto load = [&] {
    session.load({{"generator", {size}, {{folder.file("state"), 0, size, at::kByte}}, {}}}, {});
  };
  EXPECT(code_of(load) == ErrorCode::kCheckpointFormat);
  auto config = training();
  config.drop_path = 0.5;
  session.configure_training(config);
  session.train_step(golden_batch(), 1e-3, {});
  EXPECT(session.read_means().updates == 1);
}

TEST("training without a configuration, labels or rows that are there is refused") {
  auto session = tiny_session();
  EXPECT(code_of([&] { session.train_step(golden_batch(), 1e-3, {}); }) == ErrorCode::kArgument);
  session.configure_training(training());
  for (const int64_t label : {int64_t{-1}, int64_t{10}, std::numeric_limits<int64_t>::max()}) {
    auto batch = golden_batch();
    batch.labels = torch::tensor({int64_t{0}, label, int64_t{1}});
    EXPECT(code_of([&] { session.train_step(batch, 1e-3, {}); }) == ErrorCode::kArgument);
  }
  Features features;
  EXPECT(code_of([&] { session.train_step_on_features(features, {0}, 1e-3); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { session.standardize(features); }) == ErrorCode::kArgument);
  session.append_features(golden_batch(), features, Precision::kFloat32, {});
  for (const int32_t row : {-1, 3}) {
    EXPECT(code_of([&] { session.train_step_on_features(features, {row}, 1e-3); }) == ErrorCode::kArgument);
  }
  // Features do not pass through the encoder, which is set to train here.
  EXPECT(code_of([&] { session.train_step_on_features(features, {0}, 1e-3); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { session.predict_on_features(features, 0, 4); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { session.predict_on_features(features, -1, 2); }) == ErrorCode::kArgument);
  EXPECT(session.read_means().updates == 0);
}

TEST("training configurations that cannot be are refused, and the one before stays") {
  auto session = tiny_session();
  session.configure_training(training(0, "head."));
  const auto refused = [&](auto change) {
    auto config = training();
    change(config);
    return code_of([&] { session.configure_training(config); }) == ErrorCode::kArgument;
  };
  EXPECT(refused([](TrainingConfig& c) { c.groups.clear(); }));
  EXPECT(refused([](TrainingConfig& c) { c.groups[0].names.push_back("head.nothing"); }));
  EXPECT(refused([](TrainingConfig& c) { c.groups[1].names.push_back(c.groups[0].names[0]); }));
  EXPECT(refused([](TrainingConfig& c) { c.drop_path = 1; }));
  EXPECT(refused([](TrainingConfig& c) { c.loss.label_smoothing = -0.1; }));
  EXPECT(refused([](TrainingConfig& c) { c.clip_gradient = NAN; }));
  const auto before = session.read("norm.weight");
  session.train_step(golden_batch(), 1e-2, {});
  EXPECT(torch::equal(session.read("norm.weight"), before));
}

TEST("sessions that cannot be are refused") {
  const auto code = [](auto change) {
    auto config = tiny_config();
    change(config);
    return code_of([&] { Session session(config); });
  };
  EXPECT(code([](SessionConfig& c) { c.classes = 0; }) == ErrorCode::kArgument);
  EXPECT(code([](SessionConfig& c) { c.threads = 0; }) == ErrorCode::kArgument);
  EXPECT(code([](SessionConfig& c) { c.std[1] = 0; }) == ErrorCode::kArgument);
  EXPECT(code([](SessionConfig& c) { c.device = "cuda:99"; }) == ErrorCode::kDevice);
}

TEST("gradients are clipped to the configured norm, and the norm before clipping is reported") {
  auto session = tiny_session();
  auto config = training();
  config.clip_gradient = 0.01;
  session.configure_training(config);
  session.train_step(golden_batch(), 0, {});
  double squares = 0;
  for (const auto& info : session.tensors())
    if (info.name.starts_with("grad.")) squares += std::pow(session.read(info.name).norm().item<double>(), 2);
  EXPECT(std::abs(std::sqrt(squares) - 0.01) < 1e-5);
  EXPECT(session.read_means().gradient_norm > 0.1);
}

TEST_MAIN
