#pragma once

// Where a tensor's values lie in files, and which values a file is to hold. Containers are read and their
// headers made in TypeScript; here are only bytes.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ijepa {

// One run of little-endian values, row by row.
struct ByteRange {
  std::string file;
  int64_t offset = 0, length = 0;  // bytes
  at::ScalarType dtype = at::kFloat;
};

// A tensor's values: several ranges follow one another along dimension 0.
struct PlannedTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<ByteRange> ranges;
  std::optional<std::pair<int64_t, int64_t>> grid;  // pos_embed: rows and columns of its patches
};

// Rows [begin, end) of the named tensor's dimension 0; 0, 0 = all.
struct Piece {
  std::string name;
  int64_t begin = 0, end = 0;
};

}  // namespace ijepa
