#include "session/token_file.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <tuple>
#include <utility>

#include "base/address_range.h"
#include "base/error.h"

namespace ijepa {

namespace {

constexpr std::array<char, 8> kMagic{'I', 'J', 'E', 'P', 'A', 'T', 'K', '2'};
constexpr int64_t kMostValues = int64_t{1} << 32;  // of a row

struct Footer {
  std::array<char, 8> magic = kMagic;
  int64_t blocks = 0, lead = 0, tokens = 0, width = 0, bfloat16 = 0, rows = 0;
  uint64_t checksum = 0;  // of what lies between the rows and this, and of this with a 0 here
};
static_assert(sizeof(Footer) == 64);

// Against a damaged disk, not against malice: words are mixed by multiplication, as in MurmurHash3's finaliser.
uint64_t checksum(std::span<const std::byte> bytes, uint64_t start = 0x9e3779b97f4a7c15) {
  uint64_t sum = start ^ bytes.size();
  for (size_t i = 0; i < bytes.size(); i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min(sizeof word, bytes.size() - i));
    sum = (sum ^ word) * 0xff51afd7ed558ccd;
    sum ^= sum >> 32;
  }
  return sum;
}

std::span<const std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
}

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

uint64_t checksum_of(const std::vector<int32_t>& samples, const std::vector<int32_t>& labels,
                     const std::vector<uint64_t>& checksums, Footer footer) {
  footer.checksum = 0;
  const auto index = checksum(bytes_of(checksums), checksum(bytes_of(labels), checksum(bytes_of(samples))));
  return checksum(std::as_bytes(std::span(&footer, 1)), index);
}

template <typename T>
void read_values(const InputFile& file, int64_t& offset, std::vector<T>& values) {
  file.read(offset, std::as_writable_bytes(std::span(values)));
  offset += static_cast<int64_t>(values.size() * sizeof(T));
}

}  // namespace

TokenWriter::TokenWriter(const std::string& path, const Prefix& prefix, int64_t place)
    : file_(path), prefix_(prefix), lead_(place % kPageMultiple) {
  file_.write(bytes_of(std::vector<uint8_t>(static_cast<size_t>(lead_))));
}

void TokenWriter::append(const TokenRows& rows) {
  const auto values = rows.values.contiguous();
  const auto count = static_cast<int64_t>(rows.samples.size());
  const auto shape = values.sizes().slice(1).vec();
  if (row_shape_.empty()) std::tie(row_shape_, dtype_) = std::pair(shape, values.scalar_type());
  const bool fits = shape == row_shape_ && (shape.size() == 2 || shape.size() == 1) && values.scalar_type() == dtype_ &&
                    (dtype_ == at::kFloat || dtype_ == at::kBFloat16) && values.is_cpu();
  IJEPA_CHECK(fits && values.size(0) == count && rows.labels.numel() == count, ErrorCode::kArgument,
              "Expected rows of one shape and type, with as many samples and labels");
  const auto labels = rows.labels.to(at::kCPU, at::kInt).contiguous();
  for (int64_t i = 0; i < count; ++i) checksums_.push_back(checksum(bytes_of(values[i])));
  samples_.insert(samples_.end(), rows.samples.begin(), rows.samples.end());
  labels_.insert(labels_.end(), labels.const_data_ptr<int32_t>(), labels.const_data_ptr<int32_t>() + count);
  file_.write(bytes_of(values));
}

void TokenWriter::commit() {
  IJEPA_CHECK(!row_shape_.empty(), ErrorCode::kArgument, "Expected rows before commit()");
  file_.write(bytes_of(samples_));
  file_.write(bytes_of(labels_));
  file_.write(bytes_of(checksums_));
  Footer footer;
  footer.blocks = prefix_.blocks;
  footer.lead = lead_;
  footer.tokens = row_shape_.size() == 2 ? row_shape_[0] : 0;
  footer.width = row_shape_.back();
  footer.bfloat16 = dtype_ == at::kBFloat16 ? 1 : 0;
  footer.rows = static_cast<int64_t>(samples_.size());
  footer.checksum = checksum_of(samples_, labels_, checksums_, footer);
  file_.write(std::as_bytes(std::span(&footer, 1)));
  file_.commit();
}

