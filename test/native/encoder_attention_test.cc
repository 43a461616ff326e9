// The CPU's attention, with each instruction set, against the formula in float64.

#include <torch/torch.h>

#include <cmath>

#include "encoder/attention_kernel.h"
#include "encoder/cpu_attention.h"
#include "test.h"

using namespace ijepa;

namespace {

struct Case {
  const char* name;
  int64_t images, tokens, heads, head_dim;
};

// Head widths with and without a rest beside whole vectors, and more tokens than one block of scores has.
const Case kCases[] = {{"ViT-S/16@224", 2, 196, 6, 64}, {"ViT-H/14@224", 1, 256, 2, 80}, {"tiny", 3, 16, 4, 12},
                       {"one token", 2, 1, 1, 8},       {"odd", 1, 37, 2, 21},
                       {"odd tokens", 2, 121, 2, 44},               {"long", 1, 1024, 1, 64}};

// softmax(q·kᵀ / √d)·v, of the layout that cpu_attention takes.
at::Tensor formula(const at::Tensor& qkv, int64_t heads) {
  const auto parts = qkv.unflatten(2, {3, heads, -1}).permute({2, 0, 3, 1, 4}).unbind();
  const auto scores = parts[0].matmul(parts[1].transpose(-2, -1)) / std::sqrt(static_cast<double>(parts[0].size(-1)));
  return scores.softmax(-1).matmul(parts[2]).transpose(1, 2).flatten(2);
}

double relative_difference(const at::Tensor& found, const at::Tensor& expected) {
  return ((found.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

struct Results {
  at::Tensor out, gradient;
};

Results expected_results(const at::Tensor& qkv, const at::Tensor& slope, int64_t heads) {
  const auto input = qkv.to(at::kDouble).requires_grad_();
  const auto out = formula(input, heads);
  out.backward(slope.to(at::kDouble));
  return {out.detach(), input.grad()};
}

template <typename Element>
Results kernel_results(const AttentionKernels& kernels, const AttentionKernel<Element>& kernel, const at::Tensor& qkv,
                       const at::Tensor& slope, const AttentionShape& shape) {
  const auto data = [](const at::Tensor& tensor, int64_t image) {
    return static_cast<Element*>(tensor[image].data_ptr());
  };
  Results results{at::empty_like(slope), at::empty_like(qkv)};
  const at::Tensor logs = at::empty({shape.heads, shape.tokens});
  const at::Tensor workspace = at::full({kernels.workspace_floats(shape)}, NAN);
  for (int64_t image = 0; image < qkv.size(0); ++image) {
    for (int64_t head = 0; head < shape.heads; ++head) {
      kernel.forward(shape, head, data(qkv, image), data(results.out, image), logs.data_ptr<float>(),
                     workspace.data_ptr<float>());
      kernel.backward(shape, head, data(qkv, image), data(results.out, image), logs.data_ptr<float>(),
                      data(slope, image), data(results.gradient, image), workspace.data_ptr<float>());
    }
  }
  return results;
}

std::vector<const AttentionKernels*> kernels_of_this_cpu() {
  std::vector<const AttentionKernels*> all{&baseline_attention};
#ifdef __x86_64__
  for (const auto* kernels : {&avx2_attention, &avx512_attention, &avx512_bf16_attention, &amx_attention}) {
    if (all.back() == &attention_kernels()) break;  // each needs what those before it need
    all.push_back(kernels);
  }
#endif
  return all;
}

}  // namespace

TEST("attention and its gradient equal the formula with every instruction set and dtype") {
  at::manual_seed(1);
  for (const auto& [name, images, tokens, heads, head_dim] : kCases) {
    const AttentionShape shape{tokens, heads, head_dim};
    for (const auto dtype : {at::kFloat, at::kBFloat16}) {
      const auto qkv = (2 * at::randn({images, tokens, 3 * heads * head_dim})).to(dtype);
      const auto slope = at::randn({images, tokens, heads * head_dim}).to(dtype);
      const auto expected = expected_results(qkv, slope, heads);
      const double tolerance = dtype == at::kFloat ? 2e-5 : 2e-2;
      for (const auto* kernels : kernels_of_this_cpu()) {
        const auto found = dtype == at::kFloat ? kernel_results(*kernels, kernels->float32, qkv, slope, shape)
                                               : kernel_results(*kernels, kernels->bfloat16, qkv, slope, shape);
        const auto note = std::string(name) + ", " + kernels->instructions + ", " + toString(dtype);
        EXPECT_NOTE(note, relative_difference(found.out, expected.out) < tolerance);
        EXPECT_NOTE(note, relative_difference(found.gradient, expected.gradient) < tolerance);
      }
    }
  }
}

TEST("attention has autograd's gradient, and bits that do not depend on the number of threads") {
  const auto qkv = at::randn({3, 50, 3 * 4 * 16}), slope = at::randn({3, 50, 4 * 16});
  const auto results = [&](int threads) {
    at::set_num_threads(threads);
    const auto input = qkv.clone().requires_grad_();
    const auto out = cpu_attention(input, 4);
    out.backward(slope);
    return Results{out.detach(), input.grad()};
  };
  const auto one = results(1), two = results(2), expected = expected_results(qkv, slope, 4);
  EXPECT(relative_difference(one.gradient, expected.gradient) < 2e-5);
  EXPECT(at::equal(one.out, two.out) && at::equal(one.gradient, two.gradient));
  const at::NoGradGuard no_grad;
  EXPECT(at::equal(cpu_attention(qkv, 4), one.out));
}

TEST("large scores neither overflow nor hide what is not finite") {
  auto qkv = at::randn({1, 20, 3 * 16});
  const auto large = at::cat({qkv.narrow(2, 0, 32) * 200, qkv.narrow(2, 32, 16)}, 2);
  EXPECT(relative_difference(cpu_attention(large, 1), formula(large.to(at::kDouble), 1)) < 1e-4);
  for (const double bad : {NAN, INFINITY, -INFINITY}) {
    for (const int64_t column : {0, 16, 32}) {
      const auto broken = qkv.clone();
      broken[0][7][column] = bad;
      EXPECT(!cpu_attention(broken, 1).isfinite().all().item<bool>());
    }
  }
}

TEST_MAIN
