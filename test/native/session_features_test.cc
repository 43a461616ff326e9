// Pooled features of one or several blocks, and features in files.

#include <torch/torch.h>

#include <filesystem>

#include "base/device_memory.h"
#include "expect_error.h"
#include "scratch.h"
#include "session/session.h"
#include "tiny_session.h"

using namespace ijepa;
using test::code_of;
using test::golden_batch;
using test::tiny_session;

namespace {

Features of_layers(int64_t layers) {
  Features features;
  features.layers = layers;
  return features;
}

Features features_of(Session& session, int64_t layers = 1) {
  auto features = of_layers(layers);
  session.append_features(golden_batch(), features, Precision::kFloat32, {});
  return features;
}

at::Tensor rows_of(const Features& features) { return features.values.narrow(0, 0, features.rows); }

}  // namespace

TEST("of several blocks the last columns are the last block's, to the bit") {
  auto session = tiny_session();
  const auto last = features_of(session), both = features_of(session, 2);
  EXPECT(rows_of(both).size(1) == 2 * 48);
  EXPECT(rows_of(both).narrow(1, 48, 48).equal(rows_of(last)));
  EXPECT(!rows_of(both).narrow(1, 0, 48).allclose(rows_of(last)));
  EXPECT(session.predict_on_features(both, 0, 2).equal(session.predict_on_features(last, 0, 2)));
  EXPECT(code_of([&] { features_of(session, test::kDepth + 1); }) == ErrorCode::kArgument);
}

TEST("come back from files to the bit, with the labels of now") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  const auto features = features_of(session, 2);
  const auto rows = static_cast<int32_t>(features.rows);
  session.write_features(features, 0, 2, {0, 3}, 0, folder.file("first"));
  session.write_features(features, 2, rows, std::vector<int32_t>(static_cast<size_t>(rows - 2), 1), 2, folder.file("second"));
  EXPECT(folder.names().size() == 2);
  auto again = of_layers(2);
  EXPECT(session.restore_features(folder.file("first"), 2, {5, 6, 7, 8}, again, {}) == std::vector<int32_t>({0, 3}));
  session.restore_features(folder.file("second"), rows - 2, {5, 6, 7, 8}, again, {});
  EXPECT(rows_of(again).equal(rows_of(features)));
  EXPECT(again.labels[0].item<int64_t>() == 5 && again.labels[1].item<int64_t>() == 8 && again.labels[2].item<int64_t>() == 6);
}

TEST("in a shorter precision features are kept in bfloat16, and come back as they are used") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  auto features = of_layers(1), again = of_layers(1);
  session.append_features(golden_batch(), features, Precision::kBFloat16, {});
  const auto rows = static_cast<int32_t>(features.rows);
  EXPECT(features.values.scalar_type() == at::kBFloat16);
  EXPECT(rows_of(features).to(at::kFloat).allclose(rows_of(features_of(session)), 0.05, 0.05));
  std::vector<int32_t> samples(static_cast<size_t>(rows), 0);
  session.write_features(features, 0, rows, samples, 0, folder.file("part"));
  session.restore_features(folder.file("part"), rows, {7}, again, {});
  EXPECT(again.values.scalar_type() == at::kBFloat16 && rows_of(again).equal(rows_of(features)));
  EXPECT(rows_at(again, at::tensor({1L})).equal(rows_of(features).narrow(0, 1, 1).to(at::kFloat)));
  const auto logits = session.predict_on_features(again, 0, 2);
  EXPECT(logits.scalar_type() == at::kFloat && logits.equal(session.predict_on_features(features, 0, 2)));
  session.standardize(again);
  auto standardized = of_layers(1);
  session.append_prepared(again, standardized);
  EXPECT(standardized.values.scalar_type() == at::kFloat);
  EXPECT(rows_of(standardized).mean(0).abs().max().item<float>() < 1e-3F);
}

TEST("files of other features, and damaged ones, are refused and leave the features as they were") {
  const test::ScratchFolder folder;
  const auto path = folder.file("part");
  auto session = tiny_session();
  const auto features = features_of(session);
  session.write_features(features, 0, 2, {0, 9}, 0, path);
  auto target = of_layers(2);
  const auto restore = [&](int64_t layers, size_t labels, int64_t rows = 2) {
    target = of_layers(layers);
    return code_of([&] { session.restore_features(path, rows, std::vector<int32_t>(labels), target, {}); });
  };
  EXPECT(restore(2, 10) == ErrorCode::kFile);  // of another width
  EXPECT(restore(1, 9) == ErrorCode::kFile);   // of a sample that is not there
  EXPECT(restore(1, 10, 3) == ErrorCode::kFile);
  for (const auto size : {std::filesystem::file_size(path) - 1, uintmax_t{64}, uintmax_t{0}}) {
    std::filesystem::resize_file(path, size);
    EXPECT(restore(1, 10) == ErrorCode::kFile);
    EXPECT(target.rows == 0);
  }
  EXPECT(code_of([&] { session.restore_features(folder.file("none"), 1, {}, target, {}); }) == ErrorCode::kFile);
}

