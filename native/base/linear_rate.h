#pragma once

// How fast each kernel multiplies on this machine, to choose by.

#include "base/linear.h"

namespace ijepa {

// FLOP/s of float32 products of the shape that a small transformer's perceptron has, the best of a few; takes some
// tens of milliseconds. With the calling thread's number of threads.
double measure_linear_rate(LinearKernel kernel);

}  // namespace ijepa
