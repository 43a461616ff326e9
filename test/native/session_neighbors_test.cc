// Weighted nearest neighbours against PyTorch's golden votes, statistics of features against numpy's; logistic regression and normalised features of a session.

#include "session/neighbors.h"

#include <torch/torch.h>

#include "expect_error.h"
#include "golden.h"
#include "head/unit_rows.h"
#include "session/feature_statistics.h"
#include "session/heads.h"
#include "test.h"

using namespace ijepa;
using test::code_of;
using test::difference;

namespace {

constexpr int64_t kClasses = 4;

std::vector<int32_t> rows_from(int32_t begin, int32_t end) {
  std::vector<int32_t> rows;
  for (int32_t row = begin; row < end; ++row) rows.push_back(row);
  return rows;
}

const std::vector<int32_t> kTrain = rows_from(0, 150), kQueries = rows_from(150, 190);

Features features_of(const at::Tensor& values, const at::Tensor& labels) {
  Features features;
  append(features, values, labels);
  return features;
}

struct Problem {
  std::map<std::string, at::Tensor> golden = test::read_golden(test::fixture("golden/probes.safetensors"));
  Features features = features_of(golden.at("features"), golden.at("labels"));
};

NeighborsConfig config_of(std::vector<int64_t> neighbors) { return {kClasses, 12, std::move(neighbors), 0.07}; }

at::Tensor votes_of(const Features& train, const std::vector<int32_t>& rows, const Features& queries,
                    const std::vector<int32_t>& query_rows, const NeighborsConfig& config) {
  return neighbor_votes({train, rows}, {queries, query_rows}, config, LinearKernel::kOneDnn, {});
}

}  // namespace

TEST("votes are PyTorch's, for more neighbours than there are rows too") {
  const Problem problem;
  const auto votes = votes_of(problem.features, kTrain, problem.features, kQueries, config_of({1, 5, 20, 500}));
  EXPECT(votes.sizes() == at::IntArrayRef({4, 40, kClasses}));
  EXPECT(difference(votes, problem.golden.at("knn.votes")) < 1e-5);
}

TEST("many blocks of rows and queries give the votes of one product") {
  torch::manual_seed(5);
  const auto known = features_of(torch::randn({9000, 6}), torch::randint(kClasses, {9000}, at::kLong));
  const auto asked = features_of(torch::randn({2500, 8}), torch::zeros({2500}, at::kLong));
  const auto config = NeighborsConfig{kClasses, 5, {3, 50}, 0.1};
  const auto votes = votes_of(known, rows_from(0, 9000), asked, rows_from(0, 2500), config);
  namespace F = torch::nn::functional;
  const auto unit = [](const at::Tensor& x) { return F::normalize(x, F::NormalizeFuncOptions().dim(1)); };
  const auto similarities = unit(asked.values.slice(1, 3)).mm(unit(known.values.slice(1, 1)).t());
  const auto [nearest, rows] = similarities.topk(50, 1);
  const auto weights = (nearest / 0.1).softmax(1).unsqueeze(2);
  const auto each = torch::one_hot(known.labels.index({rows}), kClasses) * weights;
  EXPECT(difference(votes[0], each.narrow(1, 0, 3).sum(1)) < 1e-4);
  EXPECT(difference(votes[1], each.sum(1)) < 1e-4);
}

TEST("of rows that are equally near the first one votes, in the order that is asked for") {
  const auto known = features_of(torch::ones({5000, 2}), torch::arange(5000, at::kLong) % kClasses);
  const auto config = NeighborsConfig{kClasses, 2, {1}, 0.07};
  const auto votes = [&](const std::vector<int32_t>& rows) {
    return votes_of(known, rows, known, {4999}, config)[0][0].argmax().item<int64_t>();
  };
  EXPECT(votes(rows_from(0, 5000)) == 0 && votes(rows_from(2, 5000)) == 2 && votes({4003, 1, 0}) == 3);
}

TEST("the nearest rows are those of one product, by their place among the rows that are asked for") {
  torch::manual_seed(6);
  const auto known = features_of(torch::randn({5000, 6}), torch::zeros({5000}, at::kLong));
  const auto rows = rows_from(100, 5000);
  const auto found = nearest_rows({known, rows}, {known, {100, 4999}}, 4, 3, LinearKernel::kOneDnn, {});
  namespace F = torch::nn::functional;
  const auto unit = F::normalize(known.values.slice(1, 2), F::NormalizeFuncOptions().dim(1));
  const auto [similarities, places] = unit.index({torch::tensor({100, 4999})}).mm(unit.slice(0, 100).t()).topk(3, 1);
  EXPECT(torch::equal(found.rows.to(at::kLong), places));
  EXPECT(difference(found.similarities, similarities) < 1e-5);
}

