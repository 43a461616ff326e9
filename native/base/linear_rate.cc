#include "base/linear_rate.h"

#include <torch/types.h>

#include <algorithm>
#include <chrono>

namespace ijepa {

double measure_linear_rate(LinearKernel kernel, at::ScalarType dtype) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t kRows = 8 * 196, kIn = 384, kOut = 1536;
  constexpr int kFewest = 3;
  constexpr std::chrono::milliseconds kEnough{40};
  const at::NoGradGuard no_grad;
  const auto x = at::ones({kRows, kIn}, dtype), weight = at::ones({kOut, kIn}, dtype),
             bias = at::ones({kOut}, dtype);
  linear(x, weight, bias, kernel);  // makes the kernel, the team of threads and the memory of the result
  const auto begun = Clock::now();
  auto best = Clock::duration::max();
  for (int i = 0; i < kFewest || Clock::now() - begun < kEnough; ++i) {
    const auto before = Clock::now();
    linear(x, weight, bias, kernel);
    best = std::min(best, Clock::now() - before);
  }
  return 2.0 * kRows * kIn * kOut / std::chrono::duration<double>(best).count();
}

}  // namespace ijepa
