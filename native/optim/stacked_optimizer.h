#pragma once

// AdamW, SGD and LARS for parameters that are stacked by head, each head with a learning rate and a weight decay of its own:
// what each of them would do to the head alone.

#include <string>
#include <utility>
#include <vector>

#include "optim/optimizer.h"

namespace ijepa {

class StackedOptimizer {
 public:
  struct Parameter {
    std::string name;
    at::Tensor values;  // float32 [H, ...]: a slice a head
    bool decays = true;
  };
  struct Kind {
    OptimizerKind optimizer = OptimizerKind::kAdamW;
    OptimizerOptions options;
    bool nesterov = true;  // of SGD
  };

  // `weight_decays`: by head.
  StackedOptimizer(const Kind& kind, std::vector<Parameter> parameters, const std::vector<double>& weight_decays);

  // One update by the gradients, in the parameters' order and of their shapes; learning rates by head. LARS scales the slices
  // of two and more dimensions, each by its own norms, and decays no others.
  void step(const std::vector<at::Tensor>& gradients, const std::vector<double>& learning_rates);

  // `adamw.exp_avg.<parameter>`, `adamw.exp_avg_sq.<parameter>` and `adamw.step`, int64 scalar on the CPU; else
  // `sgd.momentum_buffer.<parameter>` or `lars.momentum_buffer.<parameter>`.
  std::vector<std::pair<std::string, at::Tensor>> state() const;

 private:
  struct Slot {
    Parameter parameter;
    at::Tensor first, second;  // AdamW's moments; or the momentum buffer, and undefined
  };

  void step_adamw(Slot& slot, const at::Tensor& gradient, const at::Tensor& rates);
  void step_momentum(Slot& slot, const at::Tensor& gradient, const at::Tensor& rates);
  at::Tensor layer_scale(const at::Tensor& values, const at::Tensor& gradient) const;  // of LARS
  // One value a head, float64 on the CPU, as a factor of `slot`'s values.
  at::Tensor factor(const at::Tensor& by_head, const Slot& slot) const;

  Kind kind_;
  std::vector<Slot> slots_;
  at::Tensor weight_decays_;  // float64 [H], CPU
  at::Tensor updates_;        // int64 scalar, CPU
};

}  // namespace ijepa
