#include "corrupt/corruption.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "corrupt/fingerprint.h"
#include "corrupt/noise.h"
#include "corrupt/severities.h"

namespace ijepa {

namespace {

constexpr std::array<std::string_view, 19> kNames{
    "gaussian_noise", "shot_noise",        "impulse_noise", "defocus_blur",     "glass_blur",    "motion_blur",   "zoom_blur",
    "snow",           "frost",             "fog",           "brightness",       "contrast",      "elastic_transform",
    "pixelate",       "jpeg_compression",  "speckle_noise", "gaussian_blur",    "spatter",       "saturate"};

double between(Random& random, double low, double high) { return low + (high - low) * random.uniform(); }

// One corruption of one picture.
class Corruptor {
 public:
  Corruptor(const Planes& picture, const Corruption& corruption)
      : picture_(picture),
        scale_(scale_of(picture.height, picture.width)),
        severity_(corruption.severity),
        random_{corruption.seed, fingerprint(picture), static_cast<uint64_t>(corruption.kind),
                static_cast<uint64_t>(corruption.severity)} {}

  void apply(CorruptionKind kind) {
    using namespace severities;
    const int64_t area = picture_.area();
    switch (kind) {
      case CorruptionKind::kGaussianNoise: return gaussian_noise(picture_, at(kGaussianNoise), draw_normals(random_, 3 * area));
      case CorruptionKind::kShotNoise: return shot_noise(picture_, at(kShotNoise), random_);
      case CorruptionKind::kImpulseNoise: return impulse();
      case CorruptionKind::kDefocusBlur: return defocus_blur(picture_, at(kDefocusBlur));
      case CorruptionKind::kGlassBlur: return glass();
      case CorruptionKind::kMotionBlur: return motion_blur(picture_, at(kMotionBlur), between(random_, -45, 45));
      case CorruptionKind::kZoomBlur: return zoom_blur(picture_, at(kZoomBlur));
      case CorruptionKind::kSnow: return let_it_snow();
      case CorruptionKind::kFrost: return freeze();
      case CorruptionKind::kFog: return fog(picture_, at(kFog), draw_uniforms(random_, fog_draws()));
      case CorruptionKind::kBrightness: return raise_brightness(picture_, at(kBrightness));
      case CorruptionKind::kContrast: return lower_contrast(picture_, at(kContrast));
      case CorruptionKind::kElasticTransform: return elastic();
      case CorruptionKind::kPixelate: return pixelate(picture_, at(kPixelate));
      case CorruptionKind::kJpegCompression: return compress_jpeg(picture_, at(kJpeg));
      case CorruptionKind::kSpeckleNoise: return speckle_noise(picture_, at(kSpeckleNoise), draw_normals(random_, 3 * area));
      case CorruptionKind::kGaussianBlur: return gaussian_blur(picture_, at(kGaussianBlur));
      case CorruptionKind::kSpatter: return spatter(picture_, at(kSpatter), draw_normals(random_, area));
      case CorruptionKind::kSaturate: return change_saturation(picture_, at(kSaturate));
    }
  }

 private:
  template <typename T>
  const T& at(const Severities<T>& severities) const { return severities.at(scale_, severity_); }

  int64_t fog_draws() const {
    const int64_t side = fog_side(picture_.height, picture_.width);
    return side * side;
  }

  void impulse() {
    const auto hits = draw_uniforms(random_, 3 * picture_.area()), colours = draw_uniforms(random_, 3 * picture_.area());
    impulse_noise(picture_, at(severities::kImpulseNoise), hits, colours);
  }

  void glass() {
    const Glass& glass = at(severities::kGlassBlur);
    glass_blur(picture_, glass, draw_offsets(random_, glass, picture_.height, picture_.width));
  }

  void let_it_snow() {
    const auto normals = draw_normals(random_, picture_.area());
    snow(picture_, at(severities::kSnow), normals, between(random_, -135, -45));
  }

  void freeze() {
    const double distance = scale_ == Scale::kImageNet ? 1 : 0.2;  // CIFAR-10-C's frost is a fifth as large
    auto overlay = draw_frost(random_, picture_.height, picture_.width, distance);
    frost(picture_, at(severities::kFrost), {overlay.data(), picture_.height, picture_.width});
  }

  void elastic() {
    const auto across = draw_uniforms(random_, picture_.area()), down = draw_uniforms(random_, picture_.area());
    std::array<double, 6> points;
    for (double& value : points) value = random_.uniform();
    elastic_transform(picture_, elastic_of_severity(), across, down, points);
  }

  Elastic elastic_of_severity() const {
    const auto index = static_cast<size_t>(severity_ - 1);
    if (scale_ == Scale::kImageNet)
      return elastic_by_sides(severities::kElastic[index], picture_.height, picture_.width);
    const auto& [strength, sigma, jitter] = severities::kCifarElastic[index];
    const auto side = static_cast<double>(std::min(picture_.height, picture_.width));
    return {1, sigma * side, sigma * side, strength * side, jitter * side};
  }

  Planes picture_;
  Scale scale_;
  int severity_;
  Random random_;
};

}  // namespace

std::optional<CorruptionKind> corruption_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<CorruptionKind>(found - kNames.begin());
}

void corrupt(const Planes& picture, const Corruption& corruption) {
  IJEPA_CHECK(corruption.severity >= 0 && corruption.severity <= 5, ErrorCode::kArgument,
              "Expected a severity of 1 to 5, or 0 for none, got " + std::to_string(corruption.severity));
  if (corruption.severity > 0) Corruptor(picture, corruption).apply(corruption.kind);
}

}  // namespace ijepa
