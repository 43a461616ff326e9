#pragma once

// Tensors by name: what can be listed, and written to a file.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/plan.h"

namespace ijepa {

using NamedTensor = std::pair<std::string, at::Tensor>;
using TensorsByName = std::map<std::string, at::Tensor>;

struct TensorInfo {
  std::string name;
  std::vector<int64_t> shape;
  at::ScalarType dtype = at::kFloat;
};

std::vector<TensorInfo> infos_of(const std::vector<NamedTensor>& named);

TensorsByName by_name(const std::vector<NamedTensor>& named);

// Throws Error (kArgument) where there is none of this name.
at::Tensor find(const TensorsByName& tensors, const std::string& name);

// `header` first, then the pieces, to a temporary name beside `path`; fsync; rename.
void write_pieces(const std::string& path, const std::vector<uint8_t>& header, const std::vector<Piece>& pieces,
                  const TensorsByName& tensors);

}  // namespace ijepa