TEST("fewer rows than neighbours leave places without one") {
  const auto known = features_of(torch::eye(2), torch::zeros({2}, at::kLong));
  const auto found = nearest_rows({known, {1, 0}}, {known, {0}}, 2, 3, LinearKernel::kBlas, {});
  EXPECT(torch::equal(found.rows, torch::tensor({{1, 0, -1}}, at::kInt)));
  EXPECT(found.similarities[0][2].isnan().item<bool>() && found.similarities[0][0].item<float>() == 1);
  const auto refused = [&](int64_t columns, int64_t count) {
    return code_of([&] { nearest_rows({known, {0}}, {known, {0}}, columns, count, LinearKernel::kBlas, {}); }) == ErrorCode::kArgument;
  };
  EXPECT(refused(3, 1) && refused(2, 0) && refused(2, 1'000'000));
}

TEST("features without a direction find neighbours too; what is not a number finds none") {
  auto known = features_of(torch::eye(2), torch::tensor({1, 2}, at::kLong));
  const auto asked = features_of(torch::tensor({{0.f, 0.f}, {std::nanf(""), 1.f}}), torch::zeros({2}, at::kLong));
  const auto votes = votes_of(known, {0, 1}, asked, {0, 1}, {kClasses, 2, {2}, 0.07});
  EXPECT(difference(votes[0][0], torch::tensor({0., 0.5, 0.5, 0.})) < 1e-6);
  EXPECT(votes[0][1].abs().max().item<double>() == 0);
}

TEST("impossible requests are refused") {
  const Problem problem;
  const auto refused = [&](const std::vector<int32_t>& train, const std::vector<int32_t>& queries, const NeighborsConfig& config) {
    return code_of([&] { votes_of(problem.features, train, problem.features, queries, config); }) == ErrorCode::kArgument;
  };
  EXPECT(refused({}, kQueries, config_of({1})) && refused(kTrain, {}, config_of({1})));
  EXPECT(refused(kTrain, {190}, config_of({1})) && refused({-1}, kQueries, config_of({1})));
  EXPECT(refused(kTrain, kQueries, config_of({})) && refused(kTrain, kQueries, config_of({5, 0})));
  EXPECT(refused(kTrain, kQueries, {kClasses, 13, {1}, 0.07}) && refused(kTrain, kQueries, {kClasses, 0, {1}, 0.07}));
  EXPECT(refused(kTrain, kQueries, {kClasses, 12, {1}, 0}) && refused(kTrain, kQueries, {3, 12, {1}, 0.07}));
  CancelSource cancel;
  const auto token = cancel.token();
  cancel.cancel();
  EXPECT(code_of([&] {
           neighbor_votes({problem.features, kTrain}, {problem.features, kQueries}, config_of({1}), LinearKernel::kBlas, token);
         }) == ErrorCode::kCancelled);
}

TEST("singular values, norms and spread are numpy's, of the last columns and the rows that are asked for") {
  const Problem problem;
  const auto golden = test::read_golden(test::fixture("golden/health.safetensors"));
  auto wide = features_of(at::cat({torch::full({190, 2}, 7.f), problem.features.values.narrow(0, 0, 190)}, 1),
                          problem.features.labels.narrow(0, 0, 190));
  const auto found = feature_statistics({wide, kTrain}, 12, {});
  const auto close = [](const std::vector<double>& values, const at::Tensor& expected) {
    return difference(torch::tensor(values, at::kDouble), expected) < 1e-6 * expected.max().item<double>();
  };
  EXPECT(close(found.singular_values, golden.at("singular_values")));
  EXPECT(close(found.centred_singular_values, golden.at("centred_singular_values")));
  EXPECT(close({found.norm, found.norm_deviation}, golden.at("norm")) && close({found.spread}, golden.at("spread")));
}

