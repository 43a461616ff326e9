// The session's tensors by name: listing, loading, reading, writing.

#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <optional>

#include "checkpoint/tensor_reader.h"
#include "encoder/pos_embed.h"
#include "session/session.h"
#include "session/state.h"

namespace ijepa {

namespace {

constexpr const char* kGenerator = "generator";
constexpr const char* kMeterSums = "meter.sums";
constexpr const char* kMeterSkipped = "meter.skipped_samples";

at::Tensor loadable(const TensorsByName& tensors, const std::string& name) {
  IJEPA_CHECK(!name.starts_with("classifier.") && !name.starts_with("grad."), ErrorCode::kArgument,
              "Tensor '" + name + "' is computed from others and cannot be loaded");
  return find(tensors, name);
}

// Readings of the meter have tensors only while there are some, of any number of samples: they are loaded into new ones.
void add_meter_targets(TensorsByName& targets, const std::vector<PlannedTensor>& plan) {
  for (const auto& planned : plan) {
    if (planned.name == kMeterSums) targets[kMeterSums] = at::zeros({6}, at::kDouble);
    if (planned.name != kMeterSkipped) continue;
    constexpr int64_t kMostSamples = 1 << 24;
    const bool possible = planned.shape.size() == 1 && planned.shape[0] >= 0 && planned.shape[0] <= kMostSamples;
    IJEPA_CHECK(possible, ErrorCode::kCheckpointFormat, "Tensor '" + planned.name + "': expected a list of samples");
    targets[kMeterSkipped] = at::zeros(planned.shape, at::kInt);
  }
}

// Neighbours to load into, of as many rows as the plan has; undefined where it has none. The sizes are those of its files.
std::optional<NeighborHead> planned_neighbors(const std::vector<PlannedTensor>& plan, int64_t columns, at::Device device) {
  const auto features = std::ranges::find(plan, "neighbors.features", &PlannedTensor::name);
  if (features == plan.end()) return std::nullopt;
  int64_t bytes = 0;
  for (const auto& range : features->ranges) bytes += range.length;
  const auto& shape = features->shape;
  const bool fits = shape.size() == 2 && shape[0] > 0 && shape[1] == columns && bytes / (4 * columns) == shape[0];
  IJEPA_CHECK(fits, ErrorCode::kCheckpointFormat,
              "Tensor 'neighbors.features': expected float32 rows of " + std::to_string(columns) + " columns");
  return NeighborHead::empty(shape[0], columns, device);
}

bool is_standardization(const std::string& name) { return name.starts_with("standardize."); }

// The shape that the files must have: that of the target, but for positions of another grid.
std::vector<int64_t> planned_shape(const PlannedTensor& plan, const at::Tensor& target) {
  auto shape = target.sizes().vec();
  if (!plan.grid) return shape;
  const auto [rows, columns] = *plan.grid;
  constexpr int64_t kLargestGrid = 1 << 15;
  const bool possible =
      plan.name == "pos_embed" && rows > 0 && columns > 0 && rows <= kLargestGrid && columns <= kLargestGrid;
  IJEPA_CHECK(possible, ErrorCode::kCheckpointFormat,
              "Tensor '" + plan.name + "': expected a grid of positions, found " + std::to_string(rows) +
                  " × " + std::to_string(columns));
  shape[1] = rows * columns;
  return shape;
}

at::Tensor read_positions(TensorReader& reader, const PlannedTensor& plan, const EncoderShape& shape,
                          const CancelToken& cancel) {
  const auto positions = at::empty(plan.shape, at::kFloat);
  reader.read(plan, positions, cancel);
  const auto [rows, columns] = *plan.grid;
  return interpolate_positions(positions, rows, columns, shape.rows(), shape.columns());
}

void set_state(at::Generator& generator, const at::Tensor& state, const std::string& file) {
  try {
    generator.set_state(state);
  } catch (const c10::Error&) {
    throw Error(ErrorCode::kCheckpointFormat, "Tensor 'generator' in '" + file + "' is no generator's state",
                file);
  }
}

}  // namespace

std::vector<NamedTensor> Session::State::named_tensors() const {
  auto named = parameters;
  named.emplace_back("classifier.weight", head->folded_weight());
  named.emplace_back("classifier.bias", head->folded_bias());
  if (head->mean.defined()) {
    named.emplace_back("standardize.mean", head->mean);
    named.emplace_back("standardize.std", head->deviation);
  }
  const auto add = [&named](const std::vector<NamedTensor>& state) {
    named.insert(named.end(), state.begin(), state.end());
  };
  if (neighbors) add(neighbors->state());
  add(optimizer->state());
  if (averages) add(averages->state());
  if (scaler) add(scaler->state());
  for (const auto& [name, values] : parameters)
    if (values.grad().defined()) named.emplace_back("grad." + name, values.grad());
  if (meter.is_unread()) {
    const auto [sums, skipped_samples] = meter.unread();
    named.emplace_back(kMeterSums, sums);
    named.emplace_back(kMeterSkipped, skipped_samples);
  }
  named.emplace_back(kGenerator, generator.get_state());
  return named;
}

at::Tensor Session::State::parameter(const std::string& name) const {
  const auto found = std::ranges::find(parameters, name, &NamedTensor::first);
  IJEPA_CHECK(found != parameters.end(), ErrorCode::kArgument,
              "This session has no parameter '" + name + "'");
  return found->second;
}

std::vector<TensorInfo> Session::parameters() const { return infos_of(state_->parameters); }

std::vector<TensorInfo> Session::tensors() const {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  return infos_of(state_->named_tensors());
}

void Session::load(const std::vector<PlannedTensor>& plan, const CancelToken& cancel) {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const bool standardizes = std::ranges::any_of(plan, is_standardization, &PlannedTensor::name);
  if (standardizes && !state_->head->mean.defined()) state_->head->standardize();
  auto targets = by_name(state_->named_tensors());
  add_meter_targets(targets, plan);
  auto neighbors = planned_neighbors(plan, state_->head->weight.size(1), state_->device);
  if (neighbors)
    for (const auto& [name, values] : neighbors->state()) targets[name] = values;
  TensorReader reader;
  for (const auto& planned : plan) {
    const auto target = loadable(targets, planned.name);
    reader.check(planned, planned_shape(planned, target), target.scalar_type());
  }
  for (const auto& planned : plan) {
    const auto target = find(targets, planned.name);
    if (planned.grid) {
      target.copy_(read_positions(reader, planned, state_->encoder->shape(), cancel));
    } else {
      reader.read(planned, target, cancel);
      torch::autograd::impl::bump_version(target);  // the bytes came in behind autograd: casts of it are stale
    }
    if (planned.name == kGenerator) set_state(state_->generator, target, planned.ranges.front().file);
  }
  if (neighbors) {
    neighbors->check(state_->config.classes);
    state_->neighbors = std::move(neighbors);
  }
  const bool has_unread = std::ranges::any_of(plan, [](const auto& planned) { return planned.name == kMeterSums; });
  if (has_unread) state_->meter.restore({find(targets, kMeterSums), find(targets, kMeterSkipped)});
}

void Session::write(const std::string& path, const std::vector<uint8_t>& header,
                    const std::vector<Piece>& pieces) {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  write_pieces(path, header, pieces, by_name(state_->named_tensors()));
}

at::Tensor Session::read(const std::string& name) const {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const auto tensor = find(by_name(state_->named_tensors()), name);
  return tensor.to(at::kCPU, at::kFloat).detach().clone(at::MemoryFormat::Contiguous);
}

}  // namespace ijepa
