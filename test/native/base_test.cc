// Random generator, cancel flag, devices, autocast.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <cstring>
#include <set>
#include <thread>

#include "base/caching_allocator.h"
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
  Linear linear({4, 4});
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

TEST("a new thread keeps its number of threads, whatever another sets before it computes") {
  int found = 0;
  std::thread([&found] {
    const ComputeScope scope(at::kCPU, 2);
    std::thread([] { at::set_num_threads(1); }).join();
    at::parallel_for(0, 2, 1, [](int64_t, int64_t) {});
    found = at::get_num_threads();
  }).join();
  EXPECT(found == 2);
}

TEST("autocast sees a parameter that changed between two guards") {
  const at::NoGradGuard no_grad;
  Linear linear({1, 1});
  const auto result = [&](double weight) {
    linear.weight.fill_(weight);
    linear.bias.zero_();
    const AutocastGuard bf16(at::kCPU, Precision::kBFloat16);
    return linear.forward(torch::ones({1, 1})).item<double>();
  };
  EXPECT(result(2) == 2 && result(3) == 3);
}

TEST("all kernels give the same products and gradients, fused or not, for rows of any layout") {
  for (const auto& shape : std::vector<std::vector<int64_t>>{{5, 24}, {2, 7, 24}}) {
    const auto x = torch::randn(shape), gradient = torch::randn({x.numel() / 24, 40});
    const auto transposed = torch::randn({24, 6}).t();  // [6, 24], not contiguous
    const auto weight = torch::randn({40, 24}), bias = torch::randn({40});
    const auto y = [&](LinearKernel kernel) { return linear(x, weight, bias, kernel); };
    EXPECT(at::allclose(y(LinearKernel::kOneDnn), y(LinearKernel::kBlas), 1e-5, 1e-5));
    EXPECT(at::allclose(linear(transposed, weight, bias, LinearKernel::kOneDnn), at::linear(transposed, weight, bias),
                        1e-5, 1e-5));
    EXPECT(at::allclose(linear_gelu(x, weight, bias, LinearKernel::kOneDnn),
                        at::gelu(at::linear(x, weight, bias)), 1e-5, 1e-5));
    const auto of = [&](LinearKernel kernel) {
      return linear_backward(gradient, x, weight, kernel, {true, true, true});
    };
    const auto blas = of(LinearKernel::kBlas), onednn = of(LinearKernel::kOneDnn);
    for (size_t i = 0; i < 3; ++i) EXPECT(at::allclose(blas[i], onednn[i], 1e-4, 1e-5));
    EXPECT(at::equal(y(LinearKernel::kMixed), y(LinearKernel::kOneDnn)));
    const auto mixed = of(LinearKernel::kMixed);
    for (size_t i = 0; i < 3; ++i) EXPECT(at::equal(mixed[i], blas[i]));
  }
}

TEST("products in bfloat16, fused with GELU or not, and their gradients are float32's up to bfloat16's rounding") {
  const auto x = torch::randn({2, 7, 24}, at::kBFloat16), gradient = torch::randn({14, 40}, at::kBFloat16);
  const auto weight = torch::randn({40, 24}, at::kBFloat16), bias = torch::randn({40}, at::kBFloat16);
  const auto kernel = LinearKernel::kBlas;  // says nothing of bfloat16
  const auto equal = [](const at::Tensor& y, const at::Tensor& reference) {
    return y.scalar_type() == at::kBFloat16 && at::allclose(y.to(at::kFloat), reference, 8e-3, 1e-2);
  };
  const auto reference = at::linear(x.to(at::kFloat), weight.to(at::kFloat), bias.to(at::kFloat));
  EXPECT(equal(linear(x, weight, bias, kernel), reference));
  EXPECT(equal(linear_gelu(x, weight, bias, kernel), at::gelu(reference)));
  const auto got = linear_backward(gradient, x, weight, kernel, {true, true, false});
  const auto wanted = linear_backward(gradient.to(at::kFloat), x.to(at::kFloat), weight.to(at::kFloat), kernel,
                                      {true, true, false});
  for (size_t i = 0; i < 2; ++i) EXPECT(equal(got[i], wanted[i]));
}

