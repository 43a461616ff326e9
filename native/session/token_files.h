#pragma once

// Files of one prefix, one behind another, whose rows are counted through.

#include <cstdint>
#include <memory>
#include <vector>

#include "session/token_file.h"

namespace ijepa {

class TokenFiles {
 public:
  // Throws Error (kFile) for one of another prefix, shape or type than those before.
  void add(std::unique_ptr<TokenFile> file);
  void clear();
  bool empty() const { return files_.empty(); }

  // Not where it is empty.
  const Prefix& prefix() const { return files_.front()->prefix(); }
  TokenRows read(const std::vector<int32_t>& rows) const;

 private:
  std::vector<std::unique_ptr<TokenFile>> files_;
  std::vector<int64_t> ends_;  // rows up to the end of each file
};

}  // namespace ijepa
