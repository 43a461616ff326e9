#include "checkpoint/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/error.h"

namespace ijepa {

namespace {

constexpr size_t kLargestWrite = size_t{1} << 30;  // systems refuse to write 2 GiB at once

// The name in a folder is itself data to be synchronised. Some file systems cannot, and need not: no error.
void synchronize_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  // Not mkstemp: its files are readable to their owner only, and so would be the result.
  for (int i = 0; descriptor_ < 0; ++i) {
    temporary_ = path + ".writing-" + std::to_string(getpid()) + "-" + std::to_string(i);
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) fail();
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!committed_) unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kLargestWrite));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail();
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void AtomicFile::commit() {
  if (fsync(descriptor_) != 0) fail();
  const int closed = close(descriptor_);
  descriptor_ = -1;
  if (closed != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
  committed_ = true;
  synchronize_folder(path_);
}

void AtomicFile::fail() const {
  const auto reason = std::generic_category().message(errno);
  throw Error(ErrorCode::kFile, "Cannot write '" + path_ + "': " + reason, path_);
}

}  // namespace ijepa
