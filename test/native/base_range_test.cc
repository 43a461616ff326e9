// Ranges of files in a row of addresses.

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "base/address_range.h"
#include "base/error.h"
#include "scratch.h"
#include "test.h"

using namespace ijepa;

namespace {

const int64_t kPage = ::sysconf(_SC_PAGESIZE);

// A file of `size` bytes that count on from `first`.
InputFile counting(const test::ScratchFolder& folder, const std::string& name, int64_t size, unsigned char first) {
  std::vector<unsigned char> bytes(static_cast<size_t>(size));
  std::iota(bytes.begin(), bytes.end(), first);
  test::write_bytes(folder.file(name), bytes.data(), bytes.size());
  return InputFile(folder.file(name), Removal::kIsHarmless);
}

bool counts(std::span<const std::byte> bytes, unsigned char first) {
  for (size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != static_cast<std::byte>(first + i)) return false;
  return true;
}

}  // namespace

TEST("files lie one behind another, whatever of a page they have") {
  const test::ScratchFolder folder;
  AddressRange range(8 * kPage);
  int64_t begin = 0;
  const int64_t lengths[] = {2 * kPage, 100, 17, kPage, 2 * kPage + 5, kPage - 122};
  for (const int64_t length : lengths) {
    const int64_t offset = begin % kPage;
    const auto first = static_cast<unsigned char>(begin - offset);
    const auto file = counting(folder, std::to_string(begin), offset + length, first);
    const auto shown = range.show(file, offset, length);
    EXPECT_NOTE(std::to_string(length), static_cast<int64_t>(shown.size()) == length);
    range.keep(shown);
    begin += length;
  }
  EXPECT(static_cast<int64_t>(range.kept().size()) == begin);
  EXPECT(counts(range.kept(), 0));
}

TEST("what is shown and not kept gives its place to what is shown next") {
  const test::ScratchFolder folder;
  AddressRange range(4 * kPage);
  const auto one = counting(folder, "one", kPage + 7, 0), wrong = counting(folder, "wrong", 3 * kPage, 99),
             right = counting(folder, "right", 2 * kPage, static_cast<unsigned char>(kPage));
  range.keep(range.show(one, 0, kPage + 7));
  EXPECT(!range.show(wrong, 7, kPage).empty());
  const auto shown = range.show(right, 7, kPage + 9);
  range.keep(shown);
  EXPECT(counts(range.kept(), 0));
}

TEST("a file that is deleted, or replaced by another, stays as it was") {
  const test::ScratchFolder folder;
  AddressRange range(2 * kPage);
  {
    const auto file = counting(folder, "file", 2 * kPage, 3);
    range.keep(range.show(file, 0, 2 * kPage));
  }
  counting(folder, "other", 2 * kPage, 77);
  std::filesystem::rename(folder.file("other"), folder.file("file"));
  EXPECT(counts(range.kept(), 3));
  std::filesystem::remove(folder.file("file"));
  EXPECT(counts(range.kept(), 3));
}

TEST("nothing is shown where pages cannot be shared, or where there is no room") {
  const test::ScratchFolder folder;
  const auto file = counting(folder, "file", 3 * kPage, 0);
  AddressRange range(2 * kPage);
  EXPECT(range.show(file, 1, kPage).empty());              // the range begins with a page
  EXPECT(range.show(file, 0, 2 * kPage + 1).empty());      // more than the range
  EXPECT(range.show(file, 2 * kPage, kPage + 1).empty());  // more than the file
  EXPECT(range.show(file, -kPage, kPage).empty());
  EXPECT(range.show(file, 0, 0).empty());
  EXPECT(range.kept().empty());
  AddressRange none(0), endless(int64_t{1} << 60);  // which no system has
  EXPECT(none.show(file, 0, kPage).empty() && endless.show(file, 0, kPage).empty());
}

TEST_MAIN
