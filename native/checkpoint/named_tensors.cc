#include "checkpoint/named_tensors.h"

#include <torch/types.h>

#include <algorithm>

#include "base/error.h"
#include "checkpoint/atomic_file.h"

namespace ijepa {

namespace {

at::Tensor rows(const at::Tensor& tensor, const Piece& piece) {
  if (piece.begin == 0 && piece.end == 0) return tensor;
  const bool inside =
      tensor.dim() > 0 && 0 <= piece.begin && piece.begin <= piece.end && piece.end <= tensor.size(0);
  IJEPA_CHECK(inside, ErrorCode::kArgument,
              "Expected rows of tensor '" + piece.name + "', got [" + std::to_string(piece.begin) + ", " +
                  std::to_string(piece.end) + ")");
  return tensor.narrow(0, piece.begin, piece.end - piece.begin);
}

}  // namespace

std::vector<TensorInfo> infos_of(const std::vector<NamedTensor>& named) {
  std::vector<TensorInfo> infos;
  for (const auto& [name, values] : named) infos.push_back({name, values.sizes().vec(), values.scalar_type()});
  return infos;
}

TensorsByName by_name(const std::vector<NamedTensor>& named) { return {named.begin(), named.end()}; }

at::Tensor find(const TensorsByName& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  IJEPA_CHECK(found != tensors.end(), ErrorCode::kArgument, "There is no tensor '" + name + "' now");
  return found->second;
}

void write_pieces(const std::string& path, const std::vector<uint8_t>& header, const std::vector<Piece>& pieces,
                  const TensorsByName& tensors) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(header)));
  for (const auto& piece : pieces) {
    const auto values = rows(find(tensors, piece.name), piece).cpu().contiguous();
    file.write({static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()});
  }
  file.commit();
}

}  // namespace ijepa
