#include "base/linear.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

namespace ijepa {

namespace {

using torch::autograd::AutogradContext;

// LibTorch's own operator over oneDNN's inner product. `fused` is computed with it: "none" or "gelu".
at::Tensor onednn_linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                         std::string_view fused) {
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                               std::string_view, c10::List<std::optional<at::Scalar>>,
                               std::optional<std::string_view>);
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
                             .typed<Signature>();
  return op.call(x, weight, bias, fused, c10::List<std::optional<at::Scalar>>(), "none");
}

bool takes_onednn(const at::Tensor& x, LinearKernel kernel) {
  if (!x.is_cpu()) return false;
  if (x.scalar_type() == at::kBFloat16) return onednn_takes_bfloat16();
  return kernel != LinearKernel::kBlas && x.scalar_type() == at::kFloat;
}

// a [n, k] · bᵀ with b [m, k] -> [n, m]; any strides. In bfloat16 LibTorch's own product: oneDNN's inner product takes
// four tenths more time for the transposed operands of a weight's gradient.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, LinearKernel kernel) {
  const bool direct = a.scalar_type() != at::kBFloat16 && takes_onednn(a, training_kernel(kernel));
  return direct ? onednn_linear(a, b, {}, "none") : at::mm(a, b.t());
}

class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  // `weight` and `bias` are the parameters, which get the gradients; `operands` what is computed with.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& /*weight*/,
                            const at::Tensor& /*bias*/, const std::pair<at::Tensor, at::Tensor>& operands,
                            LinearKernel kernel) {
    const auto input = x.to(operands.first.scalar_type());
    context->save_for_backward({input, operands.first});
    context->saved_data["kernel"] = static_cast<int64_t>(kernel);
    return linear(input, operands.first, operands.second, training_kernel(kernel));
  }

  static std::vector<at::Tensor> backward(AutogradContext* context, const std::vector<at::Tensor>& gradients) {
    const auto saved = context->get_saved_variables();
    const auto kernel = LinearKernel(context->saved_data["kernel"].toInt());
    auto result = linear_backward(
        gradients[0], saved[0], saved[1], kernel,
        {context->needs_input_grad(0), context->needs_input_grad(1), context->needs_input_grad(2)});
    result.resize(5);
    return result;
  }
};

}  // namespace

bool onednn_takes_bfloat16() {
  static const bool takes = c10::Dispatcher::singleton()
                                .findSchemaOrThrow("mkldnn::_is_mkldnn_bf16_supported", "")
                                .typed<bool()>()
                                .call();
  return takes;
}

at::ScalarType compute_dtype(const at::Tensor& x) {
  const auto device = x.device().type();
  return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, LinearKernel kernel) {
  return takes_onednn(x, kernel) ? onednn_linear(x, weight, bias, "none") : at::linear(x, weight, bias);
}

at::Tensor linear_gelu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, LinearKernel kernel) {
  return takes_onednn(x, kernel) ? onednn_linear(x, weight, bias, "gelu") : at::gelu(at::linear(x, weight, bias));
}

std::vector<at::Tensor> linear_backward(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& weight,
                                        LinearKernel kernel, const std::array<bool, 3>& wanted) {
  const auto rows = gradient.reshape({-1, gradient.size(-1)});  // [R, out]
  std::vector<at::Tensor> gradients(3);
  if (wanted[0]) gradients[0] = product(rows, weight.t(), kernel).view(x.sizes());
  if (wanted[1]) gradients[1] = product(rows.t(), x.reshape({-1, x.size(-1)}).t(), kernel);
  if (wanted[2]) gradients[2] = rows.sum(0);
  return gradients;
}

at::Tensor CastParameter::operator()(const at::Tensor& parameter, at::ScalarType dtype) {
  if (parameter.scalar_type() == dtype) return parameter.detach();
  const bool fits = copy_.defined() && copy_.scalar_type() == dtype && copy_.device() == parameter.device();
  if (!fits || version_ != parameter._version()) {
    copy_ = parameter.detach().to(dtype);
    version_ = static_cast<uint32_t>(parameter._version());
  }
  return copy_;
}

Linear::Linear(at::IntArrayRef weight_shape)
    : weight(register_parameter("weight", torch::empty(weight_shape))),
      bias(register_parameter("bias", torch::empty({weight_shape[0]}))) {}

std::pair<at::Tensor, at::Tensor> Linear::operands(at::ScalarType dtype) {
  return {cast_weight_(weight, dtype).flatten(1), cast_bias_(bias, dtype)};
}

at::Tensor Linear::forward(const at::Tensor& x) {
  const auto dtype = compute_dtype(x);
  const auto with = operands(dtype);
  if (!at::GradMode::is_enabled()) return linear(x.to(dtype), with.first, with.second, kernel);
  // The weight's gradient comes as [out, in]: flattening it here gives autograd the way back to its own shape.
  return LinearFunction::apply(x, weight.flatten(1), bias, with, kernel);
}

void use_linear_kernel(torch::nn::Module& module, LinearKernel kernel) {
  module.apply([kernel](torch::nn::Module& part) {
    if (auto* const linear = part.as<Linear>()) linear->kernel = kernel;
  });
}

}  // namespace ijepa
