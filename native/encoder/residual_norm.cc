#include "encoder/residual_norm.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/cpu_clones.h"
#include "base/linear.h"
#include "base/parallel.h"
#include "encoder/vector_elements.h"

namespace ijepa {

namespace {

using torch::autograd::AutogradContext;
using Vector = Tile<16, 1, 1>;
using Floats = Vector::Floats;
constexpr int64_t kLanes = Vector::kLanes;
constexpr int64_t kRows = 64;  // worked on at a time: what is added up over rows has the same order with any threads

struct Shape {
  int64_t rows, tokens, dim;  // rows of all images
  int64_t pieces() const { return (rows + kRows - 1) / kRows; }
};

// ---- Rows [begin, end), of elements of the branch and of the normed result ----

template <typename Element>
struct ForwardRows {
  const float* x;
  const Element* branch;  // or null
  const float* scale;     // or null
  const float *weight, *bias;
  float eps;
  float* sum;  // not written without a branch
  Element* normed;
  float *mean, *inverse;  // of the standard deviation
};

template <typename Element>
inline __attribute__((always_inline)) void run(const ForwardRows<Element>& of, const Shape& shape, int64_t begin,
                                               int64_t end) {
  const int64_t dim = shape.dim;
  const float share = 1 / static_cast<float>(dim);
  for (int64_t i = begin; i < end; ++i) {
    const float* row = of.x + i * dim;
    Floats total{};
    if (of.branch == nullptr) {
      for (int64_t j = 0; j < dim; j += kLanes) total += load<Floats>(row + j);
    } else {
      const float factor = of.scale == nullptr ? 1 : of.scale[i / shape.tokens];
      float* const sum = of.sum + i * dim;
      for (int64_t j = 0; j < dim; j += kLanes) {
        const Floats value = load<Floats>(row + j) + read<Vector>(of.branch + i * dim + j) * factor;
        store(sum + j, value);
        total += value;
      }
      row = sum;
    }
    const float mean = sum_of<Vector>(total) * share;
    Floats squares{};
    for (int64_t j = 0; j < dim; j += kLanes) {
      const Floats distance = load<Floats>(row + j) - mean;
      squares += distance * distance;
    }
    const float inverse = 1 / std::sqrt(sum_of<Vector>(squares) * share + of.eps);
    for (int64_t j = 0; j < dim; j += kLanes)
      write<Vector>(of.normed + i * dim + j, (load<Floats>(row + j) - mean) * inverse * load<Floats>(of.weight + j) +
                                                 load<Floats>(of.bias + j));
    of.mean[i] = mean;
    of.inverse[i] = inverse;
  }
}

template <typename Element>
struct BackwardRows {
  const float* sum_gradient;
  const Element* normed_gradient;
  const float *sum, *weight, *mean, *inverse;
  const float* scale;         // or null
  float* x_gradient;
  Element* branch_gradient;   // or null
};

// `parameters` is added to: [2, dim], the gradients of weight and bias.
template <typename Element>
inline __attribute__((always_inline)) void run(const BackwardRows<Element>& of, const Shape& shape, int64_t begin,
                                               int64_t end, float* parameters) {
  const int64_t dim = shape.dim;
  const float share = 1 / static_cast<float>(dim);
  float *const weight_gradient = parameters, *const bias_gradient = parameters + dim;
  for (int64_t i = begin; i < end; ++i) {
    const float *const row = of.sum + i * dim, *const from_sum = of.sum_gradient + i * dim;
    const Element* const from_normed = of.normed_gradient + i * dim;
    const float mean = of.mean[i], inverse = of.inverse[i];
    Floats slopes{}, products{};
    for (int64_t j = 0; j < dim; j += kLanes) {
      const Floats gradient = read<Vector>(from_normed + j), standard = (load<Floats>(row + j) - mean) * inverse;
      const Floats weighted = gradient * standard, slope = gradient * load<Floats>(of.weight + j);
      store(weight_gradient + j, load<Floats>(weight_gradient + j) + weighted);
      store(bias_gradient + j, load<Floats>(bias_gradient + j) + gradient);
      slopes += slope;
      products += slope * standard;
    }
    const float slope_mean = sum_of<Vector>(slopes) * share, product_mean = sum_of<Vector>(products) * share;
    const float factor = of.scale == nullptr ? 1 : of.scale[i / shape.tokens];
    for (int64_t j = 0; j < dim; j += kLanes) {
      const Floats standard = (load<Floats>(row + j) - mean) * inverse;
      const Floats slope = read<Vector>(from_normed + j) * load<Floats>(of.weight + j);
      const Floats gradient =
          load<Floats>(from_sum + j) + (slope - slope_mean - standard * product_mean) * inverse;
      store(of.x_gradient + i * dim + j, gradient);
      if (of.branch_gradient != nullptr) write<Vector>(of.branch_gradient + i * dim + j, gradient * factor);
    }
  }
}

IJEPA_CPU_CLONES
void run_rows(const ForwardRows<float>& of, const Shape& shape, int64_t begin, int64_t end) { run(of, shape, begin, end); }

IJEPA_CPU_CLONES
void run_rows(const ForwardRows<BFloat16Bits>& of, const Shape& shape, int64_t begin, int64_t end) {
  run(of, shape, begin, end);
}

IJEPA_CPU_CLONES
void run_rows(const BackwardRows<float>& of, const Shape& shape, int64_t begin, int64_t end, float* parameters) {
  run(of, shape, begin, end, parameters);
}

IJEPA_CPU_CLONES
void run_rows(const BackwardRows<BFloat16Bits>& of, const Shape& shape, int64_t begin, int64_t end, float* parameters) {
  run(of, shape, begin, end, parameters);
}

// ---- Tensors ----

template <typename Element>
Element* elements(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<Element*>(tensor.data_ptr()) : nullptr;
}

// Calls work(Element{}) for the elements of the dtype.
template <typename Work>
void dispatch(at::ScalarType dtype, const Work& work) {
  if (dtype == at::kFloat)
    work(float{});
  else
    work(BFloat16Bits{});
}

// Calls work(piece, begin, end) for every piece of the rows.
template <typename Work>
void for_each_piece(const Shape& shape, const Work& work) {
  at::parallel_for(0, shape.pieces(), 1, [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; ++piece)
      work(piece, piece * kRows, std::min((piece + 1) * kRows, shape.rows));
  });
}

Shape shape_of(const at::Tensor& x) { return {x.size(0) * x.size(1), x.size(1), x.size(2)}; }

struct Forward {
  at::Tensor sum, normed, mean, inverse;
};

// All contiguous; `branch` in `dtype`.
Forward forward_pass(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& scale, const at::Tensor& weight,
                     const at::Tensor& bias, double eps, at::ScalarType dtype) {
  const auto shape = shape_of(x);
  const auto statistics = at::empty({2, shape.rows}, x.options());
  const Forward result{branch.defined() ? at::empty_like(x) : x, at::empty(x.sizes(), x.options().dtype(dtype)),
                       statistics[0], statistics[1]};
  dispatch(dtype, [&]<typename Element>(Element) {
    const ForwardRows<Element> rows{.x = elements<float>(x),
                                    .branch = elements<Element>(branch),
                                    .scale = elements<float>(scale),
                                    .weight = elements<float>(weight),
                                    .bias = elements<float>(bias),
                                    .eps = static_cast<float>(eps),
                                    .sum = elements<float>(result.sum),
                                    .normed = elements<Element>(result.normed),
                                    .mean = elements<float>(result.mean),
                                    .inverse = elements<float>(result.inverse)};
    for_each_piece(shape, [&](int64_t, int64_t begin, int64_t end) { run_rows(rows, shape, begin, end); });
  });
  return result;
}

class ResidualNormFunction : public torch::autograd::Function<ResidualNormFunction> {
 public:
  // Autograd takes no undefined tensors, but empty ones of these.
  static std::vector<at::Tensor> forward(AutogradContext* context, const at::Tensor& x, const std::optional<at::Tensor>& own,
                                         const std::optional<at::Tensor>& scales, const at::Tensor& weight,
                                         const at::Tensor& bias, double eps, at::ScalarType dtype) {
    const auto branch = own.value_or(at::Tensor()), scale = scales.value_or(at::Tensor());
    const auto result = forward_pass(x, branch, scale, weight, bias, eps, dtype);
    context->save_for_backward({result.sum, scale, weight, result.mean, result.inverse});
    context->saved_data["has_branch"] = branch.defined();
    return {result.sum, result.normed};
  }