TEST("a layer's gradients are autograd's own, with each kernel") {
  for (const auto kernel : {LinearKernel::kBlas, LinearKernel::kOneDnn, LinearKernel::kMixed}) {
    Linear layer({6, 3, 2, 2});  // as a convolution's
    {
      const at::NoGradGuard no_grad;
      layer.weight.normal_();
      layer.bias.normal_();
    }
    layer.kernel = kernel;
    const auto x = torch::randn({4, 12}, at::requires_grad());
    layer.forward(x).square().sum().backward();
    const auto x2 = x.detach().clone().requires_grad_(), weight = layer.weight.detach().clone().requires_grad_();
    const auto bias = layer.bias.detach().clone().requires_grad_();
    at::linear(x2, weight.flatten(1), bias).square().sum().backward();
    EXPECT(at::allclose(x.grad(), x2.grad(), 1e-4, 1e-5));
    EXPECT(layer.weight.grad().sizes() == layer.weight.sizes());
    EXPECT(at::allclose(layer.weight.grad(), weight.grad(), 1e-4, 1e-5));
    EXPECT(at::allclose(layer.bias.grad(), bias.grad(), 1e-4, 1e-5));
  }
}

TEST("the caching allocator gives freed blocks again, counts, and gives back to the system") {
  install_caching_allocator();
  constexpr size_t kBytes = size_t{8} << 20;
  const auto make = [] { return at::empty({static_cast<int64_t>(kBytes)}, at::kByte); };
  release_cached_cpu_memory();
  const size_t before = cpu_memory().live;
  reset_peak_cpu_memory();
  const void* address = nullptr;
  {
    const auto tensor = make();
    address = tensor.const_data_ptr();
    std::memset(tensor.mutable_data_ptr(), 1, kBytes);
    EXPECT(reinterpret_cast<uintptr_t>(address) % 64 == 0);
    EXPECT(cpu_memory().live >= before + kBytes && cpu_memory().live < before + 2 * kBytes);
  }
  EXPECT(cpu_memory().live == before && cpu_memory().peak >= before + kBytes);
  EXPECT(cpu_memory().cached >= kBytes);
  EXPECT(make().const_data_ptr() == address);
  release_cached_cpu_memory();
  EXPECT(cpu_memory().cached == 0);
}

TEST("a limit of CPU memory counts what is kept, which goes first, and is an out-of-memory error beyond") {
  install_caching_allocator();
  constexpr int64_t kBytes = int64_t{8} << 20;
  const auto make = [](int64_t bytes) { return at::empty({bytes}, at::kByte); };
  const auto is_refused = [&](int64_t bytes) {
    try {
      make(bytes);
      return false;
    } catch (const c10::Error& error) {
      return is_out_of_memory(error);
    }
  };
  release_cached_cpu_memory();
  limit_cpu_memory(cpu_memory().live + 2 * kBytes);
  make(kBytes + kBytes / 2);
  EXPECT(cpu_memory().cached > static_cast<size_t>(kBytes));
  EXPECT(!is_refused(kBytes));
  EXPECT(is_refused(3 * kBytes) && cpu_memory().cached == 0);
  EXPECT(!is_refused(1000));
  limit_cpu_memory(1);
  EXPECT(is_refused(kBytes) && !is_refused(1000));
  limit_cpu_memory(0);
  EXPECT(!is_refused(3 * kBytes));
}

TEST("only what says that memory ran out is out of memory") {
  EXPECT(is_out_of_memory(std::bad_alloc()) && is_out_of_memory(Error(ErrorCode::kOutOfMemory, "")));
  EXPECT(!is_out_of_memory(Error(ErrorCode::kFile, "alloc_cpu")) && !is_out_of_memory(std::runtime_error("alloc_cpu")));
  const auto is_text_out_of_memory = [](const char* text) {
    try {
      TORCH_CHECK(false, text);
    } catch (const c10::Error& error) {
      return is_out_of_memory(error);
    }
  };
  EXPECT(is_text_out_of_memory("DefaultCPUAllocator: can't allocate memory") && !is_text_out_of_memory("shapes differ"));
}

TEST("memory that is not to be had is an out-of-memory error") {
  install_caching_allocator();
  bool thrown = false;
  try {
    at::empty({int64_t{1} << 55}, at::kByte);
  } catch (const c10::OutOfMemoryError&) {
    thrown = true;
  }
  EXPECT(thrown);
}

TEST_MAIN
