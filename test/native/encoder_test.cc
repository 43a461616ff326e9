// The encoder against the golden values of the official modules, and its parts against formulae.

#include <torch/torch.h>

#include <ATen/CPUGeneratorImpl.h>

#include <set>

#include "base/precision.h"
#include "encoder/drop_path.h"
#include "encoder/pos_embed.h"
#include "encoder/vision_transformer.h"
#include "expect_error.h"
#include "tiny.h"

using namespace ijepa;
using test::code_of;
using test::difference;

namespace {

constexpr double kTolerance = 1e-4;

EncoderShape tiny_shape(int64_t height = 32, int64_t width = 32) {
  return {.embed_dim = 48,
          .depth = test::kDepth,
          .heads = 4,
          .mlp_dim = 192,
          .patch_size = 4,
          .image_height = height,
          .image_width = width,
          .layer_norm_eps = 1e-6};
}

// With the golden weights; positions interpolated where the size differs from 32.
std::shared_ptr<VisionTransformer> tiny_encoder(int64_t height = 32, int64_t width = 32) {
  const torch::NoGradGuard no_grad;
  auto encoder = std::make_shared<VisionTransformer>(tiny_shape(height, width));
  const auto values = test::tiny_values();
  for (auto& parameter : encoder->named_parameters()) {
    const auto& stored = values.at(parameter.key());
    const auto& shape = encoder->shape();
    parameter.value().copy_(parameter.key() == "pos_embed"
                                ? interpolate_positions(stored, 8, 8, shape.rows(), shape.columns())
                                : stored);
  }
  return encoder;
}

at::Generator generator(uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

// Names of the autograd nodes that lead to `x`.
std::multiset<std::string> graph(const at::Tensor& x) {
  std::multiset<std::string> names;
  std::set<torch::autograd::Node*> seen;
  std::vector<torch::autograd::Node*> open{x.grad_fn().get()};
  while (!open.empty()) {
    auto* node = open.back();
    open.pop_back();
    if (node == nullptr || !seen.insert(node).second) continue;
    names.insert(node->name());
    for (const auto& edge : node->next_edges()) open.push_back(edge.function.get());
  }
  return names;
}

// The block's own, or LibTorch's where that one does not serve (float16).
int64_t norms_in(const std::multiset<std::string>& nodes) {
  return std::ranges::count_if(nodes, [](const auto& name) {
    return name.find("ResidualNorm") != std::string::npos || name == "NativeLayerNormBackward0";
  });
}

}  // namespace

TEST("parameters have their official names, in the official order") {
  const VisionTransformer encoder(tiny_shape());
  std::vector<std::string> names, expected;
  for (const auto& parameter : encoder.named_parameters()) names.push_back(parameter.key());
  for (const auto& name : test::tiny_names())
    if (!name.official.starts_with("head.")) expected.push_back(name.official);
  EXPECT(names == expected);
}

TEST("every block gives the golden hidden state") {
  const torch::NoGradGuard no_grad;
  const auto encoder = tiny_encoder();
  const auto golden = test::tiny_cases();
  const auto modules = encoder->named_modules();
  const auto patches = std::dynamic_pointer_cast<PatchEmbed>(modules["patch_embed"]);
  auto x = patches->forward(golden.at("images")) + encoder->named_parameters()["pos_embed"];
  for (int64_t i = 0; i < test::kDepth; ++i) {
    const auto index = std::to_string(i);
    x = std::dynamic_pointer_cast<Block>(modules["blocks." + index])->forward(x);
    EXPECT_NOTE(index, difference(x, golden.at("block." + index)) < kTolerance);
  }
  EXPECT(difference(encoder->forward(golden.at("images")), golden.at("block.2")) < kTolerance);
}

TEST("the last hidden state is golden at the native, a larger and a wide size") {
  const torch::NoGradGuard no_grad;
  const auto golden = test::tiny_cases();
  for (const auto& [suffix, height, width] :
       {std::tuple{"", 32, 32}, {"_larger", 40, 40}, {"_wide", 32, 40}}) {
    const auto encoder = tiny_encoder(height, width);
    const auto tokens = encoder->normalize(encoder->forward(golden.at(std::string("images") + suffix)));
    EXPECT_NOTE(suffix,
                difference(tokens, golden.at(std::string("last_hidden_state") + suffix)) < kTolerance);
  }
}

TEST("the patch embedding is a convolution with kernel and stride of the patch size") {
  const torch::NoGradGuard no_grad;
  PatchEmbed embed(8, 3);
  for (auto& parameter : embed.parameters()) parameter.normal_();
  const auto images = torch::randn({2, 3, 6, 9});
  const auto parameters = embed.named_parameters();
  const auto expected = torch::conv2d(images, parameters["proj.weight"], parameters["proj.bias"], 3);
  EXPECT(difference(embed.forward(images), expected.flatten(2).transpose(1, 2)) < 1e-5);
}

TEST("positions are sines and cosines of the column, then of the row") {
  constexpr int64_t kRows = 3, kColumns = 5, kDim = 8;
  const auto positions = sincos_positions(kRows, kColumns, kDim);
  EXPECT(positions.sizes() == at::IntArrayRef({1, kRows * kColumns, kDim}));
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t column = 0; column < kColumns; ++column) {
      const double expected[] = {std::sin(column),        std::sin(column / 100.), std::cos(column),
                                 std::cos(column / 100.), std::sin(row),           std::sin(row / 100.),
                                 std::cos(row),           std::cos(row / 100.)};
      for (int64_t k = 0; k < kDim; ++k) {
        const double found = positions[0][row * kColumns + column][k].item<double>();
        EXPECT(std::abs(found - expected[k]) < 1e-6);
      }
    }
  }
}