TokenFile::TokenFile(const std::string& path) : file_(path, Removal::kIsHarmless) {
  Footer footer;
  if (file_.size() < static_cast<int64_t>(sizeof footer)) fail();
  file_.read(file_.size() - static_cast<int64_t>(sizeof footer), std::as_writable_bytes(std::span(&footer, 1)));
  const auto within = [](int64_t value, int64_t from, int64_t to) { return from <= value && value <= to; };
  const bool possible = footer.magic == kMagic && within(footer.blocks, 0, 1 << 20) && within(footer.lead, 0, kPageMultiple - 1) &&
                        within(footer.tokens, 0, 1 << 20) && within(footer.width, 1, 1 << 20) &&
                        within(footer.bfloat16, 0, 1) && within(footer.rows, 1, kMostRows);
  if (!possible) fail();
  prefix_ = {footer.blocks, footer.tokens == 0};
  row_shape_ = prefix_.pooled ? std::vector{footer.width} : std::vector{footer.tokens, footer.width};
  dtype_ = footer.bfloat16 == 1 ? at::kBFloat16 : at::kFloat;
  const int64_t values = std::max<int64_t>(footer.tokens, 1) * footer.width;
  if (values > kMostValues) fail();
  row_bytes_ = values * static_cast<int64_t>(c10::elementSize(dtype_));
  constexpr int64_t kIndexBytes = 2 * sizeof(int32_t) + sizeof(uint64_t);
  lead_ = footer.lead;
  const int64_t content = file_.size() - static_cast<int64_t>(sizeof footer) - lead_;
  if (content % footer.rows != 0 || content / footer.rows != row_bytes_ + kIndexBytes) fail();
  const auto rows = static_cast<size_t>(footer.rows);
  samples_.resize(rows);
  labels_.resize(rows);
  checksums_.resize(rows);
  int64_t offset = lead_ + footer.rows * row_bytes_;
  read_values(file_, offset, samples_);
  read_values(file_, offset, labels_);
  read_values(file_, offset, checksums_);
  if (footer.checksum != checksum_of(samples_, labels_, checksums_, footer)) fail();
}

TokenRows TokenFile::read(const std::vector<int32_t>& rows) const {
  for (const int32_t row : rows)
    IJEPA_CHECK(row >= 0 && static_cast<size_t>(row) < samples_.size(), ErrorCode::kArgument,
                "Expected rows of the " + std::to_string(samples_.size()) + " in '" + file_.path() + "', got row " +
                    std::to_string(row));
  auto result = room_for(static_cast<int64_t>(rows.size()));
  for (const int32_t row : rows) read_row(row, result);
  return result;
}

TokenRows TokenFile::room_for(int64_t rows) const {
  auto shape = row_shape_;
  shape.insert(shape.begin(), rows);
  return {at::empty(shape, dtype_), at::empty({rows}, at::kLong), {}};
}

void TokenFile::read_row(int32_t row, TokenRows& out) const {
  const auto place = static_cast<int64_t>(out.samples.size());
  const std::span bytes(static_cast<std::byte*>(out.values.data_ptr()) + place * row_bytes_, static_cast<size_t>(row_bytes_));
  file_.read(lead_ + row * row_bytes_, bytes);
  const auto i = static_cast<size_t>(row);
  if (checksum(bytes) != checksums_[i]) fail();
  out.labels.data_ptr<int64_t>()[place] = labels_[i];
  out.samples.push_back(samples_[i]);
}

void TokenFile::label(const std::vector<int32_t>& labels) {
  const auto has_label = [&](int32_t sample) { return sample >= 0 && static_cast<size_t>(sample) < labels.size(); };
  IJEPA_CHECK(std::ranges::all_of(samples_, has_label), ErrorCode::kFile,
              "'" + file_.path() + "' was written of another data set: delete it", file_.path());
  std::ranges::transform(samples_, labels_.begin(), [&](int32_t sample) { return labels[static_cast<size_t>(sample)]; });
}

void TokenFile::check(const CancelToken& cancel) const {
  for (size_t row = 0; row < samples_.size(); ++row) {
    cancel.check();
    auto one = room_for(1);
    read_row(static_cast<int32_t>(row), one);
  }
}

void TokenFile::check(std::span<const std::byte> rows, const CancelToken& cancel) const {
  const auto size = static_cast<size_t>(row_bytes_);
  for (size_t row = 0; row < checksums_.size(); ++row) {
    cancel.check();
    if (checksum(rows.subspan(row * size, size)) != checksums_[row]) fail();
  }
}

void TokenFile::fail() const {
  throw Error(ErrorCode::kFile,
              "'" + file_.path() + "' is damaged: it does not hold what was written of a frozen encoder. Delete it: it is made anew",
              file_.path());
}

}  // namespace ijepa
