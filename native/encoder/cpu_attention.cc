#include "encoder/cpu_attention.h"

#include <torch/csrc/autograd/custom_function.h>

#include "base/parallel.h"
#include "encoder/attention_kernel.h"

namespace ijepa {

namespace {

using torch::autograd::AutogradContext;

AttentionShape shape_of(const at::Tensor& qkv, int64_t heads) {
  return {qkv.size(1), heads, qkv.size(2) / (3 * heads)};
}

// Calls work(image, head, workspace) for every head of every image.
template <typename Work>
void for_each_head(int64_t images, const AttentionShape& shape, const Work& work) {
  const int64_t floats = attention_kernels().workspace_floats(shape);
  at::parallel_for(0, images * shape.heads, 1, [&](int64_t begin, int64_t end) {
    const auto workspace = at::empty({floats}, at::kFloat);
    for (int64_t i = begin; i < end; ++i) work(i / shape.heads, i % shape.heads, workspace.data_ptr<float>());
  });
}

// Calls work(kernel, element pointer type) for the dtype of `qkv`.
template <typename Work>
void dispatch(const at::Tensor& qkv, const Work& work) {
  const auto& kernels = attention_kernels();
  if (qkv.scalar_type() == at::kFloat) {
    work(kernels.float32, [](const at::Tensor& tensor) { return tensor.data_ptr<float>(); });
  } else {
    work(kernels.bfloat16,
         [](const at::Tensor& tensor) { return static_cast<BFloat16Bits*>(tensor.data_ptr()); });
  }
}

// `logsumexp` [B, heads, N], or undefined where nobody needs it.
at::Tensor attend(const at::Tensor& qkv, int64_t heads, const at::Tensor& logsumexp) {
  const auto shape = shape_of(qkv, heads);
  const auto out = at::empty({qkv.size(0), shape.tokens, shape.embed_dim()}, qkv.options());
  const int64_t image_size = shape.tokens * shape.embed_dim();
  float* const logs = logsumexp.defined() ? logsumexp.data_ptr<float>() : nullptr;
  dispatch(qkv, [&](const auto& kernel, const auto data) {
    for_each_head(qkv.size(0), shape, [&, in = data(qkv), to = data(out)](int64_t image, int64_t head, float* workspace) {
      kernel.forward(shape, head, in + 3 * image * image_size, to + image * image_size,
                     logs == nullptr ? nullptr : logs + image * heads * shape.tokens, workspace);
    });
  });
  return out;
}

at::Tensor attend_backward(const at::Tensor& qkv, int64_t heads, const at::Tensor& out, const at::Tensor& logsumexp,
                           const at::Tensor& out_gradient) {
  const auto shape = shape_of(qkv, heads);
  const auto gradient = at::empty_like(qkv);
  const int64_t image_size = shape.tokens * shape.embed_dim();
  const float* const logs = logsumexp.data_ptr<float>();
  dispatch(qkv, [&](const auto& kernel, const auto data) {
    for_each_head(qkv.size(0), shape,
                  [&, in = data(qkv), from = data(out), slope = data(out_gradient), to = data(gradient)](
                      int64_t image, int64_t head, float* workspace) {
                    kernel.backward(shape, head, in + 3 * image * image_size, from + image * image_size,
                                    logs + image * heads * shape.tokens, slope + image * image_size,
                                    to + 3 * image * image_size, workspace);
                  });
  });
  return gradient;
}

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv, int64_t heads) {
    const auto logsumexp = at::empty({qkv.size(0), heads, qkv.size(1)}, at::kFloat);
    const auto out = attend(qkv, heads, logsumexp);
    context->save_for_backward({qkv, out, logsumexp});
    context->saved_data["heads"] = heads;
    return out;
  }

  static std::vector<at::Tensor> backward(AutogradContext* context, const std::vector<at::Tensor>& gradients) {
    const auto saved = context->get_saved_variables();
    return {attend_backward(saved[0], context->saved_data["heads"].toInt(), saved[1], saved[2],
                            gradients[0].contiguous()),
            {}};
  }
};

}  // namespace

at::Tensor cpu_attention(const at::Tensor& qkv, int64_t heads) {
  return at::GradMode::is_enabled() && qkv.requires_grad() ? AttentionFunction::apply(qkv, heads)
                                                           : attend(qkv, heads, {});
}

}  // namespace ijepa
