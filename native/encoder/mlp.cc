#include "encoder/mlp.h"

#include <torch/csrc/autograd/custom_function.h>

#include "encoder/recompute_gelu.h"

namespace ijepa {

namespace {

using torch::autograd::AutogradContext;

// fc2(gelu(fc1(x))). The activation, four times as wide as x, is computed again in the backward pass and not kept:
// it is the largest tensor of a block, and GELU costs little beside the products.
class MlpFunction : public torch::autograd::Function<MlpFunction> {
 public:
  // The four parameters get the gradients; what is computed with comes from the layers.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& /*weight1*/,
                            const at::Tensor& /*bias1*/, const at::Tensor& /*weight2*/, const at::Tensor& /*bias2*/,
                            Linear* fc1, Linear* fc2, ForwardUse use) {
    const auto dtype = compute_dtype(x);
    const auto [weight1, bias1] = fc1->operands(dtype);
    const auto [weight2, bias2] = fc2->operands(dtype);
    const auto input = x.to(dtype);
    const auto kernel = training_kernel(fc1->kernel);
    const auto hidden = linear(input, weight1, bias1, kernel);
    context->save_for_backward({input, hidden, weight1, weight2});
    context->saved_data["kernel"] = static_cast<int64_t>(kernel);
    if (use == ForwardUse::kGradients) return hidden.new_zeros({}).expand(x.sizes());
    return linear(at::gelu(hidden), weight2, bias2, kernel);
  }

  static std::vector<at::Tensor> backward(AutogradContext* context, const std::vector<at::Tensor>& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &input = saved[0], &hidden = saved[1], &weight1 = saved[2], &weight2 = saved[3];
    const auto kernel = LinearKernel(context->saved_data["kernel"].toInt());
    const auto wants = [context](size_t input_index) { return context->needs_input_grad(input_index); };
    const bool below = wants(0) || wants(1) || wants(2);
    auto second = linear_backward(gradients[0], hidden, weight2, kernel, {below, false, wants(4)});
    const auto activation = below ? recompute_gelu(hidden, second[0]) : at::gelu(hidden);
    if (wants(3)) second[1] = linear_backward(gradients[0], activation, weight2, kernel, {false, true, false})[1];
    std::vector<at::Tensor> first(3);
    if (below) first = linear_backward(second[0], input, weight1, kernel, {wants(0), wants(1), wants(2)});
    return {first[0], first[1], first[2], second[1], second[2], {}, {}, {}};
  }
};

std::shared_ptr<Linear> make_linear(int64_t in, int64_t out) {
  return std::make_shared<Linear>(at::IntArrayRef{out, in});
}

}  // namespace

Mlp::Mlp(int64_t embed_dim, int64_t hidden_dim)
    : fc1(register_module("fc1", make_linear(embed_dim, hidden_dim))),
      fc2(register_module("fc2", make_linear(hidden_dim, embed_dim))) {}

at::Tensor Mlp::forward(const at::Tensor& x, ForwardUse use) {
  if (at::GradMode::is_enabled())
    return MlpFunction::apply(x, fc1->weight, fc1->bias, fc2->weight, fc2->bias, fc1.get(), fc2.get(), use);
  const auto dtype = compute_dtype(x);
  const auto [weight, bias] = fc1->operands(dtype);
  return fc2->forward(linear_gelu(x.to(dtype), weight, bias, fc1->kernel));
}

}  // namespace ijepa
