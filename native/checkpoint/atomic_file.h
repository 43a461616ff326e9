#pragma once

// A file that appears whole under its name, or not at all.

#include <cstddef>
#include <span>
#include <string>

namespace ijepa {

class AtomicFile {
 public:
  // Opens a temporary file beside `path`. Throws Error (kFile), as every function here.
  explicit AtomicFile(const std::string& path);
  // Removes the temporary file unless it was committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);

  // Waits until the bytes are on the disk, and gives the file its name (which survives a power failure, too).
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::string path_, temporary_;
  int descriptor_ = -1;
  bool committed_ = false;
};

}  // namespace ijepa
