#pragma once

// How fast this machine multiplies matrices, to choose a kernel by.

#include <c10/core/ScalarType.h>

#include "base/linear.h"

namespace ijepa {

// FLOP/s of the product that a small transformer's perceptron makes of eight pictures, with operands of
// `dtype` and the calling thread's number of threads: the best of a few, in some 60 milliseconds.
double measure_linear_rate(LinearKernel kernel, at::ScalarType dtype);

}  // namespace ijepa
