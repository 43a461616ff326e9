#pragma once

// What is where: every data set, whatever its form, is a table of byte ranges (lib/dataset makes it).

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace ijepa {

using Bytes = std::vector<uint8_t>;

enum class SampleFormat : uint8_t { kEncoded = 0, kRawHwc = 1, kRawChw = 2 };

struct Sample {
  int32_t file = 0;
  int64_t offset = 0;
  int64_t length = 0;  // 0: to the end of the file (encoded samples only)
  SampleFormat format = SampleFormat::kEncoded;
  int32_t width = 0;   // raw formats only
  int32_t height = 0;
  int32_t channels = 0;
  int32_t label = -1;
};

struct SampleTable {
  std::vector<std::variant<std::string, Bytes>> files;  // a path (UTF-8), or the content itself
  std::vector<Sample> samples;
};

}  // namespace ijepa
