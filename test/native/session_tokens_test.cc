// A frozen encoder's output on the disk: training on it, and what a damaged file is answered with.

#include "session/token_files.h"

#include <torch/torch.h>

#include <algorithm>
#include <filesystem>

#include "expect_error.h"
#include "scratch.h"
#include "session/session.h"
#include "tiny_session.h"

using namespace ijepa;
using test::code_of;
using test::golden_batch;
using test::parameters_of;
using test::tiny_session;

namespace {

TokenRows some_rows(int64_t count, at::IntArrayRef shape, at::ScalarType dtype = at::kFloat) {
  auto sizes = shape.vec();
  sizes.insert(sizes.begin(), count);
  TokenRows rows{torch::randn(sizes).to(dtype), torch::arange(count), {}};
  for (int32_t i = 0; i < count; ++i) rows.samples.push_back(40 + i);
  return rows;
}

// The golden batch's rows up to `prefix`, in a file that the session has open.
void keep_tokens(Session& session, const std::string& path, const Prefix& prefix) {
  session.create_tokens(path, prefix);
  session.append_tokens(golden_batch(), {});
  session.commit_tokens();
  EXPECT(session.open_tokens(path, {.labels = {}, .is_checked = false}) == golden_batch().samples);
}

// What trains: these blocks' parameters and the head, or the head alone.
TrainingConfig top(bool block) {
  auto config = test::training(0.05, "head.");
  if (!block) return config;
  for (const auto& group : test::training(0.05, "blocks.2.").groups) config.groups.push_back(group);
  config.drop_path = 0.5;
  return config;
}

}  // namespace

TEST("rows come back as they were written, in any order, of either type and shape") {
  const test::ScratchFolder folder;
  const auto path = folder.file("rows");
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    for (const auto& shape : {std::vector<int64_t>{5, 7}, {7}}) {
      const Prefix prefix{2, shape.size() == 1};
      const auto one = some_rows(3, shape, dtype), two = some_rows(2, shape, dtype);
      TokenWriter writer(path, prefix);
      writer.append(one);
      writer.append(two);
      EXPECT(code_of([&] { writer.append(some_rows(1, {6, 7}, dtype)); }) == ErrorCode::kArgument);
      writer.commit();
      const TokenFile file(path);
      EXPECT(file.prefix() == prefix && file.row_shape() == shape);
      EXPECT(file.samples() == std::vector<int32_t>({40, 41, 42, 40, 41}));
      const auto read = file.read({4, 0});
      EXPECT(torch::equal(read.values, torch::stack({two.values[1], one.values[0]})));
      EXPECT(read.labels[0].item<int64_t>() == 1 && read.samples == std::vector<int32_t>({41, 40}));
      EXPECT(code_of([&] { file.read({5}); }) == ErrorCode::kArgument);
      EXPECT(code_of([&] { file.read({-1}); }) == ErrorCode::kArgument);
    }
  }
}

TEST("what was not committed leaves nothing, and a damaged file is refused with its name") {
  const test::ScratchFolder folder;
  const auto path = folder.file("rows");
  {
    TokenWriter writer(path, {1, false});
    writer.append(some_rows(4, {3, 4}));
  }
  EXPECT(folder.names().empty());
  TokenWriter writer(path, {1, false});
  writer.append(some_rows(4, {3, 4}));
  writer.commit();
  const auto whole = test::read_bytes(path);
  const auto code_with = [&](auto bytes) {
    test::write_bytes(path, bytes.data(), bytes.size());
    return code_of([&] { TokenFile(path).read({0, 1, 2, 3}); });
  };
  for (size_t i = 0; i < whole.size(); i += 3) {  // rows, index and footer
    auto bytes = whole;
    bytes[i] ^= 1;
    EXPECT_NOTE(std::to_string(i), code_with(bytes) == ErrorCode::kFile);
  }
  for (const size_t size : {size_t{0}, size_t{63}, whole.size() - 64, whole.size() - 1}) {
    auto bytes = whole;
    bytes.resize(size);
    EXPECT_NOTE(std::to_string(size), code_with(bytes) == ErrorCode::kFile);
  }
  EXPECT(code_of([&] { TokenFile(folder.file("none")); }) == ErrorCode::kFile);
}

TEST("an update on kept rows is that on the pictures, to the bit in float32") {
  const test::ScratchFolder folder;
  for (const bool block : {true, false}) {
    const auto trained = [&](bool kept) {
      auto session = tiny_session();
      session.configure_training(top(block));
      if (kept) keep_tokens(session, folder.file("tokens"), {block ? 2 : 3, !block});
      for (int i = 0; i < 3; ++i) {
        if (kept) session.train_step_on_tokens({0, 1, 2}, 1e-3, {});
        else session.train_step(golden_batch(), 1e-3, {});
      }
      return std::pair(parameters_of(session), session.read_means().loss);
    };
    const auto [expected, loss] = trained(false);
    const auto [found, kept_loss] = trained(true);
    EXPECT(loss == kept_loss);
    for (const auto& [name, values] : expected) EXPECT_NOTE(name, torch::equal(values, found.at(name)));
  }
}

