#pragma once

// The last files that samples were read from, kept open: a tar is not opened anew for each of its pictures.

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/input_file.h"

namespace ijepa {

// For any number of threads.
class FileCache {
 public:
  // File number `file` of a table, which is at `path`. Throws kFile, also where it is not the file that it
  // was the first time.
  std::shared_ptr<const InputFile> open(int32_t file, const std::string& path);

 private:
  using Entry = std::pair<int32_t, std::shared_ptr<const InputFile>>;
  std::shared_ptr<const InputFile> find(int32_t file);

  void check_state(int32_t file, const InputFile& opened);

  std::mutex mutex_;
  std::list<Entry> entries_;       // the latest first
  std::vector<FileState> states_;  // by file, when each was opened first; size -1: not yet
};

}  // namespace ijepa
