#include "base/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace ijepa {

namespace {

std::string system_reason() { return std::generic_category().message(errno); }

int64_t modified_at(const struct stat& status) {
#ifdef __APPLE__
  const timespec& time = status.st_mtimespec;
#else
  const timespec& time = status.st_mtim;
#endif
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

constexpr size_t kLargestRead = size_t{1} << 30;  // systems refuse to read 2 GiB at once

}  // namespace

// O_NONBLOCK: opening a named pipe must not wait for its writer.
InputFile::InputFile(std::string path, Removal removal)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail(system_reason());
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) {
    state_ = {status.st_size, modified_at(status)};
    keeps_name_ = removal == Removal::kIsAnError && status.st_nlink > 0;
    return;
  }
  ::close(std::exchange(descriptor_, -1));
  fail("a folder or a device, where a file is expected");
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void InputFile::fail(const std::string& reason) const { throw Error(ErrorCode::kFile, reason, path_); }

void InputFile::check_unchanged_since(const FileState& expected) const {
  if (state_.size != expected.size)
    fail("its size changed from " + std::to_string(expected.size) + " to " + std::to_string(state_.size) +
         " bytes while it was in use");
  if (state_ != expected) fail("it was written to while it was in use");
}

void InputFile::check_range(int64_t offset, int64_t length) const {
  if (offset < 0 || length < 0 || offset > size() || length > size() - offset)
    fail(std::to_string(length) + " bytes from byte " + std::to_string(offset) + " are not in it: it has " +
         std::to_string(size()));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail(system_reason());
  if (status.st_nlink == 0 && keeps_name_) fail("it was deleted or replaced while it was in use");
  if (status.st_size != size())
    fail("its size changed from " + std::to_string(size()) + " to " + std::to_string(status.st_size) +
         " bytes while it was in use");
  if (modified_at(status) != state_.modified) fail("it was written to while it was in use");
}

void InputFile::read(int64_t offset, std::span<std::byte> bytes) const {
  check_range(offset, static_cast<int64_t>(bytes.size()));
  while (!bytes.empty()) {
    const auto count = ::pread(descriptor_, bytes.data(), std::min(bytes.size(), kLargestRead), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(system_reason());
    if (count == 0) fail("it ended at byte " + std::to_string(offset) + " while it was read");
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += count;
  }
}

void InputFile::read(int64_t offset, int64_t length, std::vector<uint8_t>& out) const {
  check_range(offset, length);  // before the allocation
  out.resize(static_cast<size_t>(length));
  read(offset, std::as_writable_bytes(std::span(out)));
}

}  // namespace ijepa
