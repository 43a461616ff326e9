#pragma once

// AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) by LibTorch's fused kernel, which never waits for the
// device.

#include <map>

#include "optim/optimizer.h"

namespace ijepa {

class AdamW : public Optimizer {
 public:
  struct State {
    at::Tensor exp_avg, exp_avg_sq;  // of the parameter's shape
    at::Tensor step;                 // float32 scalar: updates so far
  };

  void step(double learning_rate, const at::Tensor& skip, const at::Tensor& divisor) override;

  // `adamw.exp_avg.<parameter>`, `adamw.exp_avg_sq.<parameter>`, `adamw.step.<parameter>`.
  std::vector<std::pair<std::string, at::Tensor>> state() const override;

  // By name of the parameter.
  const std::map<std::string, State>& states() const { return states_; }

 protected:
  void prepare(const std::string& name, const at::Tensor& parameter) override;

 private:
  std::map<std::string, State> states_;
};

}  // namespace ijepa
