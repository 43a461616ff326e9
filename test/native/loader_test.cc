// Batches, crops and flips that depend on the seed alone.

#include "loader/loader.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <map>
#include <thread>

#include "epochs.h"
#include "loader/single_thread.h"
#include "test.h"

using namespace ijepa;
using namespace ijepa::test;

namespace {

int rows_that_differ(const std::vector<Row>& one, const std::vector<Row>& other) {
  std::map<int32_t, at::Tensor> pixels;
  for (const Row& row : other) pixels[row.sample] = row.pixels;
  int count = 0;
  for (const Row& row : one) count += !torch::equal(row.pixels, pixels.at(row.sample));
  return count;
}

}  // namespace

TEST("a loader's thread computes alone, whatever another thread sets before it computes") {
  int found = 0;
  std::thread([&found] {
    use_one_thread();
    std::thread([] { at::set_num_threads(2); }).join();
    at::parallel_for(0, 2, 1, [](int64_t, int64_t) {});
    found = at::get_num_threads();
  }).join();
  EXPECT(found == 1);
}

TEST("batches, crops and flips depend on the seed alone, with 1, 2 and 3 threads") {
  const auto table = shared(raw_table(14));
  const std::vector<int32_t> order{9, 3, 12, 0, 7, 1, 13, 5, 2, 11, 4};
  const auto expected = load(table, training_options(1), order, 5);
  EXPECT(expected.size() == order.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT(expected[i].sample == order[i] && expected[i].label == order[i] % 3);
  for (const int threads : {1, 2, 3}) {
    for (int again = 0; again < 5; ++again)
      EXPECT_NOTE(std::to_string(threads) + " threads",
                  equal(load(table, training_options(threads), order, 5), expected));
  }
  EXPECT(rows_that_differ(load(table, training_options(2, 8), order, 5), expected) == 11);
  EXPECT(rows_that_differ(load(table, training_options(2), order, 6), expected) == 11);
}

TEST("a picture's crop does not depend on its place in the order, its batch or what was read before") {
  const auto table = shared(raw_table(14));
  const auto expected = load(table, training_options(1), order_of(*table));
  auto options = training_options(3);
  options.batch_size = 5;
  Loader loader(table, options);
  loader.start(order_of(*table), 3, 0);
  loader.next({});
  loader.start({13, 2, 8, 0, 5, 2}, 0, 0);  // drops the epoch before; one picture twice
  const auto rows = read_epoch(loader);
  EXPECT(rows.size() == 6 && rows_that_differ(rows, expected) == 0);
}

TEST("jitter and erasing depend on the seed alone, follow their row, and leave crops and flips as they were") {
  auto table = raw_table(14);
  table.samples[3].width = 1000;  // is bad: longer than its bytes
  const auto pictures = shared(std::move(table));
  const auto plain = [](int threads) {
    auto options = training_options(threads);
    options.on_bad_image = BadImagePolicy::kSkip;
    return options;
  };
  const auto erased = [](LoaderOptions options, double probability) {
    options.augmentation.erasing.probability = probability;
    return options;
  };
  const auto batches = [&](const LoaderOptions& options) {
    std::map<int32_t, ErasedPatch> patches;
    Loader loader(pictures, options);
    loader.start(order_of(*pictures), 2, 0);
    for (Batch batch = loader.next({}); batch.size() > 0; batch = loader.next({}))
      for (const ErasedPatch& patch : batch.erased) patches.emplace(batch.samples[static_cast<size_t>(patch.row)], patch);
    return patches;
  };
  const auto one = batches(erased(plain(1), 0.5)), three = batches(erased(plain(3), 0.5));
  EXPECT(one.size() > 2 && one.size() < 12 && three.size() == one.size() && !one.contains(3));
  for (const auto& [sample, patch] : one) EXPECT(torch::equal(patch.values, three.at(sample).values));
  EXPECT(batches(erased(plain(2), 1)).size() == 13);
  EXPECT(equal(load(pictures, erased(plain(2), 1), order_of(*pictures)), load(pictures, plain(1), order_of(*pictures))));
  auto jitter = plain(3);
  jitter.augmentation.color_jitter = {.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1};
  const auto jittered = load(pictures, jitter, order_of(*pictures));
  jitter.threads = 1;
  EXPECT(equal(load(pictures, jitter, order_of(*pictures)), jittered));
  EXPECT(rows_that_differ(jittered, load(pictures, plain(1), order_of(*pictures))) == 13);
  auto policy = plain(3);
  policy.augmentation.rand_augment = {.layers = 4, .probability = 1, .magnitude = 9, .magnitude_std = 0.5};
  const auto changed = load(pictures, policy, order_of(*pictures));
  policy.threads = 1;
  EXPECT(equal(load(pictures, policy, order_of(*pictures)), changed));
  EXPECT(rows_that_differ(changed, load(pictures, plain(1), order_of(*pictures))) >= 12);
}

TEST("an epoch goes on at any batch, and leaves its last out where it is to be whole") {
  const auto table = shared(raw_table(14));
  const auto whole = load(table, training_options(2), order_of(*table));
  Loader loader(table, training_options(2));
  loader.start(order_of(*table), 0, 2);
  EXPECT(equal(read_epoch(loader), {whole.begin() + 8, whole.end()}));
  loader.start(order_of(*table), 0, 99);
  EXPECT(read_epoch(loader).empty() && loader.next({}).size() == 0);
  auto options = training_options(2);
  options.drop_last = true;
  std::vector<int64_t> sizes;
  Loader dropping(table, options);
  dropping.start(order_of(*table), 0, 0);
  EXPECT(equal(read_epoch(dropping, &sizes), {whole.begin(), whole.begin() + 12}));
  EXPECT(sizes == std::vector<int64_t>({4, 4, 4}));
}

// At a size at which no JPEG is decoded smaller: its chroma alone is interpolated to another end at the
// border.
TEST("both ways of decoding cut the same box") {
  SampleTable table;
  const std::string ppm = "P6 50 40 255\n";
  auto& bytes = std::get<Bytes>(table.files.emplace_back(Bytes(ppm.begin(), ppm.end())));
  for (int k = 0; k < 3 * 50 * 40; ++k) bytes.push_back(static_cast<uint8_t>(k * 7 / 3));
  table.files.emplace_back(fixture("golden/images/flower.jpg"));
  for (int i = 0; i < 8; ++i) table.samples.push_back(encoded(static_cast<size_t>(i % 2), i));
  const auto both = shared(std::move(table));
  auto options = training_options(2);
  options.height = options.width = 256;
  const auto exact = load(both, options, order_of(*both));
  options.decoding = Decoding::kFast;
  const auto fast = load(both, options, order_of(*both));
  for (size_t i = 0; i < 8; ++i) {
    const auto apart = (exact[i].pixels.to(at::kFloat) - fast[i].pixels.to(at::kFloat)).abs().mean();
    EXPECT_NOTE(std::to_string(i) + " differs by " + std::to_string(apart.item<double>()),
                apart.item<double>() <= (i % 2 ? 0.2 : 0));  // of 256 grey levels
  }
}

TEST("batches keep their pixels while others are read, also when their loader is gone") {
  const auto table = shared(raw_table(40));
  const auto expected = load(table, training_options(1), order_of(*table));
  std::vector<Batch> held;
  {
    Loader loader(table, training_options(3));
    loader.start(order_of(*table), 0, 0);
    for (int i = 0; i < 9; ++i) held.push_back(loader.next({}));
    loader.start(order_of(*table), 1, 0);
    read_epoch(loader);
  }
  for (size_t i = 0; i < held.size(); ++i)
    for (size_t row = 0; row < 4; ++row)
      EXPECT(torch::equal(held[i].images[static_cast<int64_t>(row)], expected[4 * i + row].pixels));
}

TEST_MAIN