  static std::vector<at::Tensor> backward(AutogradContext* context, const std::vector<at::Tensor>& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &sum = saved[0], &scale = saved[1], &weight = saved[2], &mean = saved[3], &inverse = saved[4];
    const auto shape = shape_of(sum);
    const auto from_sum = gradients[0].contiguous(), from_normed = gradients[1].contiguous();
    const auto x_gradient = at::empty_like(sum);
    const auto branch_gradient =
        context->saved_data["has_branch"].toBool() ? at::empty_like(from_normed) : at::Tensor();
    const auto parameters = at::zeros({shape.pieces(), 2, shape.dim}, sum.options());
    dispatch(from_normed.scalar_type(), [&]<typename Element>(Element) {
      const BackwardRows<Element> rows{.sum_gradient = elements<float>(from_sum),
                                       .normed_gradient = elements<Element>(from_normed),
                                       .sum = elements<float>(sum),
                                       .weight = elements<float>(weight),
                                       .mean = elements<float>(mean),
                                       .inverse = elements<float>(inverse),
                                       .scale = elements<float>(scale),
                                       .x_gradient = elements<float>(x_gradient),
                                       .branch_gradient = elements<Element>(branch_gradient)};
      for_each_piece(shape, [&](int64_t piece, int64_t begin, int64_t end) {
        run_rows(rows, shape, begin, end, elements<float>(parameters) + piece * 2 * shape.dim);
      });
    });
    const auto of_parameters = add_up(parameters);
    return {x_gradient, branch_gradient, {}, of_parameters[0], of_parameters[1], {}, {}};
  }

