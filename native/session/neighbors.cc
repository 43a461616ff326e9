#include "session/neighbors.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "head/top_rows.h"
#include "head/unit_rows.h"
#include "session/state.h"

namespace ijepa {

namespace {

// Similarities are computed in blocks of 32 MiB.
constexpr int64_t kQueryBlock = 2048, kTrainBlock = 4096;

void check(const ChosenRows& chosen, int64_t columns) {
  IJEPA_CHECK(chosen.features.rows > 0 && !chosen.rows.empty(), ErrorCode::kArgument,
              "Expected at least one row of features");
  IJEPA_CHECK(columns > 0 && columns <= chosen.features.values.size(1), ErrorCode::kArgument,
              "Expected from 1 to " + std::to_string(chosen.features.values.size(1)) + " columns of features, got " +
                  std::to_string(columns));
}

// Rows [begin, begin + count) of those chosen, each of length 1.
at::Tensor directions(const Features& features, const at::Tensor& rows, int64_t begin, int64_t count, int64_t columns) {
  const auto values = rows_at(features, rows.narrow(0, begin, count));
  return unit_rows(values.narrow(1, values.size(1) - columns, columns), /*centre=*/false);
}

// Adds one query's votes to those of each k, `votes[k · stride + class]`.
void vote(const std::vector<TopRows::Entry>& nearest, const int64_t* labels, const NeighborsConfig& config, float* votes,
          int64_t stride) {
  if (nearest.empty()) return;
  std::vector<double> weights;
  double sum = 0;
  for (const auto& entry : nearest)
    sum += weights.emplace_back(std::exp((entry.value - nearest[0].value) / config.temperature));
  for (size_t k = 0; k < config.neighbors.size(); ++k) {
    const auto voters = std::min<size_t>(nearest.size(), static_cast<size_t>(config.neighbors[k]));
    for (size_t i = 0; i < voters; ++i)
      votes[static_cast<int64_t>(k) * stride + labels[nearest[i].row]] += static_cast<float>(weights[i] / sum);
  }
}

// Calls take(query, entries) with the `count` most similar rows of `train`, nearest first, of every query; from many threads.
template <typename Take>
void search(const ChosenRows& train, const ChosenRows& queries, int64_t columns, int64_t count, LinearKernel kernel,
            const CancelToken& cancel, const Take& take) {
  const auto train_rows = checked_rows(train.features, train.rows), query_rows = checked_rows(queries.features, queries.rows);
  const auto zeros = at::zeros({kTrainBlock}, train.features.values.options().dtype(at::kFloat));
  for (int64_t begin = 0; begin < query_rows.size(0); begin += kQueryBlock) {
    const int64_t asked = std::min(kQueryBlock, query_rows.size(0) - begin);
    const auto wanted = directions(queries.features, query_rows, begin, asked, columns);
    std::vector<TopRows> tops(static_cast<size_t>(asked), TopRows(std::min(count, train_rows.size(0))));
    for (int64_t first = 0; first < train_rows.size(0); first += kTrainBlock) {
      cancel.check();
      const int64_t rows = std::min(kTrainBlock, train_rows.size(0) - first);
      const auto known = directions(train.features, train_rows, first, rows, columns);
      const auto similarities = linear(wanted, known, zeros.narrow(0, 0, rows), kernel).cpu();
      const auto* values = similarities.const_data_ptr<float>();
      at::parallel_for(0, asked, 16, [&](int64_t from, int64_t to) {
        for (int64_t i = from; i < to; ++i) tops[static_cast<size_t>(i)].add(values + i * rows, rows, first);
      });
    }
    at::parallel_for(0, asked, 16, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) take(begin + i, tops[static_cast<size_t>(i)].sorted());
    });
  }
}

}  // namespace

at::Tensor neighbor_votes(const ChosenRows& train, const ChosenRows& queries, const NeighborsConfig& config,
                          LinearKernel kernel, const CancelToken& cancel) {
  check(train, config.columns);
  check(queries, config.columns);
  const bool has_neighbors = !config.neighbors.empty() &&
                             std::ranges::all_of(config.neighbors, [](int64_t k) { return k > 0; });
  IJEPA_CHECK(has_neighbors && config.temperature > 0 && config.classes > 0, ErrorCode::kArgument,
              "Expected numbers of neighbours, classes and a temperature above 0");
  const auto labels = train.features.labels.index_select(0, checked_rows(train.features, train.rows));
  check_labels(labels, config.classes);
  const auto kinds = static_cast<int64_t>(config.neighbors.size()), asked = static_cast<int64_t>(queries.rows.size());
  const auto votes = at::zeros({kinds, asked, config.classes}, at::kFloat);
  search(train, queries, config.columns, std::ranges::max(config.neighbors), kernel, cancel,
         [&](int64_t query, const std::vector<TopRows::Entry>& nearest) {
           vote(nearest, labels.const_data_ptr<int64_t>(), config,
                votes.mutable_data_ptr<float>() + query * config.classes, asked * config.classes);
         });
  return votes;
}

