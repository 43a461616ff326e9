#include "base/address_range.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"

namespace ijepa {

namespace {

int64_t page_bytes() { return ::sysconf(_SC_PAGESIZE); }

size_t size_of(int64_t bytes) { return static_cast<size_t>(bytes); }

}  // namespace

AddressRange::AddressRange(int64_t bytes) {
  if (bytes <= 0) return;
  void* const base = ::mmap(nullptr, size_of(bytes), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return;
  base_ = static_cast<std::byte*>(base);
  bytes_ = bytes;
}

AddressRange::~AddressRange() {
  if (bytes_ > 0) ::munmap(base_, size_of(bytes_));
}

std::span<const std::byte> AddressRange::show(const InputFile& file, int64_t offset, int64_t length) {
  const int64_t page = page_bytes(), begin = kept_, end = begin + length, difference = offset - begin;
  const bool in_file = offset >= 0 && length > 0 && offset <= file.size() && length <= file.size() - offset;
  if (!in_file || length > bytes_ - begin || difference % page != 0) return {};
  const int64_t first = (begin + page - 1) / page * page, last = end / page * page;  // of whole pages
  if (first < last) {
    void* const mapped = ::mmap(base_ + first, size_of(last - first), PROT_READ, MAP_SHARED | MAP_FIXED,
                                file.descriptor(), static_cast<off_t>(first + difference));
    if (mapped == MAP_FAILED) return {};
  }
  copy(file, difference, begin, std::min(first, end));
  if (last >= first) copy(file, difference, last, end);
  return {base_ + begin, size_of(length)};
}

// Bytes of one page. Its beginning, where that is not `begin`, was copied with what is kept.
void AddressRange::copy(const InputFile& file, int64_t difference, int64_t begin, int64_t end) {
  if (begin == end) return;
  const int64_t page = page_bytes();
  if (begin % page == 0) {
    void* const memory =
        ::mmap(base_ + begin, size_of(page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    IJEPA_CHECK(memory != MAP_FAILED, ErrorCode::kOutOfMemory, "The system has no memory for a page");
  }
  file.read(begin + difference, {base_ + begin, size_of(end - begin)});
}

}  // namespace ijepa
