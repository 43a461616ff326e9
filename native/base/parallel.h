#pragma once

// at::parallel_for, which is silently a loop of one thread in a file that is compiled without OpenMP.

#include <ATen/Parallel.h>

#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
#error "Compile this file with OpenMP: IJEPA_PARALLEL_SOURCES of CMakeLists.txt"
#endif
