#include "session/explanation.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include "session/state.h"

namespace ijepa {

namespace {

// -1: none, which the loader gives to pictures without a label.
void check_label(int64_t label, int64_t classes) {
  IJEPA_CHECK(label >= -1 && label < classes, ErrorCode::kArgument,
              "Expected labels of the " + std::to_string(classes) + " classes to explain, got " + std::to_string(label));
}

}  // namespace

// The tokens of every layer that the head sees, as pooling takes them, [1, N, D] each.
std::vector<at::Tensor> Session::State::pooling_inputs(const at::Tensor& images, const ForwardPass& pass) {
  auto layers = encoder->last_blocks(images, config.layers, pass);
  if (config.pooling != Pooling::kMeanThenNorm)
    for (auto& tokens : layers) tokens = encoder->normalize(tokens);
  return layers;
}

at::Tensor Session::State::pooled_inputs(const at::Tensor& tokens) {
  if (pooler) return pooler->forward(tokens);
  return config.pooling == Pooling::kMeanThenNorm ? encoder->normalize(tokens.mean(1)) : tokens.mean(1);
}

// Rows sum to 1: what pooling has drawn from each patch, [1, N].
at::Tensor Session::State::attention(const at::Tensor& images, const std::vector<at::Tensor>& inputs,
                                     const ForwardPass& pass) {
  std::vector<at::Tensor> by_layer;
  for (const auto& drawn : encoder->attention_rollout(images, config.layers, pass))
    by_layer.push_back(pooler ? pooler->shares(inputs[0]).unsqueeze(1).matmul(drawn).squeeze(1) : drawn.mean(1));
  return at::stack(by_layer).mean(0);
}

Explanation Session::State::explain(const at::Tensor& images, int64_t label, ExplanationMethod method,
                                    const ForwardPass& pass) {
  auto inputs = pooling_inputs(images, pass);
  const at::AutoGradMode grad(method == ExplanationMethod::kGradient);
  std::vector<at::Tensor> features;
  for (auto& tokens : inputs) {
    tokens = tokens.detach().requires_grad_(at::GradMode::is_enabled());
    features.push_back(pooled_inputs(tokens));
  }
  const auto logits = head->forward(at::cat(features, 1));
  const auto answer = logits.detach().to(at::kCPU, at::kFloat);
  if (method == ExplanationMethod::kAttention) return {attention(images, inputs, pass).cpu(), answer};
  const int64_t explained = label < 0 ? answer.argmax(1).item<int64_t>() : label;
  const auto gradients = torch::autograd::grad({logits.select(1, explained).sum()}, inputs);
  const at::NoGradGuard no_grad;
  auto weights = at::zeros({1, inputs[0].size(1)}, inputs[0].options());
  for (size_t i = 0; i < inputs.size(); ++i) weights += (gradients[i] * inputs[i]).sum(2);
  return {weights.cpu(), answer};
}

Explanation Session::explain(const Batch& batch, ExplanationMethod method, const CancelToken& cancel) {
  IJEPA_CHECK(!state_->neighbors, ErrorCode::kArgument, "Votes of neighbours have no gradient to explain them by");
  const auto* labels = batch.labels.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < batch.size(); ++i) check_label(labels[i], state_->config.classes);
  const auto scope = state_->compute();
  const at::NoGradGuard no_grad;
  const auto uploaded = state_->upload(batch);
  std::vector<at::Tensor> weights, logits;
  for (int64_t i = 0; i < batch.size(); ++i) {
    const auto one = state_->explain(state_->upload.normalized(uploaded, i, 1), labels[i], method, {.cancel = cancel});
    weights.push_back(one.weights);
    logits.push_back(one.logits);
  }
  return {at::cat(weights), at::cat(logits)};
}

}  // namespace ijepa
