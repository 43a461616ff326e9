#pragma once

// A cancel flag that long work reads between its parts.

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/error.h"

namespace ijepa {

// Cancels everything begun before the call of cancel(), nothing after: each job takes a token when it is
// queued.
class CancelSource {
 public:
  void cancel() { generation_.fetch_add(1, std::memory_order_relaxed); }

  class Token {
   public:
    bool cancelled() const {
      return source_ != nullptr && source_->load(std::memory_order_relaxed) != generation_;
    }
    void check() const {
      if (cancelled()) throw Error(ErrorCode::kCancelled, "cancelled");
    }

   private:
    friend class CancelSource;
    const std::atomic<uint64_t>* source_ = nullptr;
    uint64_t generation_ = 0;
  };

  // Valid as long as this source.
  Token token() const {
    Token token;
    token.source_ = &generation_;
    token.generation_ = generation_.load(std::memory_order_relaxed);
    return token;
  }

 private:
  std::atomic<uint64_t> generation_{0};
};

// A default token is never cancelled.
using CancelToken = CancelSource::Token;

}  // namespace ijepa
