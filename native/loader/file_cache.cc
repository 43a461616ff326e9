#include "loader/file_cache.h"

#include <algorithm>

namespace ijepa {

namespace {

constexpr size_t kOpenFiles = 32;
constexpr FileState kUnknown{-1, 0};

}  // namespace

std::shared_ptr<const InputFile> FileCache::find(int32_t file) {
  const std::lock_guard lock(mutex_);
  const auto entry = std::ranges::find(entries_, file, &Entry::first);
  if (entry == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->second;
}

// With the mutex held.
void FileCache::check_state(int32_t file, const InputFile& opened) {
  const auto index = static_cast<size_t>(file);
  if (index >= states_.size()) states_.resize(index + 1, kUnknown);
  if (states_[index] == kUnknown) states_[index] = opened.state();
  opened.check_unchanged_since(states_[index]);
}

std::shared_ptr<const InputFile> FileCache::open(int32_t file, const std::string& path) {
  if (auto found = find(file)) return found;
  auto opened = std::make_shared<const InputFile>(path);  // a slow disk does not hold the other threads
  const std::lock_guard lock(mutex_);
  check_state(file, *opened);
  entries_.emplace_front(file, opened);
  if (entries_.size() > kOpenFiles) entries_.pop_back();
  return opened;
}

}  // namespace ijepa
