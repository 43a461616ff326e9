#pragma once

// How fast this machine multiplies matrices, to choose a kernel by.

namespace ijepa {

struct LinearRates {
  double blas = 0, onednn = 0;
};

// FLOP/s of each kernel in the float32 product that a small transformer's perceptron makes of four pictures, with the
// calling thread's number of threads: the best within so many seconds, on a busy machine within up to ten times as many.
// A tenth of a second is enough to compare the kernels. It takes half a second to see what the machine can do: the system
// begins the threads of a new team on one processor, and may notice after a quarter of a second that another one is idle.
LinearRates measure_linear_rates(double seconds);

// The same of bfloat16, for which there is one kernel.
double measure_bf16_rate(double seconds);

}  // namespace ijepa
