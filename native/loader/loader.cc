#include "loader/loader.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "loader/batch_ring.h"
#include "loader/prepare_sample.h"
#include "loader/single_thread.h"

namespace ijepa {

namespace {

// How often a waiting next() looks at its cancel flag.
constexpr std::chrono::milliseconds kCancelInterval{20};
// Batches that a consumer may hold before another buffer is made: the one in use, and one on its way to the device.
constexpr size_t kHeldBatches = 2;

// A batch that is being made: rows are handed out in order and end in any order.
struct PendingBatch {
  std::vector<int32_t> samples;
  std::shared_ptr<at::Tensor> pixels;
  uint64_t epoch = 0;
  size_t begun = 0, ended = 0;
  std::vector<std::exception_ptr> failures;           // by row
  std::vector<std::optional<ErasedPatch>> erased;  // by row

  bool is_done() const { return ended == samples.size(); }
  uint8_t* row(size_t index) const {
    return pixels->mutable_data_ptr<uint8_t>() + static_cast<int64_t>(index) * pixels->stride(0);
  }
};

struct Task {
  std::shared_ptr<PendingBatch> batch;
  size_t row = 0;
};

// A file that went away or changed since it was listed is none: it is never left out.
bool is_about_the_picture(const Error& error) {
  return error.code() == ErrorCode::kImageDecode || error.code() == ErrorCode::kImageRefused;
}

void check_options(const LoaderOptions& options) {
  const auto check = [](bool holds, const char* expected) {
    IJEPA_CHECK(holds, ErrorCode::kArgument, std::string("Expected ") + expected + " of a loader's options");
  };
  check(options.height > 0 && options.width > 0, "height and width above 0");
  check(options.batch_size > 0 && options.threads > 0 && options.max_pixels > 0, "counts above 0");
  check(options.crop_fraction > 0, "cropFraction above 0");
  check(options.scale_min > 0 && options.scale_max >= options.scale_min, "0 < scaleMin <= scaleMax");
  check(options.augmentation.erasing.probability >= 0 && options.augmentation.erasing.probability <= 1, "erasing from 0 to 1");
  check(!options.corruption || (options.corruption->severity >= 0 && options.corruption->severity <= 5),
        "a corruption's severity from 1 to 5, or 0 for none,");
  if (options.perturbation) check(!wrong_strength(*options.perturbation), wrong_strength(*options.perturbation));
  const RandAugment& policy = options.augmentation.rand_augment;
  check(policy.layers >= 0 && policy.layers <= 100 && policy.probability >= 0 && policy.probability <= 1,
        "RandAugment's layers from 0 to 100, probability from 0 to 1");
  check(policy.magnitude >= 0 && policy.magnitude_std >= 0 && policy.magnitude_max >= 0 && policy.magnitude_max <= 100,
        "RandAugment's magnitudes of 0 or more, the largest up to 100");
  const ColorJitter& jitter = options.augmentation.color_jitter;
  check(jitter.brightness >= 0 && jitter.contrast >= 0 && jitter.saturation >= 0 && jitter.hue >= 0 && jitter.hue <= 0.5,
        "colour jitter of 0 or more, hue up to 0.5");
  check(options.ratio_min > 0 && options.ratio_max >= options.ratio_min, "0 < ratioMin <= ratioMax");
}

}  // namespace

struct Loader::State {
  State(std::shared_ptr<const SampleTable> samples, LoaderOptions choices)
      : table(std::move(samples)),
        options(choices),
        ahead(2 + 2 * static_cast<size_t>(options.threads) / static_cast<size_t>(options.batch_size)),
        ring(std::make_shared<BatchRing>(std::vector<int64_t>{options.batch_size, 3, options.height, options.width})) {}

  const std::shared_ptr<const SampleTable> table;
  const LoaderOptions options;
  const size_t ahead;  // batches made or being made before they are asked for
  const std::shared_ptr<BatchRing> ring;
  FileCache files;
  std::vector<std::thread> threads;

  mutable std::mutex mutex;  // of all below
  std::condition_variable work, progress;
  std::vector<int32_t> order;
  uint64_t epoch = 0;
  size_t position = 0;  // in `order`, of the next batch to open
  std::deque<std::shared_ptr<PendingBatch>> pending;
  std::map<int32_t, std::string> bad;
  bool closed = false;

