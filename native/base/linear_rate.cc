#include "base/linear_rate.h"

#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/linear.h"

namespace ijepa {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// A layer of ViT-S: a product takes some milliseconds, about as long as a scheduler leaves a thread alone on a busy machine.
constexpr int64_t kRows = 4 * 196, kIn = 384, kOut = 1536;
constexpr int kSteadyRounds = 10;
constexpr double kNoise = 0.03;

// FLOP/s of each kernel in its fastest product. They take turns for `seconds`, and where the machine does other things, too,
// for up to ten times as long: until no kernel has been faster than before for some rounds.
std::vector<double> measure(at::ScalarType dtype, double seconds, const std::vector<LinearKernel>& kernels) {
  const at::NoGradGuard no_grad;
  const auto x = at::ones({kRows, kIn}, dtype), weight = at::ones({kOut, kIn}, dtype),
             bias = at::ones({kOut}, dtype);
  const auto time = [&](LinearKernel kernel) {
    const auto begun = Clock::now();
    linear(x, weight, bias, kernel);
    return Seconds(Clock::now() - begun).count();
  };
  for (const auto kernel : kernels)
    time(kernel);  // makes the kernel, the team of threads, the memory of the result
  std::vector<double> fastest(kernels.size(), std::numeric_limits<double>::infinity());
  const auto begun = Clock::now();
  const auto is_before = [begun](double limit) { return Clock::now() - begun < Seconds(limit); };
  for (int steady = 0; is_before(seconds) || (steady < kSteadyRounds && is_before(10 * seconds)); ++steady) {
    for (size_t i = 0; i < kernels.size(); ++i) {
      const double taken = time(kernels[i]);
      if (taken < (1 - kNoise) * fastest[i]) steady = 0;
      fastest[i] = std::min(fastest[i], taken);
    }
  }
  for (auto& value : fastest) value = 2.0 * kRows * kIn * kOut / value;
  return fastest;
}

}  // namespace

LinearRates measure_linear_rates(double seconds) {
  const auto rates = measure(at::kFloat, seconds, {LinearKernel::kBlas, LinearKernel::kOneDnn});
  return {rates[0], rates[1]};
}

double measure_bf16_rate(double seconds) {
  return measure(at::kBFloat16, seconds, {LinearKernel::kOneDnn})[0];
}

}  // namespace ijepa
