#include "augment/mixup.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ijepa {

namespace {

double draw_beta(double alpha, at::Generator& generator) {
  return at::_sample_dirichlet(at::full({2}, alpha, at::kDouble), generator)[0].item<double>();
}

double draw_uniform(at::Generator& generator) { return at::rand({}, generator, at::kDouble).item<double>(); }

int64_t draw_below(int64_t bound, at::Generator& generator) {
  return at::randint(bound, {}, generator, at::kLong).item<int64_t>();
}

}  // namespace

Mix draw_mix(const MixupOptions& options, const ImageSize& image, at::Generator& generator) {
  bool cuts = options.cutmix > 0;
  if (cuts && options.mixup > 0) cuts = draw_uniform(generator) < options.switch_probability;
  const double share = draw_beta(cuts ? options.cutmix : options.mixup, generator);
  if (!cuts) return {share};
  const auto y = draw_below(image.height, generator);
  return cutmix_at(share, y, draw_below(image.width, generator), image);
}

Mix cutmix_at(double share, int64_t y, int64_t x, const ImageSize& image) {
  const double side = std::sqrt(1 - share);
  const auto span = [side](int64_t centre, int64_t length) {
    const auto cut = static_cast<int64_t>(static_cast<double>(length) * side);
    const auto begin = std::max<int64_t>(centre - cut / 2, 0), end = std::min(centre + (cut + 1) / 2, length);
    return std::pair{begin, end - begin};
  };
  const auto [top, height] = span(y, image.height);
  const auto [left, width] = span(x, image.width);
  const double taken = static_cast<double>(height * width) / static_cast<double>(image.height * image.width);
  return {1 - taken, Box{top, left, height, width}};
}

void mix_images(const at::Tensor& images, const at::Tensor& partners, const Mix& mix) {
  if (mix.box) {
    const auto inside = [&box = *mix.box](const at::Tensor& all) {
      return all.narrow(2, box.top, box.height).narrow(3, box.left, box.width);
    };
    inside(images).copy_(inside(partners));
  } else {
    images.mul_(mix.share).add_(partners, 1 - mix.share);
  }
}

at::Tensor label_shares(const at::Tensor& labels, int64_t classes) {
  return at::zeros({labels.size(0), classes}, labels.options().dtype(at::kFloat)).scatter_(1, labels.unsqueeze(1), 1);
}

at::Tensor mix_shares(const at::Tensor& shares, double share) { return shares * share + shares.flip(0) * (1 - share); }

}  // namespace ijepa
