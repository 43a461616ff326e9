#include "head/unit_rows.h"

#include <torch/types.h>

namespace ijepa {

at::Tensor unit_rows(const at::Tensor& rows, bool centre) {
  const auto wide = rows.to(at::kFloat);
  const auto values = centre ? wide - wide.mean(1, /*keepdim=*/true) : wide;
  return values / values.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

}  // namespace ijepa
