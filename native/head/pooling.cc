#include "head/pooling.h"

namespace ijepa {

at::Tensor pool(const at::Tensor& tokens, Pooling pooling,
                const std::function<at::Tensor(const at::Tensor&)>& norm) {
  if (pooling == Pooling::kMeanThenNorm) return norm(tokens.mean(1));
  return norm(tokens).mean(1);
}

}  // namespace ijepa
