// Reading planned tensors, from honest and hostile plans, and writing files whole or not at all.

#include <sys/resource.h>
#include <sys/stat.h>
#include <torch/torch.h>

#include <csignal>
#include <utility>

#include "checkpoint/atomic_file.h"
#include "checkpoint/tensor_reader.h"
#include "expect_error.h"
#include "scratch.h"
#include "test.h"

using namespace ijepa;
using test::code_of;

namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

std::string store(const test::ScratchFolder& folder, const std::string& name, const at::Tensor& values) {
  test::write_bytes(folder.file(name), values.const_data_ptr(), values.nbytes());
  return folder.file(name);
}

at::Tensor read(const PlannedTensor& plan, at::ScalarType dtype = at::kFloat) {
  TensorReader reader;
  reader.check(plan, plan.shape, dtype);
  const auto result = torch::empty(plan.shape, dtype);
  reader.read(plan, result, {});
  return result;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEST("ranges of several files and types follow one another along dimension 0") {
  const test::ScratchFolder folder;
  const auto a = torch::tensor({{1.5f, -2.0f}}), b = torch::tensor({{3.0f, 0.25f}, {5.0f, 6.0f}});
  const auto f32 = store(folder, "f32", torch::cat({torch::zeros({1}), a.flatten()}));
  const auto half = store(folder, "half", b.to(at::kHalf));
  const auto loaded = read({"w", {3, 2}, {{f32, 4, 8, at::kFloat}, {half, 0, 8, at::kHalf}}, {}});
  EXPECT(torch::equal(loaded, torch::cat({a, b})));
}

TEST("every floating type is converted, and integers are taken as they are") {
  const test::ScratchFolder folder;
  const auto values = torch::tensor({1.0f, -0.5f, 1024.0f});
  for (const auto dtype : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16}) {
    const auto file = store(folder, toString(dtype), values.to(dtype));
    const auto length = static_cast<int64_t>(3 * at::elementSize(dtype));
    EXPECT_NOTE(toString(dtype), torch::equal(read({"w", {3}, {{file, 0, length, dtype}}, {}}), values));
  }
  const auto state = torch::tensor({1, 2, 250}, at::kByte);
  const auto file = store(folder, "state", state);
  EXPECT(torch::equal(read({"generator", {3}, {{file, 0, 3, at::kByte}}, {}}, at::kByte), state));
  EXPECT(code_of([&] { read({"w", {3}, {{file, 0, 3, at::kByte}}, {}}); }) == ErrorCode::kCheckpointFormat);
}

TEST("tensors larger than one chunk, of another type, are read whole") {
  const test::ScratchFolder folder;
  const auto values = torch::arange(3'000'000, at::kDouble);  // 24 MB, chunks of 16 MiB
  const auto file = store(folder, "large", values);
  EXPECT(torch::equal(read({"w", {3'000'000}, {{file, 0, 24'000'000, at::kDouble}}, {}}),
                      values.to(at::kFloat)));
}

TEST("hostile plans are refused by name of tensor and file, before anything is allocated") {
  const test::ScratchFolder folder;
  const auto file = store(folder, "four", torch::zeros({2, 2}));
  const auto refused = [&](std::vector<int64_t> shape, std::vector<ByteRange> ranges) {
    TensorReader reader;
    const auto error =
        test::error_of([&] { reader.check({"w", {2, 2}, std::move(ranges), {}}, shape, at::kFloat); });
    return error && error->code() == ErrorCode::kCheckpointFormat &&
           std::string(error->what()).find("'w'") != std::string::npos;
  };
  EXPECT(!refused({2, 2}, {{file, 0, 16}}));
  EXPECT(refused({4}, {{file, 0, 16}}));                    // another shape
  EXPECT(refused({2, 2}, {}));                              // nothing
  EXPECT(refused({2, 2}, {{file, 0, 8}}));                  // too little
  EXPECT(refused({2, 2}, {{file, 0, 16}, {file, 0, 16}}));  // too much
  EXPECT(refused({2, 2}, {{file, 0, 4}, {file, 0, 12}}));   // not whole rows
  EXPECT(refused({2, 2}, {{file, 0, 15}}));                 // not whole values
  EXPECT(refused({2, 2}, {{file, 4, 16}}));                 // beyond the end
  EXPECT(refused({2, 2}, {{file, kLargest, 16}}));          // overflowing sums
  EXPECT(refused({2, 2}, {{file, 16, kLargest}}));
  EXPECT(refused({2, 2}, {{file, -4, 16}}));
  EXPECT(refused({2, 2}, {{file, 0, -16}}));
  EXPECT(refused({2, 2}, {{file, 0, 16, at::kInt}}));  // another kind of number
}

