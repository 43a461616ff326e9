#include "checkpoint/tensor_reader.h"

#include <torch/types.h>

#include <algorithm>
#include <bit>
#include <sstream>

#include "base/error.h"

namespace ijepa {

static_assert(std::endian::native == std::endian::little,
              "Checkpoints are little-endian, and their bytes are copied as they are");

namespace {

constexpr int64_t kChunkBytes = int64_t{16} << 20;

std::string to_text(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

[[noreturn]] void refuse(const PlannedTensor& plan, const std::string& fault, const std::string& file = {}) {
  const auto where = file.empty() ? "" : " in '" + file + "'";
  throw Error(ErrorCode::kCheckpointFormat, "Tensor '" + plan.name + "'" + where + ": " + fault, file);
}

// Number of values in the range.
int64_t checked_values(const PlannedTensor& plan, const ByteRange& range, int64_t file_size,
                       at::ScalarType dtype) {
  const bool converts =
      range.dtype == dtype || (at::isFloatingType(range.dtype) && at::isFloatingType(dtype));
  if (!converts)
    refuse(plan, std::string("expected ") + toString(dtype) + ", found " + toString(range.dtype), range.file);
  const auto size = static_cast<int64_t>(at::elementSize(range.dtype));
  const bool inside = range.offset >= 0 && range.length >= 0 && range.offset <= file_size &&
                      range.length <= file_size - range.offset;
  if (!inside || range.length % size != 0) {
    refuse(plan,
           "expected whole values within the file's " + std::to_string(file_size) + " bytes, found " +
               std::to_string(range.length) + " bytes at " + std::to_string(range.offset) +
               " (is the file complete?)",
           range.file);
  }
  return range.length / size;
}

}  // namespace

const InputFile& TensorReader::file(const std::string& path) {
  return files_.try_emplace(path, path).first->second;
}

void TensorReader::check(const PlannedTensor& plan, at::IntArrayRef shape, at::ScalarType dtype) {
  if (shape != plan.shape)
    refuse(plan, "expected shape " + to_text(shape) + ", found " + to_text(plan.shape));
  const int64_t expected =
      c10::multiply_integers(shape);  // no overflow: it is the shape of a tensor that exists
  const int64_t row = shape.empty() || shape[0] == 0 ? expected : expected / shape[0];
  int64_t found = 0;
  for (const auto& range : plan.ranges) {
    const int64_t values = checked_values(plan, range, file(range.file).size(), dtype);
    if (values > expected - found || (row > 0 && values % row != 0)) {
      refuse(plan, "its parts are not rows of its shape " + to_text(shape), range.file);
    }
    found += values;
  }
  if (found != expected) {
    refuse(plan, "expected " + std::to_string(expected) + " values, found " + std::to_string(found),
           plan.ranges.empty() ? "" : plan.ranges.front().file);
  }
}

void TensorReader::read(const PlannedTensor& plan, at::Tensor destination, const CancelToken& cancel) {
  const at::NoGradGuard no_grad;
  auto values = destination.view({-1});
  int64_t done = 0;
  for (const auto& range : plan.ranges) {
    const auto size = static_cast<int64_t>(at::elementSize(range.dtype));
    for (int64_t at = 0; at < range.length; at += kChunkBytes) {
      cancel.check();
      const int64_t bytes = std::min(kChunkBytes, range.length - at), count = bytes / size;
      const auto target = values.narrow(0, done, count);
      // Values that need no conversion are read straight to where they belong.
      const bool direct = target.is_cpu() && target.scalar_type() == range.dtype;
      const auto chunk = direct ? target : at::empty({count}, range.dtype);
      file(range.file)
          .read(range.offset + at, {static_cast<std::byte*>(chunk.data_ptr()), static_cast<size_t>(bytes)});
      if (!direct) target.copy_(chunk);
      done += count;
    }
  }
}

}  // namespace ijepa
