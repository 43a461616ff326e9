#pragma once

// From a sample to a row of a batch: read, decode, crop or fit, flip, augment.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/stage_clock.h"
#include "loader/decode_sample.h"
#include "loader/loader.h"

namespace ijepa {

// What one thread needs for it; `table`, `options` and `files` are shared and outlive it.
class SamplePreparer {
 public:
  SamplePreparer(const SampleTable& table, const LoaderOptions& options, FileCache& files)
      : table_(table), options_(options), files_(files) {}

  // Writes uint8 [3, height, width] to `out`; gives what is to be erased of it when it is normalised. All draws depend on
  // options.seed, `epoch` and `index` alone.
  // Throws kFile, kImageDecode, kImageRefused with the reason alone.
  std::optional<ErasedPatch> prepare(int32_t index, uint64_t epoch, uint8_t* out);

 private:
  at::Tensor crop(std::span<const uint8_t> bytes, const Sample& sample, Random& random, StageClock& clock) const;
  at::Tensor fit(std::span<const uint8_t> bytes, const Sample& sample, StageClock& clock) const;
  at::Tensor decode(std::span<const uint8_t> bytes, const Sample& sample) const;
  at::Tensor decode_to_fit(std::span<const uint8_t> bytes, const Sample& sample) const;
  DecodeOptions decode_options() const { return {options_.alpha, options_.max_pixels}; }

  const SampleTable& table_;
  const LoaderOptions& options_;
  FileCache& files_;
  std::vector<uint8_t> buffer_;
  AugmentScratch scratch_;
};

}  // namespace ijepa
