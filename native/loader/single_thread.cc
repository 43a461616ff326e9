#include "loader/single_thread.h"

#include "base/device.h"

namespace ijepa {

void use_one_thread() { use_threads(1); }

}  // namespace ijepa
