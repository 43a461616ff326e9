#pragma once

// AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) by LibTorch's fused kernel, which never waits for the
// device.

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ijepa {

// Parameters that share a learning rate, as a factor of the step's, and a weight decay.
struct ParameterGroup {
  std::vector<std::string> names;
  double learning_rate_scale = 1;
  double weight_decay = 0;
};

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

class AdamW {
 public:
  struct State {
    at::Tensor exp_avg, exp_avg_sq;  // of the parameter's shape
    at::Tensor step;                 // float32 scalar: updates so far
  };

  // What trains from now on; `parameter` finds one by name. New parameters begin with fresh state; the state
  // of all that ever trained is kept, in a group or not.
  void configure(const AdamWOptions& options, const std::vector<ParameterGroup>& groups,
                 const std::function<at::Tensor(const std::string&)>& parameter);

  // One update of the configured parameters by their gradients, divided by `divisor` (a scalar, or undefined
  // for 1). Where `skip` (float32 scalar) is 1 nothing changes, where it is 0 all does; it is read on the
  // device only.
  void step(double learning_rate, const at::Tensor& skip, const at::Tensor& divisor);

  // Of the configured parameters. Throws Error (kArgument) where one has none.
  std::vector<at::Tensor> gradients() const;
  void clear_gradients();

  // By name of the parameter.
  const std::map<std::string, State>& states() const { return states_; }

 private:
  struct Group {
    std::vector<std::string> names;
    std::vector<at::Tensor> parameters, exp_avgs, exp_avg_sqs, steps;
    double learning_rate_scale = 1, weight_decay = 0;
  };

  AdamWOptions options_;
  std::vector<Group> groups_;
  std::map<std::string, State> states_;
};

}  // namespace ijepa
