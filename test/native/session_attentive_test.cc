// Attention pooling in a session: its parameters, averages, kept tokens, and what cannot be.

#include <torch/torch.h>

#include "expect_error.h"
#include "scratch.h"
#include "session/session.h"
#include "tiny_session.h"

using namespace ijepa;
using test::code_of;
using test::difference;
using test::golden_batch;
using test::parameters_of;

namespace {

SessionConfig attentive(Pooling pooling, uint64_t seed = 11) {
  auto config = test::tiny_config();
  config.pooling = pooling;
  config.seed = seed;
  if (pooling == Pooling::kCapiAttentive) config.embed_dim = 64, config.mlp_dim = 64;
  return config;
}

std::vector<std::string> new_names(const Session& session) {
  std::vector<std::string> names;
  for (const auto& info : session.parameters())
    if (info.name.starts_with("pooler.") || info.name.starts_with("head.")) names.push_back(info.name);
  return names;
}

TrainingConfig pooler_and_head(const Session& session) {
  TrainingConfig config;
  config.groups = {{new_names(session), 1, 0.05}};
  return config;
}

void keep_tokens(Session& session, const std::string& path) {
  session.create_tokens(path, {test::kDepth, false});
  session.append_tokens(golden_batch(), {});
  session.commit_tokens();
  session.open_tokens(path);
}

}  // namespace

TEST("the pooler's parameters have V-JEPA's names, between those of the encoder and the head; capi's form has three") {
  std::vector<std::string> expected{"pooler.query_tokens"};
  for (const char* part : {"norm1", "xattn.q", "xattn.kv", "norm2", "mlp.fc1", "mlp.fc2"})
    for (const char* kind : {".weight", ".bias"})
      expected.push_back(std::string("pooler.cross_attention_block.") + part + kind);
  for (const char* head : {"head.weight", "head.bias"}) expected.emplace_back(head);
  EXPECT(new_names(Session(attentive(Pooling::kVJepaAttentive))) == expected);
  EXPECT(new_names(Session(attentive(Pooling::kCapiAttentive))) ==
         std::vector<std::string>({"pooler.query_tokens", "pooler.cross_attention_block.xattn.kv.weight",
                                   "pooler.cross_attention_block.xattn.kv.bias", "head.weight", "head.bias"}));
}

TEST("it begins as V-JEPA's does, by its seed alone") {
  const auto values = parameters_of(Session(attentive(Pooling::kVJepaAttentive)));
  const auto again = parameters_of(Session(attentive(Pooling::kVJepaAttentive)));
  const auto other = parameters_of(Session(attentive(Pooling::kVJepaAttentive, 12)));
  for (const auto& [name, initial] : values) {
    EXPECT_NOTE(name, torch::equal(initial, again.at(name)));
    if (!name.starts_with("pooler.")) continue;
    const bool is_norm = name.find(".norm") != std::string::npos;
    if (name.ends_with("bias")) EXPECT_NOTE(name, initial.abs().max().item<double>() == 0);
    else if (is_norm) EXPECT_NOTE(name, initial.eq(1).all().item<bool>());
    else EXPECT_NOTE(name, !torch::equal(initial, other.at(name)));
    if (initial.numel() < 1000 || is_norm) continue;
    const double deviation = name.ends_with("fc2.weight") ? 0.02 / std::sqrt(2.0) : 0.02;
    EXPECT_NOTE(name, std::abs(initial.std().item<double>() / deviation - 1) < 0.05);
  }
}

TEST("updates on kept tokens are those on the pictures, averages and all; predictions on tokens are those of the pictures") {
  const test::ScratchFolder folder;
  for (const auto pooling : {Pooling::kVJepaAttentive, Pooling::kCapiAttentive}) {
    const auto trained = [&](bool kept) {
      Session session(attentive(pooling));
      auto config = pooler_and_head(session);
      config.average = 0.9;
      config.clip_gradient = 1;
      session.configure_training(config);
      const auto frozen = session.read("blocks.2.mlp.fc2.weight");
      if (kept) keep_tokens(session, folder.file("tokens"));
      for (int i = 0; i < 3; ++i) {
        if (kept) session.train_step_on_tokens({0, 1, 2}, 1e-3, {});
        else session.train_step(golden_batch(), 1e-3, {});
      }
      EXPECT(torch::equal(frozen, session.read("blocks.2.mlp.fc2.weight")));
      if (kept) {
        const auto expected = session.predict(golden_batch(), Precision::kFloat32, {});
        EXPECT(torch::equal(session.predict_on_tokens({0, 1, 2}, {}), expected));
        EXPECT(difference(session.predict_on_tokens({2, 0}, {}), torch::stack({expected[2], expected[0]})) < 1e-6);
        EXPECT(session.predict_on_tokens({}, {}).numel() == 0);
      }
      std::map<std::string, at::Tensor> values;
      for (const auto& info : session.tensors())
        if (!info.name.starts_with("grad.") && !info.name.starts_with("meter.") && info.name != "generator")
          values[info.name] = session.read(info.name);
      return values;
    };
    const auto expected = trained(false), found = trained(true);
    EXPECT(expected.contains("ema.average.pooler.query_tokens") &&
           expected.contains("adamw.exp_avg.pooler.cross_attention_block.xattn.kv.weight"));
    for (const auto& [name, values] : expected) EXPECT_NOTE(name, torch::equal(values, found.at(name)));
  }
}

TEST("in bfloat16 the loss is nearly that of float32") {
  const auto loss = [](Precision precision) {
    Session session(attentive(Pooling::kVJepaAttentive));
    auto config = pooler_and_head(session);
    config.precision = precision;
    session.configure_training(config);
    session.train_step(golden_batch(), 1e-3, {});
    return session.read_means().loss;
  };
  EXPECT(std::abs(loss(Precision::kBFloat16) - loss(Precision::kFloat32)) < 0.02);
}

TEST("what cannot be is refused") {
  auto narrow = attentive(Pooling::kCapiAttentive);
  narrow.embed_dim = 48;
  EXPECT(code_of([&] { Session session(narrow); }) == ErrorCode::kArgument);
  auto layered = attentive(Pooling::kVJepaAttentive);
  layered.layers = 2;
  EXPECT(code_of([&] { Session session(layered); }) == ErrorCode::kArgument);
  const test::ScratchFolder folder;
  Session session(attentive(Pooling::kVJepaAttentive));
  session.configure_training(pooler_and_head(session));
  // The pooler trains: what it gives is not kept.
  EXPECT(code_of([&] { session.create_tokens(folder.file("tokens"), {test::kDepth, true}); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { session.predict_on_tokens({0}, {}); }) == ErrorCode::kArgument);
  keep_tokens(session, folder.file("tokens"));
  EXPECT(code_of([&] { session.predict_on_tokens({3}, {}); }) == ErrorCode::kArgument);
}

TEST_MAIN
