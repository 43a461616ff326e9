#pragma once

// Reads the golden tensors that tests compare with (trusted safetensors files in test/fixtures).

#include <torch/torch.h>

#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>

namespace ijepa::test {

struct GoldenTensor {
  at::Tensor values;
  int64_t offset;  // in the file
};

inline std::map<std::string, GoldenTensor> read_golden_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::stringstream stream;
  stream << file.rdbuf();
  const std::string bytes = stream.str();
  uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  const std::string header = bytes.substr(8, header_size);
  static const std::map<std::string, at::ScalarType> dtypes = {{"F32", at::kFloat},  {"F16", at::kHalf},
                                                               {"F64", at::kDouble}, {"I64", at::kLong},
                                                               {"I32", at::kInt},    {"U8", at::kByte}};
  static const std::regex entry(
      R"re("([^"]+)"\s*:\s*\{\s*"dtype"\s*:\s*"(\w+)"\s*,\s*"shape"\s*:\s*\[([^\]]*)\]\s*,\s*"data_offsets"\s*:\s*\[\s*(\d+)\s*,)re");
  std::map<std::string, GoldenTensor> tensors;
  for (std::sregex_iterator it(header.begin(), header.end(), entry), end; it != end; ++it) {
    std::vector<int64_t> shape;
    std::stringstream dims((*it)[3].str());
    for (std::string dim; std::getline(dims, dim, ',');) shape.push_back(std::stoll(dim));
    auto tensor = at::empty(shape, dtypes.at((*it)[2].str()));
    const uint64_t offset = 8 + header_size + std::stoull((*it)[4].str());
    std::memcpy(tensor.data_ptr(), bytes.data() + offset, tensor.nbytes());
    tensors[(*it)[1].str()] = {tensor, static_cast<int64_t>(offset)};
  }
  return tensors;
}

inline std::map<std::string, at::Tensor> read_golden(const std::string& path) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, tensor] : read_golden_file(path)) tensors[name] = tensor.values;
  return tensors;
}

// Largest absolute difference, in float64.
inline double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace ijepa::test
