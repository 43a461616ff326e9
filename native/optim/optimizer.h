#pragma once

// What optimizers share: groups of parameters, and state by parameter that outlives a freezing stage.

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ijepa {

// Parameters that share a learning rate, as a factor of the step's, and a weight decay.
struct ParameterGroup {
  std::vector<std::string> names;
  double learning_rate_scale = 1;
  double weight_decay = 0;
};

enum class OptimizerKind { kAdamW, kSgd, kLars };

struct OptimizerOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // of AdamW
  double momentum = 0.9;                              // of SGD and LARS
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // What trains from now on; `parameter` finds one by name. New parameters begin with fresh state; the state
  // of all that ever trained is kept, in a group or not.
  void configure(const OptimizerOptions& options, const std::vector<ParameterGroup>& groups,
                 const std::function<at::Tensor(const std::string&)>& parameter);

  // One update of the configured parameters by their gradients, divided by `divisor` (a scalar, or undefined
  // for 1). Where `skip` (float32 scalar) is 1 nothing changes, where it is 0 all does; it is read on the
  // device only.
  virtual void step(double learning_rate, const at::Tensor& skip, const at::Tensor& divisor) = 0;

  // Of the configured parameters. Throws Error (kArgument) where one has none.
  std::vector<at::Tensor> gradients() const;
  void clear_gradients();

  // What a checkpoint keeps, by name.
  virtual std::vector<std::pair<std::string, at::Tensor>> state() const = 0;

 protected:
  struct Group {
    std::vector<std::string> names;
    std::vector<at::Tensor> parameters;
    double learning_rate_scale = 1, weight_decay = 0;

    std::vector<at::Tensor> gradients() const;
  };

  // Fresh state for a parameter that has none yet.
  virtual void prepare(const std::string& name, const at::Tensor& parameter) = 0;

  OptimizerOptions options_;
  std::vector<Group> groups_;
};

std::unique_ptr<Optimizer> make_optimizer(OptimizerKind kind);

// Fused kernels write behind autograd; who keeps copies of parameters in another dtype must see that they are old.
void mark_as_changed(const std::vector<at::Tensor>& parameters);

}  // namespace ijepa