TEST("positions of the same grid are not changed by interpolation") {
  const auto positions = sincos_positions(4, 6, 8);
  EXPECT(torch::equal(interpolate_positions(positions, 4, 6, 4, 6), positions));
}

TEST("the random initialisation is the official constructor's, and its seed's alone") {
  EncoderShape shape = tiny_shape();
  shape.embed_dim = 128;
  shape.mlp_dim = 512;
  const auto initialized = [&](uint64_t seed) {
    auto encoder = std::make_shared<VisionTransformer>(shape);
    auto draws = generator(seed);
    encoder->initialize(draws);
    return encoder->named_parameters();
  };
  const auto parameters = initialized(1), again = initialized(1), other = initialized(2);
  for (const auto& [name, values] : parameters.pairs()) {
    EXPECT_NOTE(name, torch::equal(values, again[name]));
    if (name.ends_with("bias")) EXPECT_NOTE(name, values.abs().max().item<double>() == 0);
    if (values.dim() != 2 && !name.ends_with("proj.weight")) continue;
    EXPECT_NOTE(name, !torch::equal(values, other[name]));
    const bool scaled = name.ends_with("attn.proj.weight") || name.ends_with("mlp.fc2.weight");
    const double deviation = scaled ? 0.02 / std::sqrt(2.0 * (name[7] - '0' + 1)) : 0.02;
    EXPECT_NOTE(name, std::abs(values.std().item<double>() / deviation - 1) < 0.05);
  }
  EXPECT(parameters["norm.weight"].eq(1).all().item<bool>());
  EXPECT(torch::equal(parameters["pos_embed"], sincos_positions(8, 8, 128)));
}

TEST("autograd keeps nothing below the lowest trained block") {
  const auto encoder = tiny_encoder();
  for (auto& parameter : encoder->named_parameters())
    parameter.value().requires_grad_(parameter.key().starts_with("blocks.2."));
  EXPECT(encoder->trained_blocks() == std::vector<bool>({false, false, true}));
  const auto nodes = graph(encoder->forward(test::tiny_cases().at("images")));
  EXPECT(norms_in(nodes) == 2);
  EXPECT(nodes.count("torch::autograd::AccumulateGrad") == 12);
}

TEST("a checkpointed pass has the same tokens and gradients to the bit, and its graph holds the blocks' inputs alone") {
  const auto encoder = tiny_encoder();
  const auto images = test::tiny_cases().at("images");
  auto draws = generator(5);
  const auto drop_path = draw_drop_path({0, 0.3, 0.5}, images.size(0), draws);
  const auto run = [&](Precision precision, bool checkpoints) {
    at::Tensor tokens;
    {
      const AutocastGuard autocast(at::kCPU, precision);
      tokens = encoder->forward(images, {.drop_path = drop_path, .checkpoints = checkpoints});
    }
    EXPECT(norms_in(graph(tokens)) == (checkpoints ? 2 : 6));
    (tokens * tokens).sum().backward();
    std::vector<at::Tensor> results{tokens.detach()};
    for (auto& parameter : encoder->parameters()) {
      if (parameter.requires_grad()) results.push_back(parameter.grad().clone());
      parameter.mutable_grad().reset();
    }
    return results;
  };
  const auto expect_equal = [&](Precision precision, const std::string& note) {
    const auto expected = run(precision, false), found = run(precision, true);
    EXPECT(expected.size() == found.size());
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NOTE(note, torch::equal(expected[i], found[i]));
  };
  for (auto& parameter : encoder->named_parameters())
    parameter.value().requires_grad_(parameter.key() != "pos_embed" && !parameter.key().starts_with("norm."));
  expect_equal(Precision::kFloat32, "all");
  expect_equal(Precision::kBFloat16, "all, bf16");
  expect_equal(Precision::kFloat16, "all, fp16");
  for (auto& parameter : encoder->named_parameters())
    if (parameter.key().starts_with("blocks.1.") || parameter.key().ends_with("bias"))
      parameter.value().requires_grad_(false);
  expect_equal(Precision::kFloat32, "a frozen block above trained ones");
}