TEST("missing files, folders and pipes are file errors that name them") {
  const test::ScratchFolder folder;
  mkfifo(folder.file("pipe").c_str(), 0600);
  for (const auto& path : {folder.file("missing"), folder.file("."), folder.file("pipe")}) {
    const auto error = test::error_of([&] { read({"w", {1}, {{path, 0, 4}}, {}}); });
    EXPECT_NOTE(path, error && error->code() == ErrorCode::kFile && error->file() == path);
  }
}

TEST("a file that was shortened after the check is a file error") {
  const test::ScratchFolder folder;
  const auto file = store(folder, "w", torch::zeros({100}));
  TensorReader reader;
  const PlannedTensor plan{"w", {100}, {{file, 0, 400}}, {}};
  reader.check(plan, plan.shape, at::kFloat);
  std::filesystem::resize_file(file, 100);
  const auto error = test::error_of([&] { reader.read(plan, torch::empty({100}), {}); });
  EXPECT(error && error->code() == ErrorCode::kFile && error->file() == file);
}

TEST("reading stops when it is cancelled") {
  const test::ScratchFolder folder;
  const auto file = store(folder, "w", torch::zeros({1}));
  TensorReader reader;
  const PlannedTensor plan{"w", {1}, {{file, 0, 4}}, {}};
  reader.check(plan, plan.shape, at::kFloat);
  CancelSource source;
  const auto token = source.token();
  source.cancel();
  EXPECT(code_of([&] { reader.read(plan, torch::empty({1}), token); }) == ErrorCode::kCancelled);
}

TEST("a file appears under its name only when it is committed, and replaces the old one") {
  const test::ScratchFolder folder;
  const auto path = folder.file("model");
  test::write_bytes(path, "old", 3);
  {
    AtomicFile file(path);
    file.write(bytes_of("ne"));
    file.write(bytes_of("w"));
    EXPECT(test::read_bytes(path) == "old");
    file.commit();
    EXPECT(test::read_bytes(path) == "new");
  }
  EXPECT(folder.names() == std::vector<std::string>{"model"});
}

TEST("a file that is not committed leaves nothing behind") {
  const test::ScratchFolder folder;
  {
    AtomicFile first(folder.file("model")), second(folder.file("model"));  // two at once do not meet
    first.write(bytes_of("half"));
    EXPECT(folder.names().size() == 2);
  }
  EXPECT(folder.names().empty());
}

TEST("paths that cannot be written are file errors that name them") {
  const test::ScratchFolder folder;
  const auto path = folder.file("missing/model");
  const auto error = test::error_of([&] { AtomicFile file(path); });
  EXPECT(error && error->code() == ErrorCode::kFile && error->file() == path);
  std::filesystem::create_directory(folder.file("folder"));
  EXPECT(code_of([&] { AtomicFile(folder.file("folder")).commit(); }) == ErrorCode::kFile);
  EXPECT(folder.names() == std::vector<std::string>{"folder"});
}

TEST("a disk that takes no more bytes is a file error, and leaves nothing behind") {
  const test::ScratchFolder folder;
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);  // the limit on a file's size fails in write(), as a full disk does
  const auto before = std::exchange(limit.rlim_cur, 8);
  const auto signal_before = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  const auto code =
      code_of([&] { AtomicFile(folder.file("model")).write(bytes_of("more than eight bytes")); });
  limit.rlim_cur = before;
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, signal_before);
  EXPECT(code == ErrorCode::kFile && folder.names().empty());
}

TEST_MAIN
