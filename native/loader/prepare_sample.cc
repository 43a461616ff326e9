#include "loader/prepare_sample.h"

#include <algorithm>

#include "augment/random_crop.h"
#include "base/cpu_clones.h"

namespace ijepa {

namespace {

// One row of interleaved pixels to its three planes. Without AVX2 it takes six times as long.
IJEPA_CPU_CLONES
void split_row(const uint8_t* __restrict pixels, int64_t width, uint8_t* __restrict red, uint8_t* __restrict green,
               uint8_t* __restrict blue) {
  for (int64_t x = 0; x < width; ++x) {
    red[x] = pixels[3 * x];
    green[x] = pixels[3 * x + 1];
    blue[x] = pixels[3 * x + 2];
  }
}

// [H, W, 3] of any strides -> [3, H, W], each row from right to left where `flip`.
void write_planes(const at::Tensor& image, bool flip, uint8_t* out) {
  const int64_t height = image.size(0), width = image.size(1), plane = height * width;
  const bool is_interleaved = image.stride(1) == 3 && image.stride(2) == 1;
  const at::Tensor pixels = is_interleaved ? image : image.contiguous();
  const uint8_t* row = pixels.const_data_ptr<uint8_t>();
  for (int64_t y = 0; y < height; ++y, row += pixels.stride(0), out += width) {
    split_row(row, width, out, out + plane, out + 2 * plane);
    if (!flip) continue;
    for (int64_t c = 0; c < 3; ++c) std::reverse(out + c * plane, out + c * plane + width);
  }
}

}  // namespace

std::optional<ErasedPatch> SamplePreparer::prepare(int32_t index, uint64_t epoch, uint8_t* out) {
  const Sample& sample = table_.samples[static_cast<size_t>(index)];
  Random random{options_.seed, epoch, static_cast<uint64_t>(index)};
  StageClock clock(Stage::kRead, 1);
  const auto bytes = read_sample(table_, sample, options_.max_pixels, files_, buffer_);
  clock.next(Stage::kDecode);
  const at::Tensor image = options_.resize == ResizeMode::kCrop ? crop(bytes, sample, random, clock)
                                                                : fit(bytes, sample, clock);
  clock.next(Stage::kAugment);
  write_planes(image, random.uniform() < options_.flip, out);
  const Augmentation& augmentation = options_.augmentation;
  const Planes picture{out, options_.height, options_.width};
  if (options_.corruption) corrupt(picture, *options_.corruption);
  if (options_.perturbation) perturb(picture, *options_.perturbation, scratch_);
  for (const DrawnOperation& operation : draw_rand_augment(random, augmentation.rand_augment))
    apply(operation, picture, options_.interpolation, augmentation.fill(), scratch_);
  for (const JitterStep& step : draw_color_jitter(random, augmentation.color_jitter)) apply(step, picture);
  return draw_erasing(random, {options_.height, options_.width}, augmentation.erasing);
}

at::Tensor SamplePreparer::decode(std::span<const uint8_t> bytes, const Sample& sample) const {
  if (sample.format != SampleFormat::kEncoded) return raw_pixels(bytes, sample, decode_options());
  return Picture(bytes, decode_options()).decode();
}

// The box is drawn from the size in the header, so that both ways of decoding cut the same one.
at::Tensor SamplePreparer::crop(std::span<const uint8_t> bytes, const Sample& sample, Random& random,
                                StageClock& clock) const {
  const RandomCrop limits{options_.scale_min, options_.scale_max, options_.ratio_min, options_.ratio_max, options_.retries};
  const ImageSize target{options_.height, options_.width};
  if (sample.format == SampleFormat::kEncoded && options_.decoding == Decoding::kFast) {
    Picture picture(bytes, decode_options());
    const Box box = draw_crop(random, {picture.height(), picture.width()}, limits);
    const at::Tensor region = picture.decode_region(box, target.height, target.width);
    clock.next(Stage::kResize);
    return resize(region, target, options_.interpolation);
  }
  const at::Tensor image = decode(bytes, sample);
  const Box box = draw_crop(random, {image.size(0), image.size(1)}, limits);
  clock.next(Stage::kResize);
  const at::Tensor part = image.narrow(0, box.top, box.height).narrow(1, box.left, box.width);
  return resize(part, target, options_.interpolation);
}

// What `fit` needs of the picture; a middle that is cut out needs no pixels far from it.
at::Tensor SamplePreparer::decode_to_fit(std::span<const uint8_t> bytes, const Sample& sample) const {
  if (sample.format != SampleFormat::kEncoded || options_.resize != ResizeMode::kShortest) return decode(bytes, sample);
  Picture picture(bytes, decode_options());
  return picture.decode_around(seen_by_resize_shortest({picture.height(), picture.width()},
                                                       {options_.height, options_.width}, options_.crop_fraction,
                                                       options_.interpolation));
}

at::Tensor SamplePreparer::fit(std::span<const uint8_t> bytes, const Sample& sample, StageClock& clock) const {
  const at::Tensor image = decode_to_fit(bytes, sample);
  clock.next(Stage::kResize);
  const ImageSize target{options_.height, options_.width};
  switch (options_.resize) {
    case ResizeMode::kSquash: return resize(image, target, options_.interpolation);
    case ResizeMode::kPad: return resize_padded(image, target, options_.interpolation);
    default: break;
  }
  return resize_shortest(image, target, options_.crop_fraction, options_.interpolation, options_.max_pixels);
}

}  // namespace ijepa
