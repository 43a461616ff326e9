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

constexpr int64_t kRows = 8 * 196, kIn = 384, kOut = 1536;
constexpr int kFewestRounds = 3;

// FLOP/s of each kernel in its fastest product. They take turns: what else this machine does slows one as the
// other.
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
  for (int round = 0; round < kFewestRounds || Clock::now() - begun < Seconds(seconds); ++round)
    for (size_t i = 0; i < kernels.size(); ++i) fastest[i] = std::min(fastest[i], time(kernels[i]));
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
