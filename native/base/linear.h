#pragma once

// Affine maps y = x·Wᵀ + b, shared by encoder and head, and the library that computes them on the CPU.

#include <torch/nn/module.h>

#include <array>
#include <vector>

namespace ijepa {

// What multiplies float32 matrices on the CPU: LibTorch's own choice is its BLAS (MKL, slow on AMD); the oneDNN
// inside the same LibTorch is the other; kMixed is the BLAS in training and oneDNN for predictions. For all else there is one
// way only: bfloat16 is oneDNN's, called directly, which spares the bias's own pass and lets GELU be computed within the
// product.
enum class LinearKernel { kBlas, kOneDnn, kMixed };

// What makes the products whose gradients are wanted.
inline LinearKernel training_kernel(LinearKernel kernel) {
  return kernel == LinearKernel::kMixed ? LinearKernel::kBlas : kernel;
}

// Whether oneDNN multiplies bfloat16 on this processor; where it does not, LibTorch has slow loops of its own.
bool onednn_takes_bfloat16();

// The dtype in which a matrix product of x is made now: autocast's where that is on, else that of x.
at::ScalarType compute_dtype(const at::Tensor& x);

// x [..., in], weight [out, in], bias [out], of one dtype -> [..., out]; without a gradient of its own.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, LinearKernel kernel);

// gelu(linear(…)), exact (erf), in one pass where the kernel can.
at::Tensor linear_gelu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, LinearKernel kernel);

// The gradients with respect to x, weight and bias from that of y [..., out]; undefined where not wanted.
std::vector<at::Tensor> linear_backward(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& weight,
                                        LinearKernel kernel, const std::array<bool, 3>& wanted);

// A parameter in another dtype: the copy is kept until the parameter changes.
class CastParameter {
 public:
  at::Tensor operator()(const at::Tensor& parameter, at::ScalarType dtype);

 private:
  at::Tensor copy_;
  uint32_t version_ = 0;  // of the parameter when it was copied
};

class Linear : public torch::nn::Module {
 public:
  // Registers `weight` [out, ...], whose dimensions after the first count as one, and `bias` [out]; their values are
  // left undefined, for an initialisation or a load to fill.
  explicit Linear(at::IntArrayRef weight_shape);

  at::Tensor forward(const at::Tensor& x);  // [..., in] -> [..., out]

  // As products take them: weight [out, in] and bias in `dtype`, without a gradient.
  std::pair<at::Tensor, at::Tensor> operands(at::ScalarType dtype);

  at::Tensor weight, bias;
  LinearKernel kernel = LinearKernel::kBlas;

 private:
  CastParameter cast_weight_, cast_bias_;
};

// Sets the kernel of every Linear in `module`.
void use_linear_kernel(torch::nn::Module& module, LinearKernel kernel);

}  // namespace ijepa
