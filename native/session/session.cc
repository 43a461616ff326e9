#include "session/session.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "encoder/attention_kernel.h"
#include "session/state.h"

namespace ijepa {

namespace {

const SessionConfig& checked(const SessionConfig& config) {
  IJEPA_CHECK(config.classes > 0, ErrorCode::kArgument, "Expected at least one class");
  IJEPA_CHECK(config.layers > 0 && config.layers <= config.depth, ErrorCode::kArgument,
              "Expected layers from 1 to depth (" + std::to_string(config.depth) + ")");
  IJEPA_CHECK(config.layers == 1 || !is_attentive(config.pooling), ErrorCode::kArgument,
              "Expected one layer for attention pooling");
  IJEPA_CHECK(config.threads > 0, ErrorCode::kArgument, "Expected at least one thread");
  IJEPA_CHECK(config.head_init >= 0, ErrorCode::kArgument, "Expected headInit of at least 0");
  IJEPA_CHECK(std::ranges::all_of(config.std, [](double std) { return std > 0; }), ErrorCode::kArgument,
              "Expected the deviations of the pixels' normalisation above 0");
  return config;
}

EncoderShape encoder_shape(const SessionConfig& config) {
  return {.embed_dim = config.embed_dim,
          .depth = config.depth,
          .heads = config.heads,
          .mlp_dim = config.mlp_dim,
          .patch_size = config.patch_size,
          .image_height = config.image_height,
          .image_width = config.image_width,
          .layer_norm_eps = config.layer_norm_eps};
}

std::shared_ptr<AttentivePooler> make_pooler(const SessionConfig& config) {
  if (config.pooling == Pooling::kVJepaAttentive)
    return std::make_shared<AttentivePooler>(vjepa_pooler(config.embed_dim, config.heads));
  if (config.pooling == Pooling::kCapiAttentive) return std::make_shared<AttentivePooler>(capi_pooler(config.embed_dim));
  return nullptr;
}

}  // namespace

Session::State::State(const SessionConfig& given)
    : config(checked(given)),
      device(to_device(config.device)),
      generator(at::make_generator<at::CPUGeneratorImpl>(config.seed)),
      encoder(std::make_shared<VisionTransformer>(encoder_shape(config))),
      pooler(make_pooler(config)),
      head(std::make_shared<LinearHead>(config.layers * config.embed_dim, config.classes, config.normalize_rows)),
      upload(device, config.mean, config.std),
      meter(device) {
  const auto scope = compute();
  use_linear_kernel(*encoder, config.linear_kernel);
  encoder->initialize(generator);
  if (pooler) {
    use_linear_kernel(*pooler, config.linear_kernel);
    pooler->initialize(generator);
    pooler->to(device);
  }
  head->initialize(config.head_init, generator);
  encoder->to(device);
  head->to(device);
  list_parameters();
}

void Session::State::list_parameters() {
  parameters.clear();
  for (const auto& [name, values] : encoder->named_parameters().pairs())
    parameters.emplace_back(name, values);
  if (pooler)
    for (const auto& [name, values] : pooler->named_parameters().pairs()) parameters.emplace_back("pooler." + name, values);
  for (const auto& [name, values] : head->named_parameters().pairs())
    parameters.emplace_back("head." + name, values);
  for (auto& [name, values] : parameters) values.requires_grad_(false);
}

void Session::State::replace_head(int64_t columns) {
  IJEPA_CHECK(!training, ErrorCode::kArgument, "The head of a session whose training is configured cannot be replaced");
  const auto layers = columns / config.embed_dim;
  IJEPA_CHECK(layers > 0 && layers <= config.depth && columns == layers * config.embed_dim, ErrorCode::kArgument,
              "Expected a head on whole blocks of this session's features");
  auto next = std::make_shared<LinearHead>(columns, config.classes, head->normalizes());
  next->to(device);
  if (head->mean.defined()) {
    const auto kept = head->mean.size(0);
    IJEPA_CHECK(columns <= kept, ErrorCode::kArgument,
                "Expected a head on at most the " + std::to_string(kept) + " columns that are standardised");
    next->mean = head->mean.narrow(0, kept - columns, columns).clone();
    next->deviation = head->deviation.narrow(0, kept - columns, columns).clone();
  }
  head = std::move(next);
  neighbors.reset();
  config.layers = layers;
  list_parameters();
}

at::Tensor Session::State::features(const at::Tensor& images, int64_t layers, const ForwardPass& pass) {
  std::vector<at::Tensor> by_layer;
  for (const auto& tokens : encoder->last_blocks(images, layers, pass)) by_layer.push_back(pooled(tokens));
  return layers == 1 ? by_layer.front() : at::cat(by_layer, 1);
}

at::Tensor Session::State::pooled(const at::Tensor& tokens) {
  if (pooler) return pooler->forward(encoder->normalize(tokens));
  return pool(tokens, config.pooling, [this](const at::Tensor& x) { return encoder->normalize(x); });
}

at::Tensor Session::State::logits(const at::Tensor& features, const CancelToken& cancel) {
  if (!neighbors) return head->forward(features);
  return neighbors->logits(head->prepared(features), config.classes, config.linear_kernel, cancel);
}

at::Tensor Session::State::in_parts(int64_t rows,
                                    const std::function<at::Tensor(int64_t begin, int64_t count)>& part) {
  while (true) {
    const auto step = std::min(rows, most_rows);
    try {
      std::vector<at::Tensor> parts;
      for (int64_t begin = 0; begin < rows; begin += step) parts.push_back(part(begin, std::min(step, rows - begin)));
      return parts.size() == 1 ? parts.front() : at::cat(parts);
    } catch (const std::exception& error) {
      if (step <= 1 || !is_out_of_memory(error)) throw;
      most_rows = step / 2;
    }
  }
}

void Session::State::check(const Features& features, int64_t rows) const {
  IJEPA_CHECK(features.rows >= rows && features.rows > 0, ErrorCode::kArgument,
              "Expected at least " + std::to_string(std::max<int64_t>(rows, 1)) + " rows of features, got " +
                  std::to_string(features.rows));
  IJEPA_CHECK(features.values.size(1) == features.layers * config.embed_dim && features.values.device() == device,
              ErrorCode::kArgument, "Expected features of this session's encoder and device");
  IJEPA_CHECK(features.layers >= config.layers, ErrorCode::kArgument,
              "Expected features of " + std::to_string(config.layers) + " layers, which the head sees, got " +
                  std::to_string(features.layers));
}

at::Tensor Session::State::head_input(const Features& features) const {
  const auto width = config.layers * config.embed_dim;
  return features.values.narrow(1, features.values.size(1) - width, width);
}

Session::Session(const SessionConfig& config) : state_(std::make_unique<State>(config)) {}

Session::Session(Session&&) noexcept = default;

Session::~Session() = default;

at::Tensor Session::predict(const Batch& batch, Precision precision, const CancelToken& cancel) {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const AutocastGuard autocast(state_->device.type(), precision);
  const StageClock clock(Stage::kPredict, batch.size(), state_->device);
  const auto uploaded = state_->upload(batch);
  return state_->in_parts(batch.size(), [&](int64_t begin, int64_t count) {
    const auto features = state_->features(state_->upload.normalized(uploaded, begin, count), state_->config.layers, {.cancel = cancel});
    return state_->logits(features, cancel).to(at::kCPU, at::kFloat);
  });
}

at::Tensor Session::predict_on_features(const Features& features, int64_t begin, int64_t end) {
  state_->check(features, end);
  IJEPA_CHECK(begin >= 0 && begin <= end, ErrorCode::kArgument, "Expected 0 <= begin <= end");
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const StageClock clock(Stage::kPredict, end - begin, state_->device);
  return state_->logits(state_->head_input(features).narrow(0, begin, end - begin).to(at::kFloat), {}).cpu();
}

void Session::append_features(const Batch& batch, Features& features, Precision precision,
                              const CancelToken& cancel) {
  IJEPA_CHECK(features.layers > 0 && features.layers <= state_->config.depth, ErrorCode::kArgument,
              "Expected features of at most " + std::to_string(state_->config.depth) + " layers");
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const AutocastGuard autocast(state_->device.type(), precision);
  const StageClock clock(Stage::kPredict, batch.size(), state_->device);
  const auto uploaded = state_->upload(batch);
  const auto pooled = state_->in_parts(batch.size(), [&](int64_t begin, int64_t count) {
    return state_->features(state_->upload.normalized(uploaded, begin, count), features.layers, {.cancel = cancel}).to(kept_dtype(precision));
  });
  append(features, pooled, batch.labels);
}

void Session::standardize(const Features& features) {
  state_->check(features, 2);
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  state_->head->standardize(state_->head_input(features).narrow(0, 0, features.rows));
}

void Session::append_rows(const Features& source, Features& features) const {
  const auto scope = state_->compute();
  append(features, source);
}

void Session::append_prepared(const Features& source, Features& features) const {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  append_mapped(features, source, [&head = state_->head](const at::Tensor& rows) { return head->prepared(rows); });
}

Heads Session::create_heads(const HeadsConfig& config) const {
  return Heads(config, state_->device, state_->config.threads, state_->config.linear_kernel);
}

void Session::adopt_head(const Heads& heads, int64_t head) {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const auto [weight, bias] = heads.folded(head);
  IJEPA_CHECK(weight.size(0) == state_->config.classes, ErrorCode::kArgument, "Expected a head of this session's classes");
  state_->replace_head(weight.size(1));
  state_->head->weight.copy_(weight);
  state_->head->bias.copy_(bias);
}

at::Tensor Session::neighbor_votes(const ChosenRows& train, const ChosenRows& queries, const NeighborsConfig& config,
                                   const CancelToken& cancel) const {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  return ijepa::neighbor_votes(train, queries, config, state_->config.linear_kernel, cancel);
}

FeatureStatistics Session::feature_statistics(const ChosenRows& chosen, int64_t columns, const CancelToken& cancel) const {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  return ijepa::feature_statistics(chosen, columns, cancel);
}

Neighbors Session::nearest_rows(const ChosenRows& train, const ChosenRows& queries, int64_t columns, int64_t count,
                                const CancelToken& cancel) const {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  return ijepa::nearest_rows(train, queries, columns, count, state_->config.linear_kernel, cancel);
}

void Session::keep_neighbors(const ChosenRows& rows, const NeighborsConfig& config) {
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  IJEPA_CHECK(config.classes == state_->config.classes, ErrorCode::kArgument, "Expected this session's number of classes");
  auto head = NeighborHead::of(rows, config);
  state_->replace_head(config.columns);
  state_->neighbors = std::move(head);
}

std::string attention_instructions() { return attention_kernels().instructions; }

}  // namespace ijepa