TEST("a cancelled checkpointed pass stops in its backward pass too") {
  const auto encoder = tiny_encoder();
  for (auto& parameter : encoder->parameters()) parameter.requires_grad_(true);
  CancelSource source;
  const auto tokens =
      encoder->forward(test::tiny_cases().at("images"), {.cancel = source.token(), .checkpoints = true});
  source.cancel();
  EXPECT(code_of([&] { tokens.sum().backward(); }) == ErrorCode::kCancelled);
}

TEST("a frozen prefix is computed as in inference, to the bit") {
  const auto encoder = tiny_encoder();
  const auto images = test::tiny_cases().at("images");
  for (auto& parameter : encoder->named_parameters())
    parameter.value().requires_grad_(parameter.key().starts_with("blocks.2."));
  EXPECT(encoder->frozen_blocks() == 2);
  const auto training = encoder->run_blocks(encoder->embed(images), 0, 2);
  EXPECT(!training.requires_grad());
  {
    const torch::NoGradGuard no_grad;
    EXPECT(torch::equal(training, encoder->run_blocks(encoder->embed(images), 0, 2)));
  }
  encoder->named_parameters()["patch_embed.proj.bias"].requires_grad_(true);
  EXPECT(encoder->frozen_blocks() == 0);
  EXPECT(encoder->embed(images).requires_grad());
}

TEST("a cancelled pass stops between blocks, forward and backward") {
  const auto encoder = tiny_encoder();
  for (auto& parameter : encoder->parameters()) parameter.requires_grad_(true);
  const auto images = test::tiny_cases().at("images");
  CancelSource source;
  const auto token = source.token();
  const auto loss = encoder->forward(images, {.cancel = token}).sum();
  source.cancel();
  EXPECT(code_of([&] { loss.backward(); }) == ErrorCode::kCancelled);
  EXPECT(code_of([&] { encoder->forward(images, {.cancel = token}); }) == ErrorCode::kCancelled);
}

TEST("drop path rates rise linearly over depth, and are 0 where nothing trains") {
  EXPECT(drop_path_rates(0.3, {true, true, true, true}) ==
         std::vector<double>({0, 0.3 * 1 / 3, 0.3 * 2 / 3, 0.3}));
  EXPECT(drop_path_rates(0.2, {false, false, true}) == std::vector<double>({0, 0, 0.2}));
  EXPECT(drop_path_rates(0.2, {true}) == std::vector<double>({0}));
}

TEST("drop path leaves a branch out for its rate of the samples and keeps the mean") {
  auto draws = generator(3);
  const auto scales = draw_drop_path({0, 0.25}, 20'000, draws);
  EXPECT(scales.sizes() == at::IntArrayRef({2, 2, 20'000, 1, 1}));
  EXPECT(scales[0].eq(1).all().item<bool>());
  EXPECT(std::abs(scales[1].eq(0).to(at::kDouble).mean().item<double>() - 0.25) < 0.01);
  EXPECT(std::abs(scales[1].mean().item<double>() - 1) < 0.01);
  EXPECT((scales[1].eq(0) | (scales[1] - 1 / 0.75).abs().lt(1e-6)).all().item<bool>());
}

TEST("a block whose branches are left out gives its input") {
  const torch::NoGradGuard no_grad;
  const auto block = std::dynamic_pointer_cast<Block>(tiny_encoder()->named_modules()["blocks.0"]);
  const auto x = torch::randn({2, 5, 48});
  auto scales = torch::ones({2, 2, 1, 1});
  scales.select(1, 0).zero_();  // both branches of sample 0
  const auto y = block->forward(x, scales);
  EXPECT(torch::equal(y[0], x[0]) && difference(y[1], block->forward(x)[1]) < 1e-6);
}

TEST("shapes that cannot be, and images of another size, are refused") {
  const auto refused = [](auto change) {
    auto shape = tiny_shape();
    change(shape);
    return code_of([&] { VisionTransformer encoder(shape); }) == ErrorCode::kArgument;
  };
  EXPECT(refused([](EncoderShape& s) { s.depth = 0; }));
  EXPECT(refused([](EncoderShape& s) { s.heads = 5; }));
  EXPECT(refused([](EncoderShape& s) {
    s.embed_dim = 50;
    s.heads = 5;
  }));
  EXPECT(refused([](EncoderShape& s) { s.image_width = 30; }));
  EXPECT(code_of([] { tiny_encoder()->forward(torch::zeros({1, 3, 40, 40})); }) == ErrorCode::kArgument);
}

TEST_MAIN
