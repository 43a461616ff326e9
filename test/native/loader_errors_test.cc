// Loaders with bad pictures, and the end of those that somebody waits for.

#include "loader/loader.h"

#include <torch/torch.h>

#include <chrono>
#include <thread>

#include "epochs.h"
#include "expect_error.h"
#include "scratch.h"
#include "test.h"

using namespace ijepa;
using namespace ijepa::test;

namespace {

// Pictures that take seconds together, so that nobody has their batch at once.
std::shared_ptr<const SampleTable> slow_table() {
  auto table = raw_table(1, 3000);
  table.samples.resize(100, table.samples[0]);
  return shared(std::move(table));
}

LoaderOptions slow_options() {
  auto options = evaluation_options();
  options.height = options.width = 1000;
  options.batch_size = 100;
  return options;
}

}  // namespace

TEST("a bad picture is an error that names it, and the loader can begin anew") {
  auto table = raw_table(7);
  table.files[4] = fixture("pictures/bad/cut-420.jpg");
  table.samples[4] = encoded(4, 1);
  table.files[5] = Bytes{'n', 'o'};
  table.samples[5] = encoded(5, 1);
  const auto with_bad = shared(std::move(table));
  Loader loader(with_bad, evaluation_options());
  loader.start(order_of(*with_bad), 0, 0);
  EXPECT(loader.next({}).size() == 3);
  const auto error = error_of([&] { loader.next({}); });
  EXPECT(error && error->code() == ErrorCode::kImageDecode &&
         error->file() == std::get<std::string>(with_bad->files[4]));
  EXPECT(error && std::string(error->what()).starts_with(error->file() + ": "));
  loader.start({5}, 0, 0);
  const auto refusal = error_of([&] { loader.next({}); });
  EXPECT(refusal && refusal->code() == ErrorCode::kImageRefused && refusal->file().empty());
  EXPECT(refusal && std::string(refusal->what()).starts_with("picture 5 in memory: "));
  loader.start({0, 6}, 0, 0);
  EXPECT(read_epoch(loader).size() == 2 && loader.bad().empty());
}

TEST(
    "bad pictures are left out where they are to be skipped, each listed once, and batches of none but "
    "them") {
  auto table = raw_table(12);
  for (const size_t bad : {size_t{1}, size_t{3}, size_t{4}, size_t{5}, size_t{11}}) {
    table.files[bad] = Bytes{'n', 'o'};
    table.samples[bad] = encoded(bad, 0);
  }
  const auto with_bad = shared(std::move(table));
  const auto good = load(with_bad, evaluation_options(), {0, 2, 6, 7, 8, 9, 10});
  Loader loader(with_bad, evaluation_options(BadImagePolicy::kSkip));
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::vector<int64_t> sizes;
    loader.start(order_of(*with_bad), 0, 0);
    EXPECT(equal(read_epoch(loader, &sizes), good));
    EXPECT(sizes == std::vector<int64_t>({2, 3, 2}));  // 3, 4 and 5 were a batch
  }
  std::vector<int32_t> listed;
  for (const auto& [sample, reason] : loader.bad()) {
    listed.push_back(sample);
    EXPECT(reason.find("a text") != std::string::npos);
  }
  EXPECT(listed == std::vector<int32_t>({1, 3, 4, 5, 11}));
}