TEST("pictures that all give one vector have no spread and one direction; what is not finite is refused") {
  auto same = features_of(torch::ones({5000, 4}), torch::zeros({5000}, at::kLong));
  const auto found = feature_statistics({same, rows_from(0, 5000)}, 4, {});
  EXPECT(found.spread < 1e-6 && std::abs(found.norm - 2) < 1e-9 && found.norm_deviation < 1e-6);
  EXPECT(found.centred_singular_values[0] < 1e-3 && std::abs(found.singular_values[0] - std::sqrt(20'000)) < 1e-6);
  const auto refused = [&](const std::vector<int32_t>& rows, int64_t columns) {
    return code_of([&] { feature_statistics({same, rows}, columns, {}); }) == ErrorCode::kArgument;
  };
  EXPECT(refused({0}, 4) && refused({0, 1}, 5) && refused({0, 1}, 0) && refused({0, 5000}, 4));
  same.values[1][2] = std::nanf("");
  EXPECT(refused({0, 1}, 4));
}

TEST("rows have length 1, centred where that is asked, and stay what they are where nothing is in them") {
  const Problem problem;
  const auto& rows = problem.features.values;
  EXPECT(difference(unit_rows(rows.narrow(0, 0, 150), true), problem.golden.at("normalized")) < 1e-6);
  EXPECT(difference(unit_rows(rows, false).norm(2, {1}), torch::ones({190})) < 1e-6);
  EXPECT(torch::equal(unit_rows(torch::ones({2, 5}), true), torch::zeros({2, 5})));
}

TEST("rows are appended as something makes them, to others of as many columns") {
  const Problem problem;
  const auto twice = [](const at::Tensor& rows) { return 2 * rows; };
  Features target;
  append_mapped(target, problem.features, twice);
  append_mapped(target, problem.features, twice);
  EXPECT(target.rows == 380 && torch::equal(target.labels.narrow(0, 190, 190), problem.golden.at("labels")));
  EXPECT(torch::equal(target.values.narrow(0, 190, 190), 2 * problem.features.values));
  EXPECT(code_of([&] { append_mapped(target, target, twice); }) == ErrorCode::kArgument);
  const auto other = features_of(torch::ones({2, 3}), torch::zeros({2}, at::kLong));
  EXPECT(code_of([&] { append_mapped(target, other, twice); }) == ErrorCode::kArgument);
}

TEST("heads become the logistic regressions of their strengths, in all groups") {
  const Problem problem;
  HeadsConfig config;
  config.classes = kClasses;
  config.groups = {{12, HeadNorm::kNone, {0, 0, 0, 0}}, {5, HeadNorm::kNone, {0}}};
  Heads heads(config, at::kCPU, 1, LinearKernel::kOneDnn);
  const LogisticConfig logistic{{1e-3, 1e-1, 1, 1e2, 1}, true, 1e-9, 10'000};
  const auto fit = heads.fit_logistic(problem.features, kTrain, logistic, {});
  EXPECT(fit.iterations.size() == 5 && fit.gradient[4] <= 1e-9);
  for (int64_t head = 0; head < 4; ++head) {
    const auto expected = problem.golden.at("logistic.weight")[head];
    const auto found = heads.read("classifier." + std::to_string(head) + ".weight");
    EXPECT(((found - expected).norm() / expected.norm()).item<double>() < 1e-5);
  }
  const auto scores = heads.scores(problem.features, kTrain, {});
  EXPECT(scores.loss[3] < scores.loss[2] && scores.loss[2] < scores.loss[1] && scores.loss[1] < scores.loss[0]);
  EXPECT(scores.top1[4] > 0.3);
}

TEST("logistic regressions that have no minimum, or no rows, are refused and change nothing") {
  const Problem problem;
  const auto heads_of = [](int64_t classes, HeadNorm norm) {
    HeadsConfig config;
    config.classes = classes;
    config.groups = {{12, norm, {0}}};
    return Heads(config, at::kCPU, 1, LinearKernel::kOneDnn);
  };
  const auto refused = [&](Heads heads, const std::vector<int32_t>& rows, const LogisticConfig& config) {
    const bool is = code_of([&] { heads.fit_logistic(problem.features, rows, config, {}); }) == ErrorCode::kArgument;
    return is && heads.read("heads.0.weight").abs().max().item<double>() == 0;
  };
  const LogisticConfig good{{1}, true, 1e-4, 100};
  EXPECT(refused(heads_of(kClasses, HeadNorm::kAffine), kTrain, good));
  EXPECT(refused(heads_of(5, HeadNorm::kNone), kTrain, good));  // no row of class 4
  EXPECT(refused(heads_of(3, HeadNorm::kNone), kTrain, good));  // a row of class 3
  EXPECT(refused(heads_of(kClasses, HeadNorm::kNone), {}, good));
  EXPECT(refused(heads_of(kClasses, HeadNorm::kNone), {0, 190}, good));
  EXPECT(refused(heads_of(kClasses, HeadNorm::kNone), kTrain, {{1, 1}, true, 1e-4, 100}));
  EXPECT(refused(heads_of(kClasses, HeadNorm::kNone), kTrain, {{0}, true, 1e-4, 100}));
  EXPECT(refused(heads_of(kClasses, HeadNorm::kNone), kTrain, {{1}, true, 0, 100}));
  EXPECT(refused(heads_of(kClasses, HeadNorm::kNone), kTrain, {{1}, true, 1e-4, 0}));
}

TEST_MAIN
