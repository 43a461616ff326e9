#pragma once

// Random erasing (Z. Zhong et al., "Random Erasing Data Augmentation", 2017, arXiv 1708.04896) as timm has it: a rectangle of
// the normalised picture becomes noise or one colour.

#include <array>
#include <optional>

#include "base/batch.h"
#include "base/random.h"
#include "image/resize.h"

namespace ijepa {

// Zero in every channel, which is the mean colour; one normal draw a channel; one a pixel and channel.
enum class ErasingMode { kConst, kRand, kPixel };

struct RandomErasing {
  double probability = 0;
  ErasingMode mode = ErasingMode::kPixel;
};

// Area uniform from 0.02 to 1/3 of the picture's, height by width log-uniform from 0.3 to 1/0.3, place uniform; ten tries at
// a rectangle that is smaller than the picture both ways. `row` of what is given back is 0.
std::optional<ErasedPatch> draw_erasing(Random& random, const ImageSize& picture, const RandomErasing& erasing);

// The patches in `pixels`, uint8 [B, 3, H, W], as far as 8 bits can show them: what the model will see, to look at. `mean` and
// `std` are those of the normalisation.
void paint(const std::vector<ErasedPatch>& patches, const std::array<double, 3>& mean, const std::array<double, 3>& std,
           const at::Tensor& pixels);

}  // namespace ijepa
