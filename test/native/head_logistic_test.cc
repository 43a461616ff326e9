// Logistic regression against scikit-learn's golden coefficients, and on its own; the k largest of many values.

#include <torch/torch.h>

#include "expect_error.h"
#include "golden.h"
#include "head/lbfgs.h"
#include "head/logistic.h"
#include "head/top_rows.h"
#include "test.h"

using namespace ijepa;
using test::difference;

namespace {

constexpr int64_t kRows = 150, kClasses = 4;

LogisticData data_of(const at::Tensor& values, const at::Tensor& labels, int64_t classes) {
  return {[values](int64_t begin, int64_t count) { return values.narrow(0, begin, count); }, labels, values.size(1), classes};
}

LogisticConfig config_of(bool intercept) { return {{1e-3, 1e-1, 1, 1e2}, intercept, 1e-9, 10'000}; }

double relative(const at::Tensor& found, const at::Tensor& expected) {
  return ((found - expected).norm() / expected.norm()).item<double>();
}

struct Problem {
  std::map<std::string, at::Tensor> golden = test::read_golden(test::fixture("golden/probes.safetensors"));
  at::Tensor values = golden.at("features").narrow(0, 0, kRows), labels = golden.at("labels").narrow(0, 0, kRows);
};

// Each strength's weights and biases against scikit-learn's.
void expect_golden(const LogisticFit& fit, const Problem& problem, const std::string& name, bool intercept) {
  for (int64_t i = 0; i < fit.weight.size(0); ++i) {
    const auto note = name + " " + std::to_string(i);
    EXPECT_NOTE(note, fit.gradient[static_cast<size_t>(i)] <= 1e-9);
    EXPECT_NOTE(note, relative(fit.weight[i], problem.golden.at(name + ".weight")[i]) < 1e-5);
    if (intercept) EXPECT_NOTE(note, relative(fit.bias[i], problem.golden.at(name + ".bias")[i]) < 1e-4);
    else EXPECT_NOTE(note, fit.bias[i].abs().max().item<double>() == 0);
  }
}

}  // namespace

TEST("coefficients and intercepts are scikit-learn's for every strength") {
  const Problem problem;
  const auto data = data_of(problem.values, problem.labels, kClasses);
  expect_golden(fit_logistic(data, config_of(true), {}), problem, "logistic", true);
  expect_golden(fit_logistic(data, config_of(false), {}), problem, "logistic.no_intercept", false);
  const auto msn = data_of(problem.golden.at("normalized"), problem.labels, kClasses);
  expect_golden(fit_logistic(msn, config_of(false), {}), problem, "logistic.msn", false);
}

TEST("of two classes the difference of the weights is scikit-learn's one vector") {
  const Problem problem;
  const auto rows = (problem.labels < 2).nonzero().squeeze(1);
  const auto data = data_of(problem.values.index_select(0, rows), problem.labels.index_select(0, rows), 2);
  const auto fit = fit_logistic(data, config_of(true), {});
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT(relative(fit.weight[i][1] - fit.weight[i][0], problem.golden.at("logistic.two.weight")[i][0]) < 1e-5);
    EXPECT(relative(fit.bias[i][1] - fit.bias[i][0], problem.golden.at("logistic.two.bias")[i][0]) < 1e-4);
  }
}

TEST("a strength among many ends where it ends alone") {
  const Problem problem;
  const auto data = data_of(problem.values, problem.labels, kClasses);
  const auto all = fit_logistic(data, config_of(true), {});
  for (int64_t i = 0; i < 4; ++i) {
    auto config = config_of(true);
    config.inverse_strengths = {config.inverse_strengths[static_cast<size_t>(i)]};
    const auto alone = fit_logistic(data, config, {});
    EXPECT(relative(all.weight[i], alone.weight[0]) < 1e-6 && alone.iterations[0] > 0);
  }
}

TEST("rows that lie far from 0 and columns of other sizes change nothing of it") {
  const Problem problem;
  const auto factors = torch::logspace(-1, 1, problem.values.size(1));
  auto config = config_of(true);
  config.inverse_strengths = {1e6};  // hardly any penalty, which would see the sizes
  const auto data = data_of(problem.values, problem.labels, kClasses);
  const auto scaled = data_of(problem.values * factors + 10, problem.labels, kClasses);
  config.tolerance = 1e-7;
  const auto plain = fit_logistic(data, config, {}), other = fit_logistic(scaled, config, {});
  const auto logits = [](const LogisticFit& fit, const LogisticData& of) {
    return of.features(0, kRows).to(at::kDouble).mm(fit.weight[0].t()) + fit.bias[0];
  };
  EXPECT((logits(plain, data).argmax(1) == logits(other, scaled).argmax(1)).to(at::kDouble).mean().item<double>() > 0.98);
}

TEST("what has not converged says so") {
  const Problem problem;
  auto config = config_of(true);
  config.max_iterations = 2;
  const auto fit = fit_logistic(data_of(problem.values, problem.labels, kClasses), config, {});
  EXPECT(fit.iterations[3] == 2 && fit.gradient[3] > config.tolerance);
}

TEST("a fit stops when it is cancelled") {
  const Problem problem;
  CancelSource cancel;
  const auto token = cancel.token();
  cancel.cancel();
  const auto fit = [&] { fit_logistic(data_of(problem.values, problem.labels, kClasses), config_of(true), token); };
  EXPECT(test::code_of(fit) == ErrorCode::kCancelled);
}

TEST("L-BFGS finds the minimum of a narrow quadratic, and gives up where nothing becomes smaller") {
  const auto curvatures = torch::logspace(-2, 3, 6, 10, at::kDouble);
  const auto gradient = [&](const at::Tensor& x) { return curvatures * (x - 1); };
  const auto value = [&](const at::Tensor& x) { return (curvatures * (x - 1).square()).sum().item<double>() / 2; };
  const auto start = torch::zeros({6}, at::kDouble);
  Lbfgs lbfgs(start, value(start), gradient(start), [](const at::Tensor& g) { return g.clone(); });
  for (int i = 0; i < 200 && gradient(lbfgs.point()).abs().max().item<double>() > 1e-8; ++i) {
    const auto trial = lbfgs.trial();
    if (!lbfgs.receive(value(trial), gradient(trial))) break;
  }
  EXPECT(difference(lbfgs.point(), torch::ones({6})) < 1e-5 && lbfgs.iterations() < 150);
  Lbfgs stuck(start, 0, torch::ones({6}, at::kDouble), [](const at::Tensor& g) { return g.clone(); });
  int asked = 1;
  while (stuck.receive(std::nan(""), torch::ones({6}, at::kDouble))) ++asked;
  EXPECT(asked < 100 && stuck.iterations() == 0);
}

TEST("the largest of values that come in parts are those of a sort; of equal ones the lower rows") {
  torch::manual_seed(4);
  const auto values = torch::randint(300, {5000}).to(at::kFloat);  // many are equal
  for (const int64_t k : {1, 7, 200, 5000, 6000}) {
    TopRows top(k);
    for (int64_t begin = 0; begin < 5000; begin += 701)
      top.add(values.const_data_ptr<float>() + begin, std::min<int64_t>(701, 5000 - begin), begin);
    const auto [sorted, rows] = values.sort(/*stable=*/true, 0, /*descending=*/true);
    const auto found = top.sorted();
    EXPECT(std::ssize(found) == std::min<int64_t>(k, 5000));
    bool same = true;
    for (int64_t i = 0; i < std::ssize(found); ++i)
      same = same && found[static_cast<size_t>(i)].row == rows[i].item<int64_t>();
    EXPECT(same);
  }
}

TEST("what is not a number is never among the largest") {
  TopRows top(2);
  const std::vector<float> values{std::nanf(""), 1, std::nanf(""), -1};
  top.add(values.data(), 4, 10);
  const auto found = top.sorted();
  EXPECT(found.size() == 2 && found[0].row == 11 && found[1].row == 13);
}

TEST_MAIN
