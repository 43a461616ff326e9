#pragma once

// Samples of a table as they are stored: their bytes, and their pixels before any geometry.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/picture.h"
#include "loader/file_cache.h"
#include "loader/sample_table.h"

namespace ijepa {

// The whole picture, uint8 [H, W, 3], upright. Errors name the file: kFile, kImageDecode, kImageRefused.
at::Tensor decode_sample(const SampleTable& table, const Sample& sample, const DecodeOptions& options = {});

// What messages call a sample: its file, and where in it.
std::string sample_name(const SampleTable& table, const Sample& sample);

// The path of its file, empty for one in memory.
std::string sample_path(const SampleTable& table, const Sample& sample);

// The bytes of `sample`, in `buffer` or in the table. Throws kFile; kImageRefused for what is no picture by its first
// bytes or is far too long for max_pixels, before it is read whole.
std::span<const uint8_t> read_sample(const SampleTable& table, const Sample& sample, int64_t max_pixels, FileCache& files,
                                     std::vector<uint8_t>& buffer);

// The pixels of a raw sample, uint8 [H, W, 3]: 1 channel is grey, the fourth is alpha. Throws kImageDecode.
at::Tensor raw_pixels(std::span<const uint8_t> bytes, const Sample& sample, const DecodeOptions& options);

}  // namespace ijepa