 private:
  // Over the pieces [P, 2, D], one after the other.
  static at::Tensor add_up(const at::Tensor& pieces) {
    const auto sum = pieces[0].clone();
    const int64_t count = sum.numel();
    auto *const to = elements<float>(sum), *const from = elements<float>(pieces);
    for (int64_t i = count; i < pieces.numel(); ++i) to[i % count] += from[i];
    return sum;
  }
};

bool is_fused(const at::Tensor& x, at::ScalarType dtype) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && (dtype == at::kFloat || dtype == at::kBFloat16) &&
         x.size(2) % kLanes == 0;
}

}  // namespace

std::pair<at::Tensor, at::Tensor> residual_norm(const at::Tensor& x, const at::Tensor& branch, const at::Tensor& scale,
                                                torch::nn::LayerNormImpl& norm) {
  const auto dtype = compute_dtype(x);
  const double eps = norm.options.eps();
  if (!is_fused(x, dtype)) {
    const auto scaled = branch.defined() && scale.defined() ? branch * scale : branch;
    const auto sum = branch.defined() ? x + scaled : x;
    return {sum, norm.forward(sum).to(dtype)};
  }
  const auto input = x.contiguous(), own = branch.defined() ? branch.to(dtype).contiguous() : branch,
             scales = scale.defined() ? scale.contiguous() : scale;
  if (!at::GradMode::is_enabled()) {
    const auto result = forward_pass(input, own, scales, norm.weight, norm.bias, eps, dtype);
    return {result.sum, result.normed};
  }
  const auto given = [](const at::Tensor& tensor) {
    return tensor.defined() ? std::optional(tensor) : std::nullopt;
  };
  const auto results = ResidualNormFunction::apply(input, given(own), given(scales), norm.weight, norm.bias, eps, dtype);
  return {results[0], results[1]};
}

}  // namespace ijepa
