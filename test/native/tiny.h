#pragma once

// The small encoder and classifier of fixtures/golden/tiny, which Hugging Face's names and layout hold.

#include <array>
#include <string>
#include <vector>

#include "golden.h"
#include "test.h"

namespace ijepa::test {

inline constexpr int64_t kDepth = 3;

// An official name, and the tensors of the file that follow one another along dimension 0 in it.
struct TinyName {
  std::string official;
  std::vector<std::string> stored;
};

inline std::vector<TinyName> tiny_names() {
  std::vector<TinyName> names{{"pos_embed", {"ijepa.embeddings.position_embeddings"}}};
  const auto both = [&](const std::string& official, const std::vector<std::string>& stored) {
    for (const char* part : {".weight", ".bias"}) {
      auto& name = names.emplace_back(TinyName{official + part, {}});
      for (const auto& one : stored) name.stored.push_back(one + part);
    }
  };
  both("patch_embed.proj", {"ijepa.embeddings.patch_embeddings.projection"});
  for (int64_t i = 0; i < kDepth; ++i) {
    const auto ours = "blocks." + std::to_string(i), theirs = "ijepa.encoder.layer." + std::to_string(i);
    const auto attention = theirs + ".attention.attention.";
    both(ours + ".norm1", {theirs + ".layernorm_before"});
    both(ours + ".attn.qkv", {attention + "query", attention + "key", attention + "value"});
    both(ours + ".attn.proj", {theirs + ".attention.output.dense"});
    both(ours + ".norm2", {theirs + ".layernorm_after"});
    both(ours + ".mlp.fc1", {theirs + ".intermediate.dense"});
    both(ours + ".mlp.fc2", {theirs + ".output.dense"});
  }
  both("norm", {"ijepa.layernorm"});
  both("head", {"classifier"});
  return names;
}

inline std::string tiny_file() { return fixture("golden/tiny/hf/model.safetensors"); }

inline std::map<std::string, at::Tensor> tiny_cases() {
  return read_golden(fixture("golden/tiny/cases.safetensors"));
}

// By official names.
inline std::map<std::string, at::Tensor> tiny_values() {
  const auto stored = read_golden(tiny_file());
  std::map<std::string, at::Tensor> values;
  for (const auto& [official, parts] : tiny_names()) {
    std::vector<at::Tensor> tensors;
    for (const auto& part : parts) tensors.push_back(stored.at(part));
    values[official] = at::cat(tensors);
  }
  return values;
}

}  // namespace ijepa::test