TEST("files are opened one behind another, and their rows are counted through") {
  const test::ScratchFolder folder;
  TokenFiles files;
  EXPECT(files.empty());
  const auto one = some_rows(3, {5, 7}), two = some_rows(2, {5, 7});
  const auto write = [&](const std::string& name, const TokenRows& rows, const Prefix& prefix) {
    TokenWriter writer(folder.file(name), prefix, 3 * kPageMultiple + 24);
    writer.append(rows);
    writer.commit();
    return std::make_unique<TokenFile>(folder.file(name));
  };
  files.add(write("one", one, {2, false}));
  files.add(write("two", two, {2, false}));
  EXPECT(code_of([&] { files.add(write("other", two, {3, false})); }) == ErrorCode::kFile);
  EXPECT(code_of([&] { files.add(write("other", some_rows(2, {5, 7}, at::kBFloat16), {2, false})); }) == ErrorCode::kFile);
  EXPECT(code_of([&] { files.add(write("other", some_rows(2, {5, 8}), {2, false})); }) == ErrorCode::kFile);
  std::filesystem::remove(folder.file("one"));  // as another process makes room
  const auto read = files.read({4, 2, 3});
  EXPECT(torch::equal(read.values, torch::stack({two.values[1], one.values[2], two.values[0]})));
  EXPECT(read.samples == std::vector<int32_t>({41, 42, 40}) && read.labels[1].item<int64_t>() == 2);
  EXPECT(code_of([&] { files.read({5}); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { files.read({-1}); }) == ErrorCode::kArgument);
  files.clear();
  EXPECT(files.empty());
}

TEST("a file of an earlier run is looked at whole where that is asked for") {
  const test::ScratchFolder folder;
  const auto path = folder.file("tokens");
  auto session = tiny_session();
  session.configure_training(top(true));
  keep_tokens(session, path, {2, false});
  session.close_tokens();
  auto bytes = test::read_bytes(path);
  bytes[100] ^= 1;
  test::write_bytes(path, bytes.data(), bytes.size());
  EXPECT(code_of([&] { session.open_tokens(path, {.labels = {}, .is_checked = false}); }) == ErrorCode::kFile);
  EXPECT(session.open_tokens(path) == golden_batch().samples);
  EXPECT(code_of([&] { session.train_step_on_tokens({0}, 0, {}); }) == ErrorCode::kFile);
}

TEST("rows have the labels of now, and a file of other samples is refused") {
  const test::ScratchFolder folder;
  const auto path = folder.file("tokens");
  auto session = tiny_session();
  session.configure_training(top(true));
  keep_tokens(session, path, {2, false});
  session.close_tokens();
  const auto samples = golden_batch().samples;
  const auto largest = static_cast<size_t>(*std::ranges::max_element(samples));
  const auto count = static_cast<int64_t>(samples.size());
  EXPECT(code_of([&] { session.open_tokens(path, {.rows = count + 1, .labels = {}}); }) == ErrorCode::kFile);
  EXPECT(code_of([&] { session.open_tokens(path, {.labels = std::vector<int32_t>(largest)}); }) == ErrorCode::kFile);
  session.open_tokens(path, {.rows = count, .labels = std::vector<int32_t>(largest + 1, 1)});
  session.train_step_on_tokens({0, 1}, 1e-3, {});
  session.close_tokens();
  session.open_tokens(path, {.labels = std::vector<int32_t>(largest + 1, 1'000)});  // which no class has
  EXPECT(code_of([&] { session.train_step_on_tokens({0}, 1e-3, {}); }) == ErrorCode::kArgument);
}

TEST("in bfloat16 rows take half the room, for nearly the same loss") {
  const test::ScratchFolder folder;
  const auto run = [&](Precision precision) {
    auto session = tiny_session();
    auto config = top(true);
    config.precision = precision;
    config.drop_path = 0;
    session.configure_training(config);
    keep_tokens(session, folder.file("tokens"), {2, false});
    session.train_step_on_tokens({0, 1, 2}, 1e-3, {});
    return std::pair(session.read_means().loss, std::filesystem::file_size(folder.file("tokens")));
  };
  const auto [loss, size] = run(Precision::kFloat32);
  const auto [short_loss, short_size] = run(Precision::kBFloat16);
  EXPECT(std::abs(short_loss - loss) < 0.02);
  EXPECT(short_size < 0.51 * static_cast<double>(size));
}

TEST("what trains is not kept, and kept rows are not trained on where it does") {
  const test::ScratchFolder folder;
  const auto path = folder.file("tokens");
  auto session = tiny_session();
  EXPECT(code_of([&] { session.create_tokens(path, {1, false}); }) == ErrorCode::kArgument);  // nothing is configured
  EXPECT(code_of([&] { session.append_tokens(golden_batch(), {}); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { session.commit_tokens(); }) == ErrorCode::kArgument);
  EXPECT(code_of([&] { session.train_step_on_tokens({0}, 0, {}); }) == ErrorCode::kArgument);
  session.configure_training(top(true));
  for (const Prefix prefix : {Prefix{0, false}, {3, false}, {3, true}})
    EXPECT(code_of([&] { session.create_tokens(path, prefix); }) == ErrorCode::kArgument);
  keep_tokens(session, path, {2, false});
  session.configure_training(test::training(0, "blocks.1."));
  EXPECT(code_of([&] { session.train_step_on_tokens({0}, 0, {}); }) == ErrorCode::kArgument);
  auto mixing = top(true);
  mixing.mixup = {1, 0, 0};
  session.configure_training(mixing);
  EXPECT(code_of([&] { session.train_step_on_tokens({0}, 0, {}); }) == ErrorCode::kArgument);
  auto larger = tiny_session(40, 40);
  larger.configure_training(top(true));
  EXPECT(code_of([&] { larger.open_tokens(path); }) == ErrorCode::kFile);
  session.close_tokens();
  session.configure_training(top(true));
  EXPECT(code_of([&] { session.train_step_on_tokens({0}, 0, {}); }) == ErrorCode::kArgument);
}

TEST_MAIN
