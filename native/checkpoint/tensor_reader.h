#pragma once

// A load plan's tensors from their files. Plans come from files that may be hostile: all is checked before it
// is used.

#include <map>
#include <string>

#include "base/cancel.h"
#include "base/input_file.h"
#include "checkpoint/plan.h"

namespace ijepa {

class TensorReader {
 public:
  // Checks all that the plan says of one tensor, without allocating: that it has `shape` and as many values,
  // in ranges of whole rows within their files, of types that convert to `dtype` (floating point into
  // floating point, else the same). Throws Error (kCheckpointFormat; kFile where a file cannot be opened).
  void check(const PlannedTensor& plan, at::IntArrayRef shape, at::ScalarType dtype);

  // Copies the values into `destination`, contiguous, on any device, whose shape and type were checked;
  // converts them.
  void read(const PlannedTensor& plan, at::Tensor destination, const CancelToken& cancel);

 private:
  const InputFile& file(const std::string& path);

  std::map<std::string, InputFile> files_;
};

}  // namespace ijepa
