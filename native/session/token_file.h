#pragma once

// What the frozen part of an encoder gives for each sample, on the disk: written once, read by row in any order.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/input_file.h"
#include "checkpoint/atomic_file.h"

namespace ijepa {

constexpr int64_t kMostRows = int64_t{1} << 31;  // of a file, or of files together

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

// The file: less than kPageMultiple zeros; rows one after another; then samples and labels (int32) and checksums (uint64) by
// row; then 64 bytes that tell all sizes, with the machine's order of bytes. It is written under another name: under its own it
// is whole, and never changes. Functions throw Error (kFile).
class TokenWriter {
 public:
  // `place`: bytes of an array before the one that the rows are to be shown at; see AddressRange.
  TokenWriter(const std::string& path, const Prefix& prefix, int64_t place = 0);

  // Throws Error (kArgument) for rows of another shape or type than those before.
  void append(const TokenRows& rows);

  // The file appears under its name.
  void commit();

 private:
  AtomicFile file_;
  Prefix prefix_;
  int64_t lead_;  // bytes before the rows
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
  at::ScalarType dtype() const { return dtype_; }
  const std::vector<int32_t>& samples() const { return samples_; }  // by row

  const InputFile& file() const { return file_; }
  int64_t offset() const { return lead_; }  // of the first row
  int64_t row_bytes() const { return row_bytes_; }

  // Throws Error (kArgument) for rows that are not there, kFile for bytes that are not as they were written.
  TokenRows read(const std::vector<int32_t>& rows) const;

  // Room for that many rows, none of which is there yet, and one that is put behind those that are.
  TokenRows room_for(int64_t rows) const;
  void read_row(int32_t row, TokenRows& out) const;

  // From now on each row has its sample's label of these. Throws Error (kFile) where a sample has none.
  void label(const std::vector<int32_t>& labels);

  // Throws Error (kFile) where the bytes of all rows are not as they were written: those of the file, or these.
  void check(const CancelToken& cancel) const;
  void check(std::span<const std::byte> rows, const CancelToken& cancel) const;

 private:
  [[noreturn]] void fail() const;

  InputFile file_;
  Prefix prefix_;
  std::vector<int64_t> row_shape_;
  at::ScalarType dtype_ = at::kFloat;
  int64_t row_bytes_ = 0, lead_ = 0;
  std::vector<int32_t> samples_, labels_;
  std::vector<uint64_t> checksums_;
};

}  // namespace ijepa
