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
  IJEPA_CHECK(fraction(config.beta1) && fraction(config.beta2) && config.epsilon > 0, ErrorCode::kArgument,
              "Expected AdamW's betas in [0, 1) and its epsilon above 0");
  IJEPA_CHECK(fraction(config.label_smoothing) && fraction(config.drop_path) && config.clip_gradient >= 0,
              ErrorCode::kArgument,
              "Expected labelSmoothing and dropPath in [0, 1), and clipGradient of at least 0");
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

// Labels of a CPU tensor index memory on the device: they are checked before they go there.
void check_labels(const at::Tensor& labels, int64_t classes) {
  const bool valid =
      labels.numel() > 0 && labels.min().item<int64_t>() >= 0 && labels.max().item<int64_t>() < classes;
  IJEPA_CHECK(
      valid, ErrorCode::kArgument,
      "Expected a label from 0 to " + std::to_string(classes - 1) + " for every sample that is trained on");
}

}  // namespace

void Session::configure_training(const TrainingConfig& config) {
  const auto scope = state_->compute();
  check(config);
  const auto names = trained_names(config.groups);
  for (const auto& name : names) state_->parameter(name);
  state_->optimizer.configure({config.beta1, config.beta2, config.epsilon}, config.groups,
                              [this](const std::string& name) { return state_->parameter(name); });
  for (auto& [name, values] : state_->parameters) values.requires_grad_(names.contains(name));
  state_->drop_path_rates = drop_path_rates(config.drop_path, state_->encoder->trained_blocks());
  state_->training = config;
}

void Session::train_step(const Batch& batch, double learning_rate, const CancelToken& cancel) {
  const auto scope = state_->compute();
  StageClock clock(Stage::kForward, batch.size(), state_->device);
  check_labels(batch.labels, state_->config.classes);
  const auto [images, labels] = state_->upload(batch);
  const auto forward = [&] {
    const bool drops = state_->training->drop_path > 0;
    const auto drop_path =
        drops ? draw_drop_path(state_->drop_path_rates, batch.size(), state_->generator).to(state_->device)
              : at::Tensor();
    return state_->head->forward(state_->features(images, cancel, drop_path));
  };
  state_->update(forward, labels, batch.samples, learning_rate, clock);
}

void Session::train_step_on_features(const Features& features, const std::vector<int32_t>& rows,
                                     double learning_rate) {
  state_->check(features, 1);
  const auto scope = state_->compute();
  StageClock clock(Stage::kForward, static_cast<int64_t>(rows.size()), state_->device);
  const auto indices = checked_rows(features, rows);
  const auto labels = features.labels.index_select(0, indices);
  check_labels(labels, state_->config.classes);
  const auto forward = [&] {
    return state_->head->forward(features.values.index_select(0, indices.to(state_->device)));
  };
  state_->update(forward, labels.to(state_->device), rows, learning_rate, clock);
}

void Session::State::update(const std::function<at::Tensor()>& forward, const at::Tensor& labels,
                            std::vector<int32_t> samples, double learning_rate, StageClock& clock) {
  IJEPA_CHECK(training, ErrorCode::kArgument, "Expected configureTraining() before the first training step");
  const auto generator_before = generator.get_state();
  try {
    optimizer.clear_gradients();
    at::Tensor logits;
    {
      const AutocastGuard autocast(device.type(), training->precision);
      logits = forward().to(at::kFloat);  // [B, C]
    }
    const auto loss = at::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::Mean,
                                             /*ignore_index=*/-100, training->label_smoothing);
    clock.next(Stage::kBackward);
    loss.backward();
    clock.next(Stage::kStep);
    const auto norm = gradient_norm(optimizer.gradients());
    const auto skip = at::isfinite(loss.detach() + norm).logical_not().to(at::kFloat);
    optimizer.step(learning_rate, skip, clip_divisor(norm, training->clip_gradient));
    meter.add(loss, logits, labels, norm, skip, std::move(samples));
  } catch (...) {
    optimizer.clear_gradients();
    generator.set_state(generator_before);
    throw;
  }
}

StepMeans Session::read_means() {
  const auto scope = state_->compute();
  return state_->meter.read();
}

}  // namespace ijepa
