#include "encoder/checkpointed_block.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <utility>

#include "base/error.h"
#include "base/precision.h"

namespace ijepa {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// How a block is to be run again.
struct Rerun : torch::CustomClassHolder {
  Rerun(Block& wanted, const at::Tensor& x, at::Tensor scales)
      : block(wanted),
        branch_scales(std::move(scales)),
        device(x.device().type()),
        precision(current_precision(device)) {}

  Block& block;
  const at::Tensor branch_scales;
  const at::DeviceType device;
  const Precision precision;
};

class CheckpointFunction : public torch::autograd::Function<CheckpointFunction> {
 public:
  // x and the parameters, which get the gradients, are arguments one by one: LibTorch looks for them in no list. Autograd
  // is on, and its record is dropped at the end: so the block's parts take the kernels that they train with, as in the
  // second run.
  template <typename... Parameters>
  static at::Tensor forward(AutogradContext* context, const c10::intrusive_ptr<Rerun>& rerun, const at::Tensor& x,
                            const Parameters&... /*parameters*/) {
    const at::AutoGradMode grad(true);
    context->save_for_backward({x});
    context->saved_data["rerun"] = c10::IValue::make_capsule(rerun);
    return rerun->block.forward(x.detach(), rerun->branch_scales).detach();
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto rerun = c10::static_intrusive_pointer_cast<Rerun>(context->saved_data["rerun"].toCapsule());
    auto inputs = rerun->block.parameters();
    inputs.insert(inputs.begin(), context->get_saved_variables()[0].detach());
    variable_list wanted;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!context->needs_input_grad(i)) continue;
      if (i == 0) inputs[0].requires_grad_();
      wanted.push_back(inputs[i]);
    }
    auto found = gradients_of(*rerun, inputs[0], wanted, gradients[0]);
    variable_list result(1 + inputs.size());  // none for `rerun`
    for (size_t i = 0, next = 0; i < inputs.size(); ++i)
      if (context->needs_input_grad(i)) result[1 + i] = found[next++];
    return result;
  }

 private:
  static variable_list gradients_of(const Rerun& rerun, const at::Tensor& x, const variable_list& wanted,
                                    const at::Tensor& gradient) {
    at::Tensor output;
    {
      const at::AutoGradMode grad(true);
      const AutocastGuard autocast(rerun.device, rerun.precision);
      output = rerun.block.forward(x, rerun.branch_scales, ForwardUse::kGradients);
    }
    return torch::autograd::grad({output}, wanted, {gradient});
  }
};

template <size_t... I>
at::Tensor apply(const c10::intrusive_ptr<Rerun>& rerun, const at::Tensor& x, const variable_list& parameters,
                 std::index_sequence<I...>) {
  return CheckpointFunction::apply(rerun, x, parameters[I]...);
}

constexpr size_t kParameters = 12;  // of a block

}  // namespace

at::Tensor checkpointed(Block& block, const at::Tensor& x, const at::Tensor& branch_scales) {
  const auto parameters = block.parameters();
  IJEPA_CHECK(parameters.size() == kParameters, ErrorCode::kNative, "A block has other parameters than expected");
  return apply(c10::make_intrusive<Rerun>(block, x, branch_scales), x, parameters,
               std::make_index_sequence<kParameters>());
}

}  // namespace ijepa
