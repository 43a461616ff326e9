#include "loader/single_thread.h"

#include <ATen/Parallel.h>

namespace ijepa {

void use_one_thread() { at::set_num_threads(1); }

}  // namespace ijepa
