#pragma once

// LibTorch's operations on a loader's thread.

namespace ijepa {

// From now on the calling thread computes alone: the loader's threads are the parallelism, and a team of OpenMP's for each
// of them would fight over the processors. Other threads keep their number; those that never set one begin with one.
void use_one_thread();

}  // namespace ijepa
