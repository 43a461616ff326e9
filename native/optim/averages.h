#pragma once

// Exponential moving averages of parameters (Polyak & Juditsky 1992), with the warm-up of timm's ModelEmaV3.

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ijepa {

class Averages {
 public:
  // `decay` is in (0, 1): what an average keeps of itself in an update, after the warm-up.
  Averages(double decay, at::Device device);

  // From now on the parameter is averaged, beginning with its present values; one that is already stays as it is.
  void add(const std::string& name, const at::Tensor& parameter);

  // Takes in an update of the parameters. The decay of update t, from 0, is min(decay, 1 - (1 + t)^(-2/3)): the first
  // one replaces what the training began with. Where `skip` (float32 scalar) is 1 nothing changes; it is read on the
  // device only.
  void update(const at::Tensor& skip);

  // Puts the averages in the parameters' place, or back.
  void use(bool averages);
  bool are_used() const { return used_; }

  // `ema.step`, float32 scalar: updates so far; `ema.average.<parameter>`: while they are used, the parameters as trained.
  std::vector<std::pair<std::string, at::Tensor>> state() const;

 private:
  struct Entry {
    at::Tensor parameter, average;
  };

  double decay_;
  at::Tensor step_;
  std::map<std::string, Entry> entries_;
  bool used_ = false;
};

}  // namespace ijepa
