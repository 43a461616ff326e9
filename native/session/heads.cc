#include "session/heads.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "base/device.h"
#include "checkpoint/tensor_reader.h"
#include "session/state.h"

namespace ijepa {

namespace {

// Of logits that are scored at a time: 16 MiB of them.
constexpr int64_t kMostLogits = 1 << 22;

const HeadsConfig& checked(const HeadsConfig& config) {
  const auto fraction = [](double value) { return value >= 0 && value < 1; };
  const auto not_negative = [](double value) { return value >= 0 && std::isfinite(value); };
  IJEPA_CHECK(config.classes > 0, ErrorCode::kArgument, "Expected at least one class");
  IJEPA_CHECK(!config.groups.empty(), ErrorCode::kArgument, "Expected at least one group of heads");
  for (const auto& [columns, norm, weight_decays] : config.groups) {
    IJEPA_CHECK(columns > 0 && !weight_decays.empty() && std::ranges::all_of(weight_decays, not_negative),
                ErrorCode::kArgument,
                "Expected of a group of heads at least one column and one head, and weight decays of at least 0");
  }
  const auto& [beta1, beta2, epsilon, momentum] = config.kind.options;
  IJEPA_CHECK(fraction(beta1) && fraction(beta2) && epsilon > 0 && fraction(momentum) && not_negative(config.init),
              ErrorCode::kArgument,
              "Expected betas and momentum in [0, 1), epsilon above 0 and init of at least 0");
  return config;
}

void check(const LogisticConfig& config, int64_t heads) {
  const auto above_0 = [](double value) { return value > 0 && std::isfinite(value); };
  IJEPA_CHECK(std::ssize(config.inverse_strengths) == heads && std::ranges::all_of(config.inverse_strengths, above_0),
              ErrorCode::kArgument, "Expected " + std::to_string(heads) + " inverse strengths above 0");
  IJEPA_CHECK(above_0(config.tolerance) && config.max_iterations > 0, ErrorCode::kArgument,
              "Expected a tolerance and maxIterations above 0");
}

// Without a row of it a class's intercept has no minimum.
void check_every_class(const at::Tensor& labels, int64_t classes) {
  const auto counts = at::bincount(labels, {}, classes);
  const auto missing = counts.eq(0).nonzero();
  if (missing.size(0) == 0) return;
  throw Error(ErrorCode::kArgument, "Logistic regression needs a row of every class; class " +
                                        std::to_string(missing[0][0].item<int64_t>()) + " has none");
}

StackedOptimizer optimizer_of(const HeadGroup& heads, const std::string& prefix, const HeadsConfig& config,
                              const std::vector<double>& weight_decays) {
  std::vector<StackedOptimizer::Parameter> parameters;
  for (const auto& [name, values] : heads.parameters()) {
    const std::string which = name;
    parameters.push_back({prefix + name, values, which == "weight" || (which == "bias" && config.decay_biases)});
  }
  return StackedOptimizer(config.kind, std::move(parameters), weight_decays);
}

std::string classifier_of(int64_t head) { return "classifier." + std::to_string(head) + "."; }

// The last `columns` columns.
at::Tensor last_columns(const at::Tensor& features, int64_t columns) {
  return features.narrow(1, features.size(1) - columns, columns);
}

std::vector<double> part_of(const std::vector<double>& all, int64_t first, int64_t count) {
  return {all.begin() + first, all.begin() + first + count};
}

}  // namespace

Heads::Heads(const HeadsConfig& config, at::Device device, int threads, LinearKernel kernel)
    : classes_(checked(config).classes), device_(device), threads_(threads), kernel_(kernel) {
  const ComputeScope scope(device, threads);
  int64_t heads = 0;
  for (const auto& [columns, norm, weight_decays] : config.groups) {
    const auto prefix = "heads." + std::to_string(groups_.size()) + ".";
    HeadGroup group(static_cast<int64_t>(weight_decays.size()), config.classes, columns, norm, device);
    group.initialize(config.init, config.seed);
    auto optimizer = optimizer_of(group, prefix, config, weight_decays);
    groups_.push_back({group, std::move(optimizer), heads});
    heads += group.size();
  }
  const auto sums = [&] { return at::zeros({heads}, at::TensorOptions(device).dtype(at::kDouble)); };
  meter_ = {sums(), sums(), sums(), at::zeros({}, at::kLong), at::zeros({}, at::kLong)};
}

void Heads::check(const Features& features) const {
  IJEPA_CHECK(features.rows > 0 && features.values.device() == device_, ErrorCode::kArgument,
              "Expected at least one row of features of this session");
  for (const auto& group : groups_) {
    IJEPA_CHECK(group.heads.columns() <= features.values.size(1), ErrorCode::kArgument,
                "Expected at least " + std::to_string(group.heads.columns()) + " columns of features, got " +
                    std::to_string(features.values.size(1)));
  }
}

void Heads::step(const Features& features, const std::vector<int32_t>& rows,
                 const std::vector<double>& learning_rates, const CancelToken& cancel) {
  check(features);
  const bool has_rates = std::ssize(learning_rates) == size() && std::ranges::all_of(learning_rates, [](double rate) {
    return rate >= 0 && std::isfinite(rate);
  });
  IJEPA_CHECK(has_rates, ErrorCode::kArgument,
              "Expected " + std::to_string(size()) + " learning rates of at least 0");
  const bool normalizes =
      std::ranges::any_of(groups_, [](const Group& group) { return group.heads.norm() != HeadNorm::kNone; });
  IJEPA_CHECK(!normalizes || rows.size() > 1, ErrorCode::kArgument,
              "Batch norm needs at least two rows in every batch, got " + std::to_string(rows.size()));
  const ComputeScope scope(device_, threads_);
  const at::NoGradGuard no_grad;
  const auto indices = checked_rows(features, rows);
  const auto chosen = features.labels.index_select(0, indices);
  check_labels(chosen, classes_);
  const auto labels = chosen.to(device_), values = rows_at(features, indices);
  std::vector<HeadInput> inputs;
  std::vector<HeadGradients> gradients;
  for (const auto& [heads, optimizer, first] : groups_) {
    inputs.push_back(heads.input(last_columns(values, heads.columns())));
    gradients.push_back(heads.gradients(inputs.back().values, labels, kernel_, cancel));
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    auto& [heads, optimizer, first] = groups_[i];
    optimizer.step(gradients[i].of_parameters, part_of(learning_rates, first, heads.size()));
    heads.track(inputs[i]);
    measure(groups_[i], gradients[i], std::ssize(rows));
  }
  meter_.samples.add_(static_cast<int64_t>(rows.size()));
  meter_.updates.add_(1);
}

void Heads::measure(const Group& group, const HeadGradients& gradients, int64_t rows) {
  const auto own = [&](const at::Tensor& sums) { return sums.narrow(0, group.first, group.heads.size()); };
  auto squares = at::zeros_like(own(meter_.gradient_norms));
  for (const auto& gradient : gradients.of_parameters) squares.add_(gradient.flatten(1).square().sum(1));
  own(meter_.losses).add_(gradients.losses, static_cast<double>(rows));
  own(meter_.correct).add_(gradients.correct);
  own(meter_.gradient_norms).add_(squares.sqrt_());
}

HeadMeans Heads::read_means() {
  const ComputeScope scope(device_, threads_);
  HeadMeans means{{}, {}, {}, meter_.samples.item<int64_t>(), meter_.updates.item<int64_t>()};
  const auto mean = [](const at::Tensor& sums, int64_t count) {
    const auto values = (sums / static_cast<double>(count)).cpu();
    return std::vector(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
  };
  means.loss = mean(meter_.losses, means.rows);
  means.top1 = mean(meter_.correct, means.rows);
  means.gradient_norm = mean(meter_.gradient_norms, means.updates);
  for (const auto& [name, sum] : meter_state()) sum.zero_();
  return means;
}

std::vector<NamedTensor> Heads::meter_state() const {
  return {{"meter.losses", meter_.losses},
          {"meter.correct", meter_.correct},
          {"meter.gradient_norms", meter_.gradient_norms},
          {"meter.samples", meter_.samples},
          {"meter.updates", meter_.updates}};
}

LogisticFit Heads::fit_logistic(const Features& features, const std::vector<int32_t>& rows, const LogisticConfig& config,
                                const CancelToken& cancel) {
  check(features);
  ijepa::check(config, size());
  const bool normalizes =
      std::ranges::any_of(groups_, [](const Group& group) { return group.heads.norm() != HeadNorm::kNone; });
  IJEPA_CHECK(!normalizes, ErrorCode::kArgument, "Logistic regression has no batch norm");
  const ComputeScope scope(device_, threads_);
  const at::NoGradGuard no_grad;
  const auto indices = checked_rows(features, rows);
  const auto labels = features.labels.index_select(0, indices);
  check_labels(labels, classes_);
  check_every_class(labels, classes_);
  LogisticFit all;
  std::vector<LogisticFit> fits;
  for (const auto& group : groups_) {
    auto own = config;
    own.inverse_strengths = part_of(config.inverse_strengths, group.first, group.heads.size());
    const auto values = [&](int64_t begin, int64_t count) {
      const auto part = rows_at(features, indices.narrow(0, begin, count));
      return last_columns(part, group.heads.columns());
    };
    fits.push_back(ijepa::fit_logistic({values, labels.to(device_), group.heads.columns(), classes_}, own, cancel));
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    const auto parameters = groups_[i].heads.parameters();
    parameters[0].second.copy_(fits[i].weight);
    parameters[1].second.copy_(fits[i].bias);
    const auto add = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    add(all.iterations, fits[i].iterations);
    add(all.objective, fits[i].objective);
    add(all.gradient, fits[i].gradient);
  }
  return all;
}

HeadScores Heads::scores(const Features& features, const std::vector<int32_t>& rows,
                         const CancelToken& cancel) const {
  check(features);
  const ComputeScope scope(device_, threads_);
  const at::NoGradGuard no_grad;
  const auto indices = checked_rows(features, rows);
  check_labels(features.labels.index_select(0, indices), classes_);
  ScoreSums sums(size(), device_);
  std::vector<std::pair<at::Tensor, at::Tensor>> layers;
  int64_t widest = 0;
  for (const auto& group : groups_) {
    layers.push_back(group.heads.folded(0, group.heads.size()));
    widest = std::max(widest, group.heads.size() * classes_);
  }
  const int64_t step = std::max<int64_t>(1, kMostLogits / widest);
  for (int64_t begin = 0; begin < indices.size(0); begin += step) {
    cancel.check();
    const auto part = indices.narrow(0, begin, std::min(step, indices.size(0) - begin));
    const auto labels = features.labels.index_select(0, part).to(device_);
    const auto values = rows_at(features, part);
    for (size_t i = 0; i < groups_.size(); ++i) {
      const auto& heads = groups_[i].heads;
      const auto& [weight, bias] = layers[i];
      const auto logits = linear(weight, last_columns(values, heads.columns()).contiguous(), /*bias=*/{}, kernel_);
      sums.add(groups_[i].first, logits.add_(bias.unsqueeze(1)).view({heads.size(), classes_, -1}), labels);
    }
  }
  return sums.means(indices.size(0));
}

std::pair<at::Tensor, at::Tensor> Heads::folded(int64_t head) const {
  const auto [group, index] = find_head(head);
  const ComputeScope scope(device_, threads_);
  const at::NoGradGuard no_grad;
  return group->heads.folded(index, index + 1);
}

at::Tensor Heads::predict(const Features& features, int64_t begin, int64_t end, int64_t head) const {
  check(features);
  IJEPA_CHECK(begin >= 0 && begin <= end && end <= features.rows, ErrorCode::kArgument,
              "Expected 0 <= begin <= end <= " + std::to_string(features.rows));
  const auto [weight, bias] = folded(head);
  const ComputeScope scope(device_, threads_);
  const at::NoGradGuard no_grad;
  const auto values = last_columns(features.values.narrow(0, begin, end - begin), weight.size(1));
  return linear(values.to(at::kFloat).contiguous(), weight, bias, kernel_).cpu();
}

std::pair<const Heads::Group*, int64_t> Heads::find_head(int64_t head) const {
  for (const auto& group : groups_)
    if (head >= group.first && head < group.first + group.heads.size()) return {&group, head - group.first};
  throw Error(ErrorCode::kArgument, "Expected a head from 0 to " + std::to_string(size() - 1));
}

std::vector<NamedTensor> Heads::state() const {
  std::vector<NamedTensor> named;
  for (size_t i = 0; i < groups_.size(); ++i) {
    const auto& [heads, optimizer, first] = groups_[i];
    const auto prefix = "heads." + std::to_string(i) + ".";
    for (const auto& [name, values] : heads.parameters()) named.emplace_back(prefix + name, values);
    for (const auto& [name, values] : heads.statistics()) named.emplace_back(prefix + name, values);
    for (const auto& [name, values] : optimizer.state())
      named.emplace_back(name == "adamw.step" ? name + ".heads." + std::to_string(i) : name, values);
  }
  const auto sums = meter_state();
  named.insert(named.end(), sums.begin(), sums.end());
  return named;
}

// A head is folded when it is asked for: all of them together may be as large as the heads.
at::Tensor Heads::tensor(const std::string& name) const {
  for (const auto& group : groups_) {
    for (int64_t i = 0; i < group.heads.size(); ++i) {
      const auto prefix = classifier_of(group.first + i);
      if (name == prefix + "weight") return group.heads.folded(i, i + 1).first;
      if (name == prefix + "bias") return group.heads.folded(i, i + 1).second;
    }
  }
  return find(by_name(state()), name);
}

std::vector<TensorInfo> Heads::tensors() const {
  auto infos = infos_of(state());
  for (const auto& group : groups_) {
    for (int64_t i = 0; i < group.heads.size(); ++i) {
      const auto prefix = classifier_of(group.first + i);
      infos.push_back({prefix + "weight", {classes_, group.heads.columns()}, at::kFloat});
      infos.push_back({prefix + "bias", {classes_}, at::kFloat});
    }
  }
  return infos;
}

void Heads::load(const std::vector<PlannedTensor>& plan, const CancelToken& cancel) {
  const ComputeScope scope(device_, threads_);
  const auto targets = by_name(state());
  TensorReader reader;
  for (const auto& planned : plan) {
    const auto target = find(targets, planned.name);
    IJEPA_CHECK(!planned.grid, ErrorCode::kArgument, "Tensor '" + planned.name + "' has no grid");
    reader.check(planned, target.sizes(), target.scalar_type());
  }
  for (const auto& planned : plan) reader.read(planned, find(targets, planned.name), cancel);
}

void Heads::write(const std::string& path, const std::vector<uint8_t>& header, const std::vector<Piece>& pieces) const {
  const ComputeScope scope(device_, threads_);
  TensorsByName tensors;
  for (const auto& piece : pieces) tensors[piece.name] = tensor(piece.name);
  write_pieces(path, header, pieces, tensors);
}

at::Tensor Heads::read(const std::string& name) const {
  const ComputeScope scope(device_, threads_);
  return tensor(name).to(at::kCPU, at::kFloat).clone(at::MemoryFormat::Contiguous);
}

}  // namespace ijepa
