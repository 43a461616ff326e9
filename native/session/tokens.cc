// The frozen part of an encoder computed once for each sample, kept on the disk, and trained on.

#include <algorithm>
#include <utility>

#include "session/session.h"
#include "session/state.h"

namespace ijepa {

void Session::State::check_frozen(const Prefix& prefix) const {
  const auto depth = encoder->shape().depth;
  IJEPA_CHECK(config.layers == 1, ErrorCode::kArgument, "Expected a head on the last block alone");
  IJEPA_CHECK(training && prefix.blocks > 0 && prefix.blocks <= encoder->frozen_blocks(), ErrorCode::kArgument,
              "Expected blocks that do not train, with all before them");
  const bool head_alone = std::ranges::all_of(
      parameters, [](const NamedTensor& p) { return p.first.starts_with("head.") || !p.second.requires_grad(); });
  IJEPA_CHECK(!prefix.pooled || (prefix.blocks == depth && head_alone), ErrorCode::kArgument,
              "Expected that the head alone trains, for pooled features");
}

void Session::State::check_tokens() const {
  IJEPA_CHECK(!tokens.empty(), ErrorCode::kArgument, "Expected openTokens() before rows of them");
  check_frozen(tokens.prefix());
}

at::Tensor Session::State::prefix_output(const at::Tensor& images, const Prefix& prefix, const CancelToken& cancel) {
  const auto tokens = encoder->run_blocks(encoder->embed(images), 0, prefix.blocks, {.cancel = cancel});
  return prefix.pooled ? pooled(tokens) : tokens;
}

void Session::create_tokens(const std::string& path, const Prefix& prefix) {
  state_->check_frozen(prefix);
  state_->token_writer.emplace(path, prefix);
  state_->written_prefix = prefix;
}

void Session::append_tokens(const Batch& batch, const CancelToken& cancel) {
  IJEPA_CHECK(state_->token_writer, ErrorCode::kArgument, "Expected createTokens() before appendTokens()");
  state_->check_frozen(state_->written_prefix);
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const auto precision = state_->training->precision;
  const StageClock clock(Stage::kPredict, batch.size(), state_->device);
  at::Tensor values;
  {
    const AutocastGuard autocast(state_->device.type(), precision);
    const auto uploaded = state_->upload(batch);
    values = state_->in_parts(batch.size(), [&](int64_t begin, int64_t count) {
      const auto images = state_->upload.normalized(uploaded, begin, count);
      return state_->prefix_output(images, state_->written_prefix, cancel).to(at::kCPU, kept_dtype(precision));
    });
  }
  state_->token_writer->append({values, batch.labels, batch.samples});
}

void Session::commit_tokens() {
  IJEPA_CHECK(state_->token_writer, ErrorCode::kArgument, "Expected createTokens() before commitTokens()");
  state_->token_writer->commit();
  state_->token_writer.reset();
}

std::vector<int32_t> Session::open_tokens(const std::string& path, const TokenReading& reading, const CancelToken& cancel) {
  auto file = std::make_unique<TokenFile>(path);
  const auto& shape = state_->encoder->shape();
  auto expected = std::vector{shape.rows() * shape.columns(), shape.embed_dim};
  if (file->prefix().pooled) expected.erase(expected.begin());
  auto samples = file->samples();
  const bool fits = reading.rows == 0 || static_cast<int64_t>(samples.size()) == reading.rows;
  IJEPA_CHECK(file->row_shape() == expected && fits, ErrorCode::kFile,
              "'" + path + "' was written of another encoder or data set: delete it", path);
  state_->check_frozen(file->prefix());
  if (!reading.labels.empty()) file->label(reading.labels);
  if (!reading.is_checked) file->check(cancel);
  state_->tokens.add(std::move(file));
  return samples;
}

void Session::close_tokens() {
  state_->token_writer.reset();
  state_->tokens.clear();
}

void Session::train_step_on_tokens(const std::vector<int32_t>& rows, double learning_rate, const CancelToken& cancel) {
  state_->check_tokens();
  IJEPA_CHECK(!rows.empty(), ErrorCode::kArgument, "Expected at least one row to train on");
  IJEPA_CHECK(!state_->training->mixup.is_on(), ErrorCode::kArgument, "Expected no mixup: it needs the pictures");
  const auto scope = state_->compute();
  StageClock clock(Stage::kForward, static_cast<int64_t>(rows.size()), state_->device);
  const auto read = state_->tokens.read(rows);
  check_labels(read.labels, state_->config.classes);
  state_->update([&] { return state_->examples(read, cancel); }, learning_rate, clock);
}

at::Tensor Session::predict_on_tokens(const std::vector<int32_t>& rows, const CancelToken& cancel) {
  state_->check_tokens();
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const auto count = static_cast<int64_t>(rows.size());
  const StageClock clock(Stage::kPredict, count, state_->device);
  if (count == 0) return at::empty({0, state_->config.classes});
  const auto read = state_->tokens.read(rows);
  return state_->in_parts(count, [&](int64_t begin, int64_t size) {
    return state_->token_logits(read, begin, size, {.cancel = cancel}).to(at::kCPU, at::kFloat);
  });
}

Examples Session::State::examples(const TokenRows& rows, const CancelToken& cancel) {
  const auto labels = rows.labels.to(device);
  const auto drop_path = draw_drop_path(labels.size(0));
  const auto logits = [=, this, &rows](int64_t begin, int64_t count) {
    const auto drops = drop_path.defined() ? drop_path.narrow(2, begin, count) : drop_path;
    return token_logits(rows, begin, count, {cancel, drops, training->checkpointing});
  };
  return {logits, targets(labels, rows.samples), labels, rows.samples};
}

at::Tensor Session::State::token_logits(const TokenRows& rows, int64_t begin, int64_t count, const ForwardPass& pass) {
  const auto values = rows.values.narrow(0, begin, count).to(device, at::kFloat);
  const auto [blocks, is_pooled] = tokens.prefix();
  if (is_pooled) return head->forward(values);
  return head->forward(pooled(encoder->run_blocks(values, blocks, encoder->shape().depth, pass)));
}

}  // namespace ijepa
