#pragma once

// A file open for reading at any offset.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ijepa {

// Reads, rather than maps: a file that another process shortens gives an error here, and ends the process
// where mapped.
class InputFile {
 public:
  // Throws Error (kFile) unless it is a readable regular file.
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  int64_t size() const { return size_; }  // bytes, when it was opened

  // Fills `bytes` from `offset`. Throws Error (kFile, kCheckpointFormat where the file ends before).
  void read(int64_t offset, std::span<std::byte> bytes) const;

 private:
  std::string path_;
  int descriptor_;
  int64_t size_ = 0;
};

}  // namespace ijepa
