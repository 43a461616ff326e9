#pragma once

// A file opened for reading ranges of it, from any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ijepa {

// By which a change of a file is known.
struct FileState {
  int64_t size = 0;      // bytes
  int64_t modified = 0;  // nanoseconds since 1970

  bool operator==(const FileState&) const = default;
};

// What it means that an open file is deleted, or another gets its name.
enum class Removal {
  kIsAnError,   // of a person's data: who reads on reads what is no longer there
  kIsHarmless,  // of files that are only ever written whole: what was opened stays as it is
};

// Reads, rather than maps: a file that another process shortens gives an error here, and ends the process
// where mapped.
class InputFile {
 public:
  // `path` is UTF-8. Throws kFile, with the system's reason, unless it is a readable regular file.
  explicit InputFile(std::string path, Removal removal = Removal::kIsAnError);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }     // as long as this is there
  const FileState& state() const { return state_; }  // when it was opened
  int64_t size() const { return state_.size; }

  // Throws kFile, which says what is different, unless its state is `expected`.
  void check_unchanged_since(const FileState& expected) const;

  // Fills `bytes` from `offset`. Throws kFile where the range is not in the file, where reading fails, and
  // where the file was written to since it was opened, or deleted or replaced if that is an error.
  void read(int64_t offset, std::span<std::byte> bytes) const;
  void read(int64_t offset, int64_t length, std::vector<uint8_t>& out) const;

 private:
  void check_range(int64_t offset, int64_t length) const;
  [[noreturn]] void fail(const std::string& reason) const;

  std::string path_;
  int descriptor_ = -1;
  FileState state_;
  bool keeps_name_ = true;  // a file without one (deleted, but held open by its owner) may be opened by /dev/fd
};

}  // namespace ijepa
