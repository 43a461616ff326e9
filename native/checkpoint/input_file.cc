#include "checkpoint/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace ijepa {

namespace {

Error failure(const std::string& path) {
  return {ErrorCode::kFile, "Cannot read '" + path + "': " + std::generic_category().message(errno), path};
}

// Size of an open regular file, or -1.
int64_t regular_size(int descriptor) {
  struct stat status{};
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) ? static_cast<int64_t>(status.st_size)
                                                                    : -1;
}

constexpr size_t kLargestRead = size_t{1} << 30;  // systems refuse to read 2 GiB at once

}  // namespace

// O_NONBLOCK: opening a named pipe must not wait for its writer.
InputFile::InputFile(const std::string& path)
    : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) throw failure(path);
  size_ = regular_size(descriptor_);
  if (size_ >= 0) return;
  close(descriptor_);
  throw Error(ErrorCode::kFile, "Expected '" + path + "' to be a regular file", path);
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read(int64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const auto count = pread(descriptor_, bytes.data(), std::min(bytes.size(), kLargestRead), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw failure(path_);
    IJEPA_CHECK(count > 0, ErrorCode::kCheckpointFormat,
                "'" + path_ + "' ended at byte " + std::to_string(offset) + " while it was read", path_);
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += count;
  }
}

}  // namespace ijepa
