#pragma once

// Threads that read, decode, augment and batch one epoch at a time, one batch or more ahead of their consumer.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "augment/augmentation.h"
#include "base/batch.h"
#include "corrupt/corruption.h"
#include "corrupt/perturbation.h"
#include "image/pixels.h"
#include "image/resize.h"
#include "loader/sample_table.h"

namespace ijepa {

enum class ResizeMode { kShortest, kSquash, kPad, kCrop };
enum class Decoding { kExact, kFast };
enum class BadImagePolicy { kThrow, kSkip };

// Field by field the LoaderOptions of binding.gyp.d.ts.
struct LoaderOptions {
  int64_t height = 224;
  int64_t width = 224;
  ResizeMode resize = ResizeMode::kShortest;
  double crop_fraction = 0.875;
  Interpolation interpolation = Interpolation::kBicubic;
  AlphaPolicy alpha = AlphaPolicy::kWhite;
  Decoding decoding = Decoding::kExact;
  double scale_min = 0.08, scale_max = 1;
  double ratio_min = 3.0 / 4, ratio_max = 4.0 / 3;
  bool retries = true;
  double flip = 0.5;
  Augmentation augmentation;
  std::optional<Corruption> corruption;
  std::optional<Perturbation> perturbation;
  int64_t batch_size = 1;
  bool drop_last = false;
  int threads = 1;
  uint64_t seed = 0;
  int64_t max_pixels = 100'000'000;
  BadImagePolicy on_bad_image = BadImagePolicy::kThrow;
};

struct BadImage {
  int32_t sample;
  std::string reason;
};

class Loader {
 public:
  Loader(std::shared_ptr<const SampleTable> table, LoaderOptions options);
  ~Loader();  // joins its threads
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Begins an epoch over `order` (sample indices), at batch `first`; drops what is left of the one before. Does not block
  // on running decodes. Every draw depends on options.seed, `epoch` and the sample's index alone.
  void start(std::vector<int32_t> order, uint64_t epoch, int64_t first);

  // The next batch, empty at the end of the epoch. Waits; throws kCancelled, the error of a bad picture (policy kThrow;
  // its file is in the error), kDisposed after close().
  Batch next(const CancelToken& cancel);

  // Wakes and ends all threads and waiters; idempotent.
  void close();

  std::vector<BadImage> bad() const;
  const LoaderOptions& options() const;
  const SampleTable& table() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ijepa
