#pragma once

// Tables of pictures, options and whole epochs for the tests of the loader.

#include <torch/torch.h>

#include <algorithm>

#include "loader/loader.h"
#include "test.h"

namespace ijepa::test {

// Raw pixels, each picture of another size and other colours.
inline SampleTable raw_table(int32_t pictures, int32_t side = 40) {
  SampleTable table;
  for (int32_t i = 0; i < pictures; ++i) {
    const int32_t width = side + i, height = side + 3 * (i % 4);
    auto& bytes = std::get<Bytes>(table.files.emplace_back(Bytes(static_cast<size_t>(3 * width * height))));
    for (size_t k = 0; k < bytes.size(); ++k)
      bytes[k] = static_cast<uint8_t>(k * static_cast<size_t>(2 * i + 1) >> 2);
    table.samples.push_back({.file = i,
                             .length = static_cast<int64_t>(bytes.size()),
                             .format = SampleFormat::kRawHwc,
                             .width = width,
                             .height = height,
                             .channels = 3,
                             .label = i % 3});
  }
  return table;
}

inline Sample encoded(size_t file, int32_t label) {
  return {.file = static_cast<int32_t>(file), .label = label};
}

// Of training: crops and flips.
inline LoaderOptions training_options(int threads, uint64_t seed = 7) {
  LoaderOptions options;
  options.height = 16, options.width = 24;
  options.resize = ResizeMode::kCrop;
  options.batch_size = 4;
  options.threads = threads;
  options.seed = seed;
  return options;
}

inline LoaderOptions evaluation_options(BadImagePolicy on_bad_image = BadImagePolicy::kThrow) {
  LoaderOptions options;
  options.height = options.width = 8;
  options.resize = ResizeMode::kSquash;
  options.flip = 0;
  options.batch_size = 3;
  options.threads = 2;
  options.on_bad_image = on_bad_image;
  return options;
}

inline std::shared_ptr<const SampleTable> shared(SampleTable table) {
  return std::make_shared<const SampleTable>(std::move(table));
}

inline std::vector<int32_t> order_of(const SampleTable& table) {
  std::vector<int32_t> order(table.samples.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int32_t>(i);
  return order;
}

struct Row {
  int32_t sample;
  int64_t label;
  at::Tensor pixels;
};

// All rows of the epoch that was started, and the sizes of its batches.
inline std::vector<Row> read_epoch(Loader& loader, std::vector<int64_t>* sizes = nullptr) {
  std::vector<Row> rows;
  for (Batch batch = loader.next({}); batch.size() > 0; batch = loader.next({})) {
    if (sizes != nullptr) sizes->push_back(batch.size());
    EXPECT(batch.images.is_contiguous() && batch.images.size(0) == batch.size());
    for (int64_t i = 0; i < batch.size(); ++i)
      rows.push_back(
          {batch.samples[static_cast<size_t>(i)], batch.labels[i].item<int64_t>(), batch.images[i].clone()});
  }
  return rows;
}

inline bool equal(const std::vector<Row>& one, const std::vector<Row>& other) {
  return std::ranges::equal(one, other, [](const Row& a, const Row& b) {
    return a.sample == b.sample && a.label == b.label && torch::equal(a.pixels, b.pixels);
  });
}

inline std::vector<Row> load(const std::shared_ptr<const SampleTable>& table, const LoaderOptions& options,
                             std::vector<int32_t> order, uint64_t epoch = 0) {
  Loader loader(table, options);
  loader.start(std::move(order), epoch, 0);
  return read_epoch(loader);
}

}  // namespace ijepa::test