Neighbors nearest_rows(const ChosenRows& train, const ChosenRows& queries, int64_t columns, int64_t count, LinearKernel kernel,
                       const CancelToken& cancel) {
  check(train, columns);
  check(queries, columns);
  IJEPA_CHECK(count > 0 && count <= kTrainBlock, ErrorCode::kArgument,
              "Expected from 1 to " + std::to_string(kTrainBlock) + " neighbours, got " + std::to_string(count));
  const auto asked = static_cast<int64_t>(queries.rows.size());
  const auto rows = at::full({asked, count}, -1, at::kInt), similarities = at::full({asked, count}, NAN, at::kFloat);
  search(train, queries, columns, count, kernel, cancel, [&](int64_t query, const std::vector<TopRows::Entry>& nearest) {
    for (size_t i = 0; i < nearest.size(); ++i) {
      rows.mutable_data_ptr<int32_t>()[query * count + static_cast<int64_t>(i)] = nearest[i].row;
      similarities.mutable_data_ptr<float>()[query * count + static_cast<int64_t>(i)] = nearest[i].value;
    }
  });
  return {rows, similarities};
}

NeighborHead NeighborHead::of(const ChosenRows& chosen, const NeighborsConfig& config) {
  ijepa::check(chosen, config.columns);
  IJEPA_CHECK(config.neighbors.size() == 1 && config.neighbors[0] > 0 && config.temperature > 0, ErrorCode::kArgument,
              "Expected one number of neighbours and a temperature above 0");
  const auto rows = checked_rows(chosen.features, chosen.rows);
  NeighborHead head;
  append(head.known, directions(chosen.features, rows, 0, rows.size(0), config.columns),
         chosen.features.labels.index_select(0, rows));
  check_labels(head.known.labels, config.classes);
  head.settings = torch::tensor({static_cast<double>(config.neighbors[0]), config.temperature}, at::kDouble);
  return head;
}

NeighborHead NeighborHead::empty(int64_t rows, int64_t columns, at::Device device) {
  constexpr int64_t kMostRows = 1 << 30;
  IJEPA_CHECK(rows > 0 && rows <= kMostRows && columns > 0, ErrorCode::kArgument, "Expected at least one known row");
  NeighborHead head;
  head.known.values = at::zeros({rows, columns}, at::TensorOptions(device).dtype(at::kFloat));
  head.known.labels = at::zeros({rows}, at::kLong);
  head.known.rows = rows;
  head.settings = at::zeros({2}, at::kDouble);
  return head;
}

void NeighborHead::check(int64_t classes) const {
  const auto* values = settings.const_data_ptr<double>();
  const double neighbors = values[0], temperature = values[1];
  const bool known_labels = known.labels.min().item<int64_t>() >= 0 && known.labels.max().item<int64_t>() < classes;
  IJEPA_CHECK(known_labels && neighbors >= 1 && neighbors <= std::numeric_limits<int32_t>::max() &&
                  neighbors == std::floor(neighbors) && temperature > 0 && std::isfinite(temperature),
              ErrorCode::kCheckpointFormat, "The neighbours of the classifier are damaged: a label, k or the temperature is none");
}

at::Tensor NeighborHead::logits(const at::Tensor& features, int64_t classes, LinearKernel kernel,
                                const CancelToken& cancel) const {
  const auto* values = settings.const_data_ptr<double>();
  const auto all = [](int64_t rows) {
    std::vector<int32_t> numbers(static_cast<size_t>(rows));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
  };
  Features asked;
  append(asked, features.to(at::kFloat), at::zeros({features.size(0)}, at::kLong));
  const NeighborsConfig config{classes, known.values.size(1), {static_cast<int64_t>(values[0])}, values[1]};
  const auto known_rows = all(known.rows), asked_rows = all(asked.rows);
  const auto votes = neighbor_votes({known, known_rows}, {asked, asked_rows}, config, kernel, cancel).squeeze(0);
  return votes.add_(kNoVotes).div_(1 + static_cast<double>(classes) * kNoVotes).log_();
}

std::vector<NamedTensor> NeighborHead::state() const {
  return {{"neighbors.features", known.values.narrow(0, 0, known.rows)},
          {"neighbors.labels", known.labels.narrow(0, 0, known.rows)},
          {"neighbors.settings", settings}};
}

}  // namespace ijepa