  void start(std::vector<int32_t> samples, uint64_t number, int64_t first);
  void open_batches();
  void run();
  Task take_task();
  std::shared_ptr<PendingBatch> wait_for_batch(const CancelToken& cancel);
  Batch deliver(const PendingBatch& done);
  bool leave_out(const PendingBatch& done, size_t row);
  void close();
};

// Running decodes of the old epoch keep their batch, and so its buffer, to themselves.
void Loader::State::start(std::vector<int32_t> samples, uint64_t number, int64_t first) {
  for (const int32_t sample : samples)
    IJEPA_CHECK(sample >= 0 && static_cast<size_t>(sample) < table->samples.size(), ErrorCode::kArgument,
                "Expected indices of " + std::to_string(table->samples.size()) + " samples for order, got " +
                    std::to_string(sample));
  IJEPA_CHECK(first >= 0, ErrorCode::kArgument, "Expected a first batch of 0 or more, got " + std::to_string(first));
  ring->reserve(ahead + kHeldBatches);
  const auto batch_size = static_cast<size_t>(options.batch_size);
  const std::lock_guard lock(mutex);
  IJEPA_CHECK(!closed, ErrorCode::kDisposed, "This loader was closed");
  if (options.drop_last) samples.resize(samples.size() / batch_size * batch_size);
  order = std::move(samples);
  epoch = number;
  position = std::min(order.size(), static_cast<size_t>(first) * batch_size);
  pending.clear();
  const size_t enough = std::min(order.size() - position, static_cast<size_t>(options.threads));
  open_batches();
  while (threads.size() < enough) threads.emplace_back([this] { run(); });
}

void Loader::State::open_batches() {
  while (pending.size() < ahead && position < order.size()) {
    const size_t end = std::min(order.size(), position + static_cast<size_t>(options.batch_size));
    auto batch = std::make_shared<PendingBatch>();
    batch->samples.assign(order.begin() + static_cast<int64_t>(position), order.begin() + static_cast<int64_t>(end));
    batch->failures.resize(batch->samples.size());
    batch->erased.resize(batch->samples.size());
    batch->pixels = ring->take();
    batch->epoch = epoch;
    pending.push_back(std::move(batch));
    position = end;
  }
  work.notify_all();
  progress.notify_all();
}

// The first row that nobody has begun, or an empty task.
Task Loader::State::take_task() {
  for (const auto& batch : pending) {
    if (batch->begun < batch->samples.size()) return {batch, batch->begun++};
  }
  return {};
}

void Loader::State::run() {
  use_one_thread();
  SamplePreparer preparer(*table, options, files);
  std::unique_lock lock(mutex);
  while (true) {
    Task task;
    work.wait(lock, [&] { return closed || (task = take_task()).batch; });
    if (closed) return;
    lock.unlock();
    PendingBatch& batch = *task.batch;
    std::exception_ptr failure;
    std::optional<ErasedPatch> erased;
    try {
      erased = preparer.prepare(batch.samples[task.row], batch.epoch, batch.row(task.row));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    batch.failures[task.row] = std::move(failure);
    batch.erased[task.row] = std::move(erased);
    ++batch.ended;
    if (batch.is_done()) progress.notify_all();
  }
}

// Takes the next batch out of the queue when it is done; null at the end of the epoch.
std::shared_ptr<PendingBatch> Loader::State::wait_for_batch(const CancelToken& cancel) {
  std::unique_lock lock(mutex);
  const auto can_go_on = [this] { return closed || pending.empty() || pending.front()->is_done(); };
  while (!progress.wait_for(lock, kCancelInterval, can_go_on)) cancel.check();
  IJEPA_CHECK(!closed, ErrorCode::kDisposed, "This loader was closed");
  cancel.check();
  if (pending.empty()) return nullptr;
  auto done = std::move(pending.front());
  pending.pop_front();
  open_batches();
  return done;
}

// Whether the row's picture is bad and to be skipped; throws what else went wrong with it.
bool Loader::State::leave_out(const PendingBatch& done, size_t row) {
  if (!done.failures[row]) return false;
  const int32_t sample = done.samples[row];
  const Sample& where = table->samples[static_cast<size_t>(sample)];
  try {
    std::rethrow_exception(done.failures[row]);
  } catch (const Error& error) {
    if (options.on_bad_image == BadImagePolicy::kThrow || !is_about_the_picture(error))
      throw Error(error.code(), sample_name(*table, where) + ": " + error.what(), sample_path(*table, where));
    const std::lock_guard lock(mutex);
    bad.insert_or_assign(sample, error.what());
  }
  return true;
}

Batch Loader::State::deliver(const PendingBatch& done) {
  Batch batch;
  const auto row_bytes = static_cast<size_t>(done.pixels->stride(0));
  std::vector<int64_t> labels;
  for (size_t row = 0; row < done.samples.size(); ++row) {
    if (leave_out(done, row)) continue;
    if (const size_t to = batch.samples.size(); to != row) std::memcpy(done.row(to), done.row(row), row_bytes);
    if (done.erased[row]) {
      batch.erased.push_back(*done.erased[row]);
      batch.erased.back().row = batch.size();
    }
    batch.samples.push_back(done.samples[row]);
    labels.push_back(table->samples[static_cast<size_t>(done.samples[row])].label);
  }
  batch.images = done.pixels->narrow(0, 0, batch.size());
  batch.labels = at::tensor(labels, at::kLong);
  batch.slot = done.pixels;
  return batch;
}

void Loader::State::close() {
  const std::lock_guard lock(mutex);
  closed = true;
  pending.clear();
  work.notify_all();
  progress.notify_all();
}

Loader::Loader(std::shared_ptr<const SampleTable> table, LoaderOptions options) {
  check_options(options);
  state_ = std::make_shared<State>(std::move(table), options);
}

Loader::~Loader() {
  close();
  for (std::thread& thread : state_->threads) thread.join();
}

void Loader::start(std::vector<int32_t> order, uint64_t epoch, int64_t first) {
  state_->start(std::move(order), epoch, first);
}

Batch Loader::next(const CancelToken& cancel) {
  StageClock clock(Stage::kWait, 0);
  while (const auto done = state_->wait_for_batch(cancel)) {
    Batch batch = state_->deliver(*done);
    clock.set_images(batch.size());
    if (batch.size() > 0) return batch;  // else every picture of it was bad
  }
  return {};
}

void Loader::close() { state_->close(); }

std::vector<BadImage> Loader::bad() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<BadImage> list;
  for (const auto& [sample, reason] : state_->bad) list.push_back({sample, reason});
  return list;
}

const LoaderOptions& Loader::options() const { return state_->options; }

const SampleTable& Loader::table() const { return *state_->table; }

}  // namespace ijepa