TEST("parts of files are shown where they lie: no copy of them is made, and they are the same to the bit") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  Features all = of_layers(1);
  const int64_t width = 48, part = 1 << 14, parts = 4;  // 3 MB each
  append(all, torch::randn({parts * part + 5, width}), torch::zeros({parts * part + 5}, at::kLong));
  const std::vector<int32_t> samples(static_cast<size_t>(part), 0);
  const auto begins = std::vector<int64_t>{0, 5, 5 + part, 5 + 2 * part, 5 + 3 * part};  // the first of 5 rows alone
  for (size_t i = 0; i < begins.size(); ++i) {
    const auto end = i + 1 < begins.size() ? begins[i + 1] : all.rows;
    const std::vector<int32_t> own(static_cast<size_t>(end - begins[i]), 0);
    session.write_features(all, begins[i], end, own, begins[i], folder.file(std::to_string(i)));
  }
  auto shown = of_layers(1);
  shown.most_mapped = all.rows;
  device_memory(at::kCPU);
  const auto before = device_memory(at::kCPU).peak;
  for (size_t i = 0; i < begins.size(); ++i)
    session.restore_features(folder.file(std::to_string(i)), i == 0 ? 5 : part, {1}, shown, {});
  const auto taken = device_memory(at::kCPU).peak - before;
  EXPECT_NOTE(std::to_string(taken), taken < 2'000'000);  // labels; the values are 12.6 MB
  EXPECT(shown.mapped && shown.rows == all.rows && shown.values.data_ptr() == shown.mapped->kept().data());
  EXPECT(rows_of(shown).equal(rows_of(all)));
  EXPECT(shown.labels.narrow(0, 0, shown.rows).eq(1).all().item<bool>());
  EXPECT(rows_at(shown, at::tensor({7L, 0L})).equal(rows_at(all, at::tensor({7L, 0L}))));
  std::filesystem::remove(folder.file("2"));
  EXPECT(session.predict_on_features(shown, 0, shown.rows).equal(session.predict_on_features(all, 0, all.rows)));
  auto copied = of_layers(1);
  session.append_rows(shown, copied);
  EXPECT(rows_of(copied).equal(rows_of(all)));
}

TEST("rows in memory, or of a file written for another place, end the showing: all are copied then") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  const auto features = features_of(session);
  for (const int64_t place : {0, 1}) session.write_features(features, 0, 2, {0, 0}, place, folder.file(std::to_string(place)));
  const auto expected = torch::cat({rows_of(features).narrow(0, 0, 2), rows_of(features).narrow(0, 0, 2)});
  for (const bool in_memory : {false, true}) {
    auto shown = of_layers(1);
    shown.most_mapped = 8;
    session.restore_features(folder.file("0"), 2, {1}, shown, {});
    EXPECT(shown.mapped);
    if (in_memory) append(shown, rows_of(features).narrow(0, 0, 2), torch::ones({2}, at::kLong));
    else session.restore_features(folder.file("1"), 2, {1}, shown, {});
    EXPECT(!shown.mapped && rows_of(shown).equal(expected));
    session.restore_features(folder.file("0"), 2, {1}, shown, {});
    EXPECT(shown.rows == 6 && !shown.mapped);
  }
}

TEST("a damaged part that would be shown is refused, and its place is free for what is made anew") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  const auto features = features_of(session);
  for (const auto* name : {"whole", "harmed"}) session.write_features(features, 0, 2, {0, 0}, 0, folder.file(name));
  auto bytes = test::read_bytes(folder.file("harmed"));
  bytes[3] ^= 1;
  test::write_bytes(folder.file("harmed"), bytes.data(), bytes.size());
  auto shown = of_layers(1);
  shown.most_mapped = 2;
  EXPECT(code_of([&] { session.restore_features(folder.file("harmed"), 2, {1}, shown, {}); }) == ErrorCode::kFile);
  EXPECT(shown.rows == 0);
  CancelSource source;
  const auto cancelled = source.token();
  source.cancel();
  EXPECT(code_of([&] { session.restore_features(folder.file("whole"), 2, {1}, shown, cancelled); }) == ErrorCode::kCancelled);
  session.restore_features(folder.file("whole"), 2, {1}, shown, {});
  EXPECT(shown.mapped && rows_of(shown).equal(rows_of(features).narrow(0, 0, 2)));
}

TEST("what cannot be written is refused and leaves no file") {
  const test::ScratchFolder folder;
  auto session = tiny_session();
  const auto features = features_of(session);
  const auto write = [&](int64_t begin, int64_t end, const std::vector<int32_t>& samples, const std::string& path) {
    return code_of([&] { session.write_features(features, begin, end, samples, 0, path); });
  };
  EXPECT(write(-1, 2, {0, 1, 2}, folder.file("part")) == ErrorCode::kArgument);
  EXPECT(write(1, 1, {}, folder.file("part")) == ErrorCode::kArgument);
  EXPECT(write(0, features.rows + 1, {}, folder.file("part")) == ErrorCode::kArgument);
  EXPECT(write(0, 2, {0}, folder.file("part")) == ErrorCode::kArgument);  // a row without a sample
  EXPECT(write(0, 2, {0, 1}, folder.file("no/folder")) == ErrorCode::kFile);
  EXPECT(folder.names().empty());
}

TEST_MAIN
