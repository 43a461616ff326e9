#pragma once

// What the frozen part of an encoder gives for each sample, on the disk: written once, read by row in any order.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/input_file.h"
#include "checkpoint/atomic_file.h"

namespace ijepa {

// Where the encoder is cut.
struct Prefix {
  int64_t blocks = 0;   // how many blocks from the first on
  bool pooled = false;  // all blocks, the final normalisation and pooling: one vector a sample

  bool operator==(const Prefix&) const = default;
};

// Rows that belong together: what was computed, of which sample, and its label.
struct TokenRows {
  at::Tensor values;             // float32 or bfloat16, CPU: tokens [n, N, D], or pooled [n, D]
  at::Tensor labels;             // int64 [n], CPU
  std::vector<int32_t> samples;  // [n]
};

// The file: rows one after another; then samples and labels (int32) and checksums (uint64) by row; then 64 bytes that tell
// all sizes, with the machine's order of bytes. Functions throw Error (kFile).
class TokenWriter {
 public:
  TokenWriter(const std::string& path, const Prefix& prefix);

  // Throws Error (kArgument) for rows of another shape or type than those before.
  void append(const TokenRows& rows);

  // The file appears under its name.
  void commit();

 private:
  AtomicFile file_;
  Prefix prefix_;
  std::vector<int64_t> row_shape_;  // empty before the first rows
  at::ScalarType dtype_ = at::kFloat;
  std::vector<int32_t> samples_, labels_;
  std::vector<uint64_t> checksums_;
};

class TokenFile {
 public:
  // Sizes are checked before anything is allocated.
  explicit TokenFile(const std::string& path);

  const Prefix& prefix() const { return prefix_; }
  const std::vector<int64_t>& row_shape() const { return row_shape_; }
  const std::vector<int32_t>& samples() const { return samples_; }  // by row

  // Throws Error (kArgument) for rows that are not there, kFile for bytes that are not as they were written.
  TokenRows read(const std::vector<int32_t>& rows) const;

 private:
  [[noreturn]] void fail() const;

  InputFile file_;
  Prefix prefix_;
  std::vector<int64_t> row_shape_;
  at::ScalarType dtype_ = at::kFloat;
  int64_t row_bytes_ = 0;
  std::vector<int32_t> samples_, labels_;
  std::vector<uint64_t> checksums_;
};

}  // namespace ijepa
