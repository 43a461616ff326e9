#include "base/caching_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace ijepa {

namespace {

constexpr size_t kAlignment = 64;           // of what LibTorch gets, and the room before it for a block's size
constexpr size_t kKept = size_t{1} << 16;   // smaller blocks are malloc's own strength
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kSlack = size_t{64} << 20;  // kept beyond the largest need so far

// A block is its size, then the memory that LibTorch sees.
struct alignas(kAlignment) Header {
  size_t bytes;  // of the whole block
};
static_assert(sizeof(Header) == kAlignment);

Header* header_of(void* data) { return static_cast<Header*>(data) - 1; }

Header* take_from_system(size_t bytes) {
  const bool is_large = bytes >= 2 * kHugePage;
  void* memory = nullptr;
  if (posix_memalign(&memory, is_large ? kHugePage : kAlignment, bytes) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  if (is_large) madvise(memory, bytes, MADV_HUGEPAGE);  // fewer misses of the address cache; refused: as well
#endif
  auto* const header = static_cast<Header*>(memory);
  header->bytes = bytes;
  return header;
}

class CachingAllocator final : public c10::Allocator {
 public:
  // Never destroyed: tensors may outlive every other object of the process.
  static CachingAllocator& get() {
    static auto& allocator = *std::make_unique<CachingAllocator>().release();
    return allocator;
  }

  c10::DataPtr allocate(size_t wanted) override {
    if (wanted == 0) return {nullptr, nullptr, &give_back, c10::kCPU};
    const size_t bytes = block_bytes(wanted);
    Header* header = reuse(bytes);
    if (header == nullptr && is_within_limit(bytes)) header = take_from_system(bytes);
    if (header == nullptr) {
      release();
      if (is_within_limit(bytes)) header = take_from_system(bytes);
    }
    TORCH_CHECK_WITH(OutOfMemoryError, header != nullptr, "alloc_cpu: ", wanted, " bytes are not to be had");
    count(header->bytes);
    void* const data = header + 1;
    return {data, data, &give_back, c10::kCPU};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

  void copy_data(void* to, const void* from, size_t bytes) const override { default_copy_data(to, from, bytes); }

  void release() {
    const std::lock_guard lock(mutex_);
    evict(0);
    most_live_ = memory_.live;
  }

  CpuMemory memory() const {
    const std::lock_guard lock(mutex_);
    return memory_;
  }

  void reset_peak() {
    const std::lock_guard lock(mutex_);
    memory_.peak = memory_.live;
  }

  void limit(size_t bytes) {
    const std::lock_guard lock(mutex_);
    limit_ = bytes;
  }

 private:
  // Whole pages of the kept ones, so that nearly equal sizes serve one another.
  static size_t block_bytes(size_t wanted) {
    TORCH_CHECK_WITH(OutOfMemoryError, wanted <= SIZE_MAX / 2, "alloc_cpu: ", wanted, " bytes are not to be had");
    const size_t bytes = wanted + sizeof(Header);
    return bytes < kKept ? bytes : (bytes + kKept - 1) / kKept * kKept;
  }

  static void give_back(void* data) {
    if (data != nullptr) get().keep(header_of(data));
  }

  bool is_within_limit(size_t bytes) const {
    const std::lock_guard lock(mutex_);
    return limit_ == 0 || bytes < kKept || memory_.live + memory_.cached + bytes <= limit_;
  }

  // A kept block of this size, or one little larger; makes room for a new one where there is none.
  Header* reuse(size_t bytes) {
    if (bytes < kKept) return nullptr;
    const std::lock_guard lock(mutex_);
    const auto found = kept_.lower_bound(bytes);
    if (found == kept_.end() || found->first > bytes + bytes / 8) {
      const size_t limit = most_live_ + most_live_ / 8 + kSlack, needed = memory_.live + bytes;
      evict(limit > needed ? limit - needed : 0);
      return nullptr;
    }
    Header* const header = found->second;
    memory_.cached -= header->bytes;
    kept_.erase(found);
    return header;
  }

  void count(size_t bytes) {
    const std::lock_guard lock(mutex_);
    memory_.live += bytes;
    memory_.peak = std::max(memory_.peak, memory_.live);
    most_live_ = std::max(most_live_, memory_.live);
  }

  void keep(Header* header) {
    const std::lock_guard lock(mutex_);
    memory_.live -= header->bytes;
    if (header->bytes < kKept) {
      std::free(header);
      return;
    }
    memory_.cached += header->bytes;
    kept_.emplace(header->bytes, header);
  }

  // Largest first, until at most `limit` bytes are kept.
  void evict(size_t limit) {
    while (memory_.cached > limit) {
      const auto largest = std::prev(kept_.end());
      memory_.cached -= largest->first;
      std::free(largest->second);
      kept_.erase(largest);
    }
  }

  mutable std::mutex mutex_;  // of all below
  std::multimap<size_t, Header*> kept_;
  CpuMemory memory_;
  size_t most_live_ = 0;  // since the last release()
  size_t limit_ = 0;      // of live and cached bytes; 0: none
};

}  // namespace

void install_caching_allocator() {
  constexpr uint8_t kPriority = 1;  // above that of LibTorch's own
  c10::SetCPUAllocator(&CachingAllocator::get(), kPriority);
}

CpuMemory cpu_memory() { return CachingAllocator::get().memory(); }

void reset_peak_cpu_memory() { CachingAllocator::get().reset_peak(); }

void limit_cpu_memory(size_t bytes) { CachingAllocator::get().limit(bytes); }

void release_cached_cpu_memory() { CachingAllocator::get().release(); }

}  // namespace ijepa