TEST("a file that is gone, shorter or another than at first is an error under either policy") {
  const ScratchFolder folder;
  const auto path = folder.file("picture.ppm");
  const std::string ppm = "P6 1 1 255\nabc", other = "P6 1 1 255\nxyz";
  SampleTable table;
  table.files.emplace_back(path);
  table.samples.push_back({.length = static_cast<int64_t>(ppm.size())});
  const auto one = shared(std::move(table));
  for (const auto policy : {BadImagePolicy::kThrow, BadImagePolicy::kSkip}) {
    for (const int change : {0, 1, 2}) {
      write_bytes(path, ppm.data(), ppm.size());
      Loader loader(one, evaluation_options(policy));
      loader.start({0}, 0, 0);
      EXPECT(loader.next({}).size() == 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // a tick of the file system's clock
      if (change == 0) std::filesystem::remove(path);
      if (change == 1) std::filesystem::resize_file(path, ppm.size() - 1);
      if (change == 2) write_bytes(path, other.data(), other.size());
      loader.start({0}, 1, 0);
      const auto error = error_of([&] { loader.next({}); });
      EXPECT_NOTE(std::to_string(change),
                  error && error->code() == ErrorCode::kFile && error->file() == path);
      EXPECT(loader.bad().empty());
    }
  }
}

TEST("close() wakes who waits for a batch, and nothing works after it") {
  Loader loader(slow_table(), slow_options());
  loader.start(order_of(loader.table()), 0, 0);
  std::optional<ErrorCode> code;
  std::thread waiting([&] { code = code_of([&] { loader.next({}); }); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  loader.close();
  waiting.join();
  EXPECT(code == ErrorCode::kDisposed);
  loader.close();
  EXPECT(code_of([&] { loader.next({}); }) == ErrorCode::kDisposed);
  EXPECT(code_of([&] { loader.start({0}, 0, 0); }) == ErrorCode::kDisposed);
}

TEST("a cancelled wait ends, and the loader goes on") {
  Loader loader(slow_table(), slow_options());
  CancelSource source;
  const auto token = source.token();
  loader.start(order_of(loader.table()), 0, 0);
  std::thread cancelling([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    source.cancel();
  });
  EXPECT(code_of([&] { loader.next(token); }) == ErrorCode::kCancelled);
  cancelling.join();
  loader.start({1, 2}, 0, 0);
  EXPECT(loader.next(source.token()).samples == std::vector<int32_t>({1, 2}));
}

TEST("loaders end in the middle of their work, before it and without any") {
  const auto table = shared(raw_table(40));
  for (int i = 0; i < 200; ++i) {
    Loader loader(table, training_options(1 + i % 3));
    if (i % 4 > 0) loader.start(order_of(*table), 0, 0);
    if (i % 4 > 1) loader.next({});
  }
  Loader empty(shared({}), training_options(2));
  empty.start({}, 0, 0);
  EXPECT(empty.next({}).size() == 0);
}

TEST("what is not in the table, and options out of range, are refused") {
  const auto table = shared(raw_table(3));
  Loader loader(table, training_options(1));
  for (const int32_t index : {-1, 3})
    EXPECT(code_of([&] { loader.start({index}, 0, 0); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { loader.start({0}, 0, -1); }) == ErrorCode::kArgument);
  const auto refused = [&](const std::function<void(LoaderOptions&)>& change) {
    auto options = training_options(1);
    change(options);
    return code_of([&] { Loader(table, options); }) == ErrorCode::kArgument;
  };
  EXPECT(refused([](LoaderOptions& options) { options.threads = 0; }));
  EXPECT(refused([](LoaderOptions& options) { options.batch_size = 0; }));
  EXPECT(refused([](LoaderOptions& options) { options.width = 0; }));
  EXPECT(refused([](LoaderOptions& options) { options.scale_min = 0; }));
  EXPECT(refused([](LoaderOptions& options) { options.augmentation.erasing.probability = 1.5; }));
  EXPECT(refused([](LoaderOptions& options) { options.augmentation.color_jitter.hue = 0.6; }));
  EXPECT(refused([](LoaderOptions& options) { options.augmentation.color_jitter.contrast = -1; }));
  EXPECT(refused([](LoaderOptions& options) { options.augmentation.rand_augment.layers = -1; }));
  EXPECT(refused([](LoaderOptions& options) { options.augmentation.rand_augment.magnitude_max = NAN; }));
  EXPECT(refused([](LoaderOptions& options) { options.ratio_max = options.ratio_min / 2; }));
}

TEST_MAIN
