#pragma once

// SGD with Nesterov's momentum, as torch.optim.SGD, and LARS (You et al. 2017, arXiv:1708.03888), which is SGD with
// momentum on gradients that are scaled layer by layer.

#include <map>

#include "optim/optimizer.h"

namespace ijepa {

class Sgd : public Optimizer {
 public:
  enum class Scaling {
    kNone,  // g + weight_decay·w, Nesterov's momentum
    // d = g + weight_decay·w, for tensors of two and more dimensions times 0.001·‖w‖ / ‖d‖ (1 where either is 0), plain
    // momentum: the variant of the published probes (MAE, MoCo v3), which leave biases and norms unscaled.
    kLars
  };

  explicit Sgd(Scaling scaling) : scaling_(scaling) {}

  void step(double learning_rate, const at::Tensor& skip, const at::Tensor& divisor) override;

  // `sgd.momentum_buffer.<parameter>`, or `lars.…`.
  std::vector<std::pair<std::string, at::Tensor>> state() const override;

 protected:
  void prepare(const std::string& name, const at::Tensor& parameter) override;

 private:
  Scaling scaling_;
  std::map<std::string, at::Tensor> momentum_buffers_;  // of the parameter's shape
};

}  // namespace ijepa
