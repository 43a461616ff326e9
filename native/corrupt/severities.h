#pragma once

// How strong each corruption is at severities 1 to 5: as published for ImageNet-C (D. Hendrycks and T. Dietterich, ICLR 2019;
// the package imagecorruptions 1.1.2 has the same) and, for small pictures, for CIFAR-10-C (the same authors' make_cifar_c.py).

#include <array>

#include "corrupt/blur.h"
#include "corrupt/digital.h"
#include "corrupt/elastic.h"
#include "corrupt/fog.h"
#include "corrupt/frost.h"
#include "corrupt/snow.h"
#include "corrupt/spatter.h"

namespace ijepa {

// Which of the two: that whose pictures, of 224 or 32 pixels, are nearer by ratio to the shorter side; 85 and more: ImageNet's.
enum class Scale { kImageNet, kCifar };
inline Scale scale_of(int64_t height, int64_t width) {
  return std::min(height, width) >= 85 ? Scale::kImageNet : Scale::kCifar;
}

template <typename T>
struct Severities {
  std::array<T, 5> imagenet, cifar;

  const T& at(Scale scale, int severity) const {
    return (scale == Scale::kImageNet ? imagenet : cifar)[static_cast<size_t>(severity - 1)];
  }
};

namespace severities {

inline constexpr Severities<double> kGaussianNoise{{.08, .12, .18, .26, .38}, {.04, .06, .08, .09, .10}};
inline constexpr Severities<double> kShotNoise{{60, 25, 12, 5, 3}, {500, 250, 100, 75, 50}};
inline constexpr Severities<double> kImpulseNoise{{.03, .06, .09, .17, .27}, {.01, .02, .03, .05, .07}};
inline constexpr Severities<double> kSpeckleNoise{{.15, .2, .35, .45, .6}, {.06, .1, .12, .16, .2}};
inline constexpr Severities<double> kGaussianBlur{{1, 2, 3, 4, 6}, {.4, .6, .7, .8, 1}};
inline constexpr Severities<Defocus> kDefocusBlur{{{{3, .1}, {4, .5}, {6, .5}, {8, .5}, {10, .5}}},
                                                  {{{.3, .4}, {.4, .5}, {.5, .6}, {1, .2}, {1.5, .1}}}};
inline constexpr Severities<Glass> kGlassBlur{{{{.7, 1, 2}, {.9, 2, 1}, {1, 2, 3}, {1.1, 3, 2}, {1.5, 4, 2}}},
                                              {{{.05, 1, 1}, {.25, 1, 1}, {.4, 1, 1}, {.25, 1, 2}, {.4, 1, 2}}}};
inline constexpr Severities<Motion> kMotionBlur{{{{10, 3}, {15, 5}, {15, 8}, {15, 12}, {20, 15}}},
                                                {{{6, 1}, {6, 1.5}, {6, 2}, {8, 2}, {9, 2.5}}}};
inline constexpr Severities<Zoom> kZoomBlur{{{{1.11, .01}, {1.16, .01}, {1.21, .02}, {1.26, .02}, {1.31, .03}}},
                                            {{{1.06, .01}, {1.11, .01}, {1.16, .01}, {1.21, .01}, {1.26, .01}}}};
inline constexpr Severities<Snow> kSnow{{{{.1, .3, 3, .5, {10, 4}, .8},
                                          {.2, .3, 2, .5, {12, 4}, .7},
                                          {.55, .3, 4, .9, {12, 8}, .7},
                                          {.55, .3, 4.5, .85, {12, 8}, .65},
                                          {.55, .3, 2.5, .85, {12, 12}, .55}}},
                                        {{{.1, .2, 1, .6, {8, 3}, .95},
                                          {.1, .2, 1, .5, {10, 4}, .9},
                                          {.15, .3, 1.75, .55, {10, 4}, .9},
                                          {.25, .3, 2.25, .6, {12, 6}, .85},
                                          {.3, .3, 1.25, .65, {14, 12}, .8}}}};
inline constexpr Severities<Frost> kFrost{{{{1, .4}, {.8, .6}, {.7, .7}, {.65, .7}, {.6, .75}}},
                                          {{{1, .2}, {1, .3}, {.9, .4}, {.85, .4}, {.75, .45}}}};
inline constexpr Severities<Fog> kFog{{{{1.5, 2}, {2, 2}, {2.5, 1.7}, {2.5, 1.5}, {3, 1.4}}},
                                      {{{.2, 3}, {.5, 3}, {.75, 2.5}, {1, 2}, {1.5, 1.75}}}};
inline constexpr Severities<double> kBrightness{{.1, .2, .3, .4, .5}, {.05, .1, .15, .2, .3}};
inline constexpr Severities<double> kContrast{{.4, .3, .2, .1, .05}, {.75, .5, .4, .3, .15}};
inline constexpr Severities<double> kPixelate{{.6, .5, .4, .3, .25}, {.95, .9, .85, .75, .65}};
inline constexpr Severities<int> kJpeg{{25, 18, 15, 10, 7}, {80, 65, 58, 50, 40}};
inline constexpr Severities<Spatter> kSpatter{{{{.65, .3, 4, .69, .6, false},
                                                {.65, .3, 3, .68, .6, false},
                                                {.65, .3, 2, .68, .5, false},
                                                {.65, .3, 1, .65, 1.5, true},
                                                {.67, .4, 1, .65, 1.5, true}}},
                                              {{{.62, .1, .7, .7, .5, false},
                                                {.65, .1, .8, .7, .5, false},
                                                {.65, .3, 1, .69, .5, false},
                                                {.65, .1, .7, .69, .6, true},
                                                {.65, .1, .5, .68, .6, true}}}};
inline constexpr Severities<Saturation> kSaturate{{{{.3, 0}, {.1, 0}, {2, 0}, {5, .1}, {20, .2}}},
                                                  {{{.3, 0}, {.1, 0}, {1.5, 0}, {2, .1}, {2.5, .2}}}};

// Strengths; the rest is in proportion to the sides (elastic_by_sides).
inline constexpr std::array<double, 5> kElastic{250 * .05, 250 * .065, 250 * .085, 250 * .1, 250 * .12};

// Strength, deviation and jitter, of the shorter side.
struct CifarElastic {
  double strength, sigma, jitter;
};
inline constexpr std::array<CifarElastic, 5> kCifarElastic{
    {{0, 0, .08}, {.05, .2, .07}, {.08, .06, .06}, {.1, .04, .05}, {.1, .03, .03}}};

}  // namespace severities

}  // namespace ijepa
