// Mutates a PNG as libFuzzer does, and mostly mends the checksums of its chunks: else every change would end
// there.

#include <cstddef>
#include <cstdint>

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

constexpr size_t kSignatureBytes = 8, kFrameBytes = 12;  // of a chunk: length, name and checksum

uint32_t read_number(const uint8_t* at) { return uint32_t{at[0]} << 24 | at[1] << 16 | at[2] << 8 | at[3]; }

uint32_t crc32(const uint8_t* data, size_t size) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

void mend_checksums(uint8_t* data, size_t size) {
  for (size_t at = kSignatureBytes; at + kFrameBytes <= size;) {
    const size_t length = read_number(data + at);
    if (length > size - at - kFrameBytes) return;
    const uint32_t crc = crc32(data + at + 4, length + 4);
    for (int i = 0; i < 4; ++i) data[at + 8 + length + i] = static_cast<uint8_t>(crc >> (24 - 8 * i));
    at += kFrameBytes + length;
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0) mend_checksums(data, size);
  return size;
}
