// Random generator, cancel flag, devices, autocast.

#include <torch/torch.h>

#include <set>

#include "base/cancel.h"
#include "base/device.h"
#include "base/linear.h"
#include "base/precision.h"
#include "base/random.h"
#include "expect_error.h"
#include "test.h"

using namespace ijepa;
using test::code_of;

TEST("equal keys give equal draws, keys that differ in value, order or length do not") {
  const auto first = [](std::initializer_list<uint64_t> key) { return Random(key).next(); };
  EXPECT(first({1, 2}) == first({1, 2}));
  const std::set<uint64_t> different{first({1, 2}),    first({2, 1}), first({1}), first({2}),
                                     first({1, 2, 0}), first({}),     first({0}), first({0, 0})};
  EXPECT(different.size() == 8);
}

TEST("draws are uniform in [0, 1), normal, and below n without bias") {
  Random random({7});
  constexpr int kDraws = 200'000;
  double sum = 0, normal_sum = 0, normal_squares = 0, least = 1, most = 0;
  std::array<int, 3> counts{};
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform(), z = random.normal();
    least = std::min(least, u);
    most = std::max(most, u);
    sum += u;
    normal_sum += z;
    normal_squares += z * z;
    ++counts[static_cast<size_t>(random.below(3))];
  }
  EXPECT(least >= 0 && most < 1 && least < 1e-4 && most > 1 - 1e-4);
  EXPECT(std::abs(sum / kDraws - 0.5) < 0.005);
  EXPECT(std::abs(normal_sum / kDraws) < 0.015 && std::abs(normal_squares / kDraws - 1) < 0.02);
  for (const int count : counts) EXPECT(std::abs(count - kDraws / 3) < 1000);
}

TEST("cancelling reaches the tokens taken before it, and none taken after") {
  CancelSource source;
  const auto before = source.token();
  source.cancel();
  const auto after = source.token();
  EXPECT(before.cancelled() && !after.cancelled() && !CancelToken().cancelled());
  EXPECT(code_of([&] { before.check(); }) == ErrorCode::kCancelled);
}

TEST("devices are refused by name where they are not there") {
  EXPECT(to_device("cpu").is_cpu());
  for (const char* name : {"", "gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:999999999999"})
    EXPECT_NOTE(name, code_of([&] { to_device(name); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { to_device("cuda:99"); }) == ErrorCode::kDevice);
}

TEST("a compute scope sets the thread's number of threads") {
  for (const int threads : {1, 2}) {
    const ComputeScope scope(at::kCPU, threads);
    EXPECT(at::get_num_threads() == threads);
  }
}

TEST("autocast computes in bfloat16 inside its guard only, nested ones included") {
  const Linear linear(4, 4);
  const auto x = torch::ones({2, 4});
  const auto dtype = [&] { return linear.forward(x).scalar_type(); };
  {
    const AutocastGuard bf16(at::kCPU, Precision::kBFloat16);
    EXPECT(dtype() == at::kBFloat16);
    {
      const AutocastGuard fp32(at::kCPU, Precision::kFloat32);
      EXPECT(dtype() == at::kFloat);
    }
    EXPECT(dtype() == at::kBFloat16);
  }
  EXPECT(dtype() == at::kFloat);
}

TEST("autocast sees a parameter that changed between two guards") {
  Linear linear(1, 1);
  const auto result = [&](double weight) {
    linear.weight.data().fill_(weight);
    linear.bias.data().zero_();
    const AutocastGuard bf16(at::kCPU, Precision::kBFloat16);
    return linear.forward(torch::ones({1, 1})).item<double>();
  };
  EXPECT(result(2) == 2 && result(3) == 3);
}

TEST_MAIN
