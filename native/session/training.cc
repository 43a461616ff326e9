// Training: what is trained and how, and single updates.

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "encoder/drop_path.h"
#include "optim/gradient_norm.h"
#include "session/session.h"
#include "session/state.h"

namespace ijepa {

namespace {

void check(const TrainingConfig& config) {
  const auto fraction = [](double value) { return value >= 0 && value < 1; };
  const auto& [beta1, beta2, epsilon, momentum] = config.optimizer_options;
  IJEPA_CHECK(fraction(beta1) && fraction(beta2) && epsilon > 0 && fraction(momentum), ErrorCode::kArgument,
              "Expected betas and momentum in [0, 1) and epsilon above 0");
  IJEPA_CHECK(fraction(config.average), ErrorCode::kArgument, "Expected a decay of averages in [0, 1)");
  IJEPA_CHECK(fraction(config.loss.label_smoothing) && fraction(config.drop_path) && config.clip_gradient >= 0,
              ErrorCode::kArgument,
              "Expected labelSmoothing and dropPath in [0, 1), and clipGradient of at least 0");
  const auto& [mixup, cutmix, switch_probability] = config.mixup;
  IJEPA_CHECK(mixup >= 0 && cutmix >= 0 && switch_probability >= 0 && switch_probability <= 1, ErrorCode::kArgument,
              "Expected mixup and cutmix of at least 0, and mixupSwitchProbability in [0, 1]");
  IJEPA_CHECK(config.micro_batch >= 0, ErrorCode::kArgument, "Expected microBatch of at least 0");
}

// The names in all groups. Throws Error (kArgument) where there are none, or one twice.
std::set<std::string> trained_names(const std::vector<ParameterGroup>& groups) {
  std::set<std::string> names;
  for (const auto& group : groups) {
    for (const auto& name : group.names)
      IJEPA_CHECK(names.insert(name).second, ErrorCode::kArgument,
                  "Parameter '" + name + "' is in two groups");
  }
  IJEPA_CHECK(!names.empty(), ErrorCode::kArgument, "Expected at least one parameter to train");
  return names;
}

}  // namespace

void check_labels(const at::Tensor& labels, int64_t classes) {
  const bool valid =
      labels.numel() > 0 && labels.min().item<int64_t>() >= 0 && labels.max().item<int64_t>() < classes;
  IJEPA_CHECK(
      valid, ErrorCode::kArgument,
      "Expected a label from 0 to " + std::to_string(classes - 1) + " for every sample that is trained on");
}

void Session::configure_training(const TrainingConfig& config) {
  const auto scope = state_->compute();
  check(config);
  const auto names = trained_names(config.groups);
  for (const auto& name : names) state_->parameter(name);
  const Loss loss(config.loss, state_->config.classes, state_->device);
  state_->configure_optimizer(config);
  for (auto& [name, values] : state_->parameters) values.requires_grad_(names.contains(name));
  state_->drop_path_rates = drop_path_rates(config.drop_path, state_->encoder->trained_blocks());
  state_->training = config;
  state_->loss = loss;
}

void Session::State::configure_optimizer(const TrainingConfig& config) {
  if (training && training->optimizer != config.optimizer) optimizer->clear_gradients();
  if (!training || training->optimizer != config.optimizer) optimizer = make_optimizer(config.optimizer);
  optimizer->configure(config.optimizer_options, config.groups,
                       [this](const std::string& name) { return parameter(name); });
  if (averages) averages->use(false);
  if (config.average == 0) averages.reset();
  else if (!averages || training->average != config.average) averages.emplace(config.average, device);
  for (const auto& group : config.groups)
    for (const auto& name : group.names)
      if (averages) averages->add(name, parameter(name));
  if (config.precision != Precision::kFloat16) scaler.reset();
  else if (!scaler) scaler.emplace(device);
}

void Session::use_averages(bool averages) {
  const auto scope = state_->compute();
  IJEPA_CHECK(state_->averages || !averages, ErrorCode::kArgument, "This session averages no parameters");
  if (state_->averages) state_->averages->use(averages);
}

void Session::train_step(const Batch& batch, double learning_rate, const CancelToken& cancel) {
  const auto scope = state_->compute();
  StageClock clock(Stage::kForward, batch.size(), state_->device);
  check_labels(batch.labels, state_->config.classes);
  state_->update([&] { return state_->examples(batch, cancel); }, learning_rate, clock);
}

Examples Session::State::examples(const Batch& batch, const CancelToken& cancel) {
  const auto uploaded = upload(batch);
  const auto &images = uploaded.images, &labels = uploaded.labels;
  const auto mix = training->mixup.is_on() ? draw_mix(training->mixup, {images.size(2), images.size(3)}, generator) : Mix();
  const auto drop_path = draw_drop_path(batch.size());
  Examples examples{.logits = {}, .targets = targets(labels, batch.samples), .labels = labels, .samples = batch.samples};
  const bool mixes = mix.share < 1;
  if (mixes) {
    const auto shares = examples.targets.dim() == 1 ? label_shares(labels, config.classes) : examples.targets;
    examples.targets = mix_shares(shares, mix.share);
    if (mix.share < 0.5) examples.labels = labels.flip(0);
  }
  examples.logits = [=, this](int64_t begin, int64_t rows) {
    const auto part = upload.normalized(uploaded, begin, rows);
    if (mixes) {
      const auto partners = upload.normalized(uploaded, uploaded.images.size(0) - begin - rows, rows);
      mix_images(part, partners.flip(0), mix);
    }
    const auto drops = drop_path.defined() ? drop_path.narrow(2, begin, rows) : drop_path;
    return head->forward(features(part, config.layers, {cancel, drops, training->checkpointing}));
  };
  return examples;
}

at::Tensor Session::State::draw_drop_path(int64_t batch) {
  if (training->drop_path == 0) return {};
  return ijepa::draw_drop_path(drop_path_rates, batch, generator).to(device);
}

at::Tensor Session::State::targets(const at::Tensor& labels, const std::vector<int32_t>& samples) const {
  if (label_sets.is_empty()) return labels;
  IJEPA_CHECK(training->loss.kind == LossKind::kBinaryCrossEntropy, ErrorCode::kArgument,
              "Several labels a sample need binary cross-entropy");
  return label_sets.shares(samples).to(device);
}

void Session::set_label_sets(std::vector<int32_t> offsets, std::vector<int32_t> labels) {
  state_->label_sets = LabelSets(std::move(offsets), std::move(labels), state_->config.classes);
}

void Session::train_step_on_features(const Features& features, const std::vector<int32_t>& rows,
                                     double learning_rate) {
  state_->check(features, 1);
  const auto scope = state_->compute();
  StageClock clock(Stage::kForward, static_cast<int64_t>(rows.size()), state_->device);
  const auto indices = checked_rows(features, rows);
  const auto labels = features.labels.index_select(0, indices);
  check_labels(labels, state_->config.classes);
  const auto examples = [&]() -> Examples {
    const auto on_device = labels.to(state_->device), wanted = indices.to(state_->device);
    const auto logits = [&features, wanted, this](int64_t begin, int64_t count) {
      const auto rows = state_->head_input(features).index_select(0, wanted.narrow(0, begin, count));
      return state_->head->forward(rows.to(at::kFloat));
    };
    return {logits, state_->targets(on_device, rows), on_device, rows};
  };
  state_->update(examples, learning_rate, clock);
}

void Session::State::update(const std::function<Examples()>& examples, double learning_rate, StageClock& clock) {
  IJEPA_CHECK(training, ErrorCode::kArgument, "Expected configureTraining() before the first training step");
  IJEPA_CHECK(!averages || !averages->are_used(), ErrorCode::kArgument,
              "Expected useAverages(false) before a training step");
  const auto generator_before = generator.get_state();
  try {
    optimizer->clear_gradients();
    const auto given = examples();
    const auto [mean, logits] = backward(given, clock);
    step(mean, logits, given, learning_rate);
  } catch (...) {
    optimizer->clear_gradients();
    generator.set_state(generator_before);
    throw;
  }
}

void Session::State::step(const at::Tensor& loss, const at::Tensor& logits, const Examples& examples,
                          double learning_rate) {
  auto norm = gradient_norm(optimizer->gradients());
  if (scaler) norm = norm / scaler->scale();
  auto divisor = clip_divisor(norm, training->clip_gradient);
  if (scaler) divisor = divisor.defined() ? divisor * scaler->scale() : scaler->scale();
  const auto skip = at::isfinite(loss + norm).logical_not().to(at::kFloat);
  optimizer->step(learning_rate, skip, divisor);
  if (averages) averages->update(skip);
  auto failed = skip;
  if (scaler) {
    // Gradients that float16 cannot hold lower the scale, which is no failure while there is something to lower.
    failed = skip * at::isfinite(loss).logical_and(scaler->scale() > 1).logical_not();
    scaler->update(skip);
  }
  meter.add({loss, logits, examples.labels, norm, skip, failed}, examples.samples);
}

std::pair<at::Tensor, at::Tensor> Session::State::backward(const Examples& examples, StageClock& clock) {
  const auto rows = examples.targets.size(0);
  const auto step = training->micro_batch > 0 ? std::min(training->micro_batch, rows) : rows;
  const auto divisor = loss->divisor(examples.targets);
  std::vector<at::Tensor> losses, all_logits;
  for (int64_t begin = 0; begin < rows; begin += step) {
    const auto count = std::min(step, rows - begin);
    if (begin > 0) clock.next(Stage::kForward);
    clock.set_images(count);
    at::Tensor logits;
    {
      const AutocastGuard autocast(device.type(), training->precision);
      logits = examples.logits(begin, count).to(at::kFloat);  // [count, C]
    }
    const auto part = loss->sum(logits, examples.targets.narrow(0, begin, count)) / divisor;
    clock.next(Stage::kBackward);
    (scaler ? part * scaler->scale() : part).backward();
    losses.push_back(part.detach());
    all_logits.push_back(logits.detach());
  }
  clock.next(Stage::kStep);
  clock.set_images(rows);
  return {at::stack(losses).sum(), at::cat(all_logits)};
}

StepMeans Session::read_means() {
  const auto scope = state_->compute();
  return state_->meter.read();
}

}  // namespace ijepa
