#include "loader/file_cache.h"

#include <algorithm>

namespace ijepa {

namespace {

constexpr size_t kOpenFiles = 32;

}  // namespace

std::shared_ptr<const InputFile> FileCache::find(int32_t file) {
  const std::lock_guard lock(mutex_);
  const auto entry = std::ranges::find(entries_, file, &Entry::first);
  if (entry == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->second;
}

std::shared_ptr<const InputFile> FileCache::open(int32_t file, const std::string& path) {
  if (auto found = find(file)) return found;
  auto opened = std::make_shared<const InputFile>(path);  // a slow disk does not hold the other threads
  const std::lock_guard lock(mutex_);
  entries_.emplace_front(file, opened);
  if (entries_.size() > kOpenFiles) entries_.pop_back();
  return opened;
}

}  // namespace ijepa
