#pragma once

// A file opened for reading ranges of it, from any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ijepa {

// Reads, rather than maps: a file that another process shortens gives an error here, and ends the process where mapped.
class InputFile {
 public:
  // `path` is UTF-8. Throws kFile, with the system's reason, unless it is a readable regular file.
  explicit InputFile(std::string path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  int64_t size() const { return size_; }  // bytes, when it was opened

  // Fills `bytes` from `offset`. Throws kFile where the range is not in the file, where reading fails, and where the file has
  // changed its size since it was opened.
  void read(int64_t offset, std::span<std::byte> bytes) const;
  void read(int64_t offset, int64_t length, std::vector<uint8_t>& out) const;

 private:
  void check_range(int64_t offset, int64_t length) const;
  [[noreturn]] void fail(const std::string& reason) const;

  std::string path_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

}  // namespace ijepa
