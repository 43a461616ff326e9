// Corruptions against the pixels of the package imagecorruptions, given its draws.

#include "corrupt_golden.h"
#include "corrupt/noise.h"
#include "corrupt/severities.h"

using namespace ijepa;
using namespace ijepa::test;
using namespace ijepa::severities;

namespace {

// Of the mean absolute difference. Ours is float32, the package's float64 or float32; both cut off at the point.
constexpr double kGreyLevels = 0.25;
// JPEG: libraries differ by their transform; the picture's edges by float32.
constexpr double kLooser = 1;

template <typename T>
const T& imagenet(const Severities<T>& severities, int severity) {
  return severities.at(Scale::kImageNet, severity);
}

std::vector<Offset> golden_offsets(int severity) {
  const at::Tensor golden = corrupt_golden("offsets/" + std::to_string(severity));
  std::vector<Offset> offsets;
  for (int64_t i = 0; i < golden.size(0); ++i) {
    const uint8_t* const pair = golden.const_data_ptr<uint8_t>() + 2 * i;
    offsets.push_back({static_cast<int8_t>(pair[0] - 8), static_cast<int8_t>(pair[1] - 8)});
  }
  return offsets;
}

}  // namespace

TEST("noise is the package's, of the same draws") {
  const int64_t count = corrupt_golden("picture").numel();
  const auto normals = by_channel(drawn("normals", count));
  const auto hits = by_channel(drawn("uniforms", count)), colours = by_channel(drawn("uniforms", count, count));
  expect_golden("gaussian_noise", kGreyLevels, [&](const Planes& picture, int severity) {
    gaussian_noise(picture, imagenet(kGaussianNoise, severity), normals);
  });
  expect_golden("speckle_noise", kGreyLevels, [&](const Planes& picture, int severity) {
    speckle_noise(picture, imagenet(kSpeckleNoise, severity), normals);
  });
  expect_golden("impulse_noise", kGreyLevels, [&](const Planes& picture, int severity) {
    impulse_noise(picture, imagenet(kImpulseNoise, severity), hits, colours);
  });
}

TEST("blurs are the package's, of the same draws") {
  expect_golden("gaussian_blur", kGreyLevels, [](const Planes& picture, int severity) {
    gaussian_blur(picture, imagenet(kGaussianBlur, severity));
  });
  expect_golden("defocus_blur", kGreyLevels, [](const Planes& picture, int severity) {
    defocus_blur(picture, imagenet(kDefocusBlur, severity));
  });
  expect_golden("zoom_blur", kGreyLevels, [](const Planes& picture, int severity) {
    zoom_blur(picture, imagenet(kZoomBlur, severity));
  });
  expect_golden("motion_blur", kGreyLevels, [](const Planes& picture, int severity) {
    motion_blur(picture, imagenet(kMotionBlur, severity), corrupt_golden("angles").const_data_ptr<double>()[0]);
  });
  expect_golden("glass_blur", kGreyLevels, [](const Planes& picture, int severity) {
    glass_blur(picture, imagenet(kGlassBlur, severity), golden_offsets(severity));
  });
}

TEST("weather is the package's, of the same draws and overlay") {
  const int64_t area = corrupt_golden("picture").numel() / 3;
  expect_golden("snow", kGreyLevels, [&](const Planes& picture, int severity) {
    snow(picture, imagenet(kSnow, severity), drawn("normals", area), corrupt_golden("angles").const_data_ptr<double>()[1]);
  });
  expect_golden("frost", kGreyLevels, [](const Planes& picture, int severity) {
    frost(picture, imagenet(kFrost, severity), planes_of(corrupt_golden("overlay")));
  });
  expect_golden("fog", kGreyLevels, [](const Planes& picture, int severity) {
    const int64_t side = fog_side(picture.height, picture.width);
    fog(picture, imagenet(kFog, severity), drawn("uniforms", side * side - 1));
  });
  expect_golden("brightness", kGreyLevels, [](const Planes& picture, int severity) {
    raise_brightness(picture, imagenet(kBrightness, severity));
  });
  expect_golden("spatter", kGreyLevels, [&](const Planes& picture, int severity) {
    spatter(picture, imagenet(kSpatter, severity), drawn("normals", area));
  });
}

TEST("digital changes are the package's, of the same draws") {
  const int64_t area = corrupt_golden("picture").numel() / 3;
  expect_golden("contrast", kGreyLevels, [](const Planes& picture, int severity) {
    lower_contrast(picture, imagenet(kContrast, severity));
  });
  expect_golden("saturate", kGreyLevels, [](const Planes& picture, int severity) {
    change_saturation(picture, imagenet(kSaturate, severity));
  });
  expect_golden("pixelate", kGreyLevels, [](const Planes& picture, int severity) {
    pixelate(picture, imagenet(kPixelate, severity));
  });
  expect_golden("jpeg_compression", kLooser, [](const Planes& picture, int severity) {
    compress_jpeg(picture, imagenet(kJpeg, severity));
  });
  expect_golden("elastic_transform", kGreyLevels, [&](const Planes& picture, int severity) {
    const Elastic elastic = elastic_by_sides(kElastic[static_cast<size_t>(severity - 1)], picture.height, picture.width);
    elastic_transform(picture, elastic, drawn("uniforms", area), drawn("uniforms", area, area), {});
  });
}

TEST_MAIN
