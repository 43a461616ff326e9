#pragma once

#include <ATen/core/Tensor.h>

namespace ijepa {

// Rows [n, D] at length 1, in float32; with `centre` after its own mean was taken from each: MSN's (Assran et al. 2022,
// arXiv:2204.07141) preparation of features for logistic regression.
at::Tensor unit_rows(const at::Tensor& rows, bool centre);

}  // namespace ijepa
