#pragma once

// Linear filters with the borders of SciPy and OpenCV.

#include "corrupt/plane.h"

namespace ijepa {

// Deviations in pixels; 0 leaves a direction as it is.
struct Gaussian {
  double down, across;
  Border border = Border::kNearest;
  double truncate = 4;  // the filter's radius in deviations
};

// scipy.ndimage.gaussian_filter.
void smooth(Plane& plane, const Gaussian& gaussian);

// skimage.filters.gaussian of every channel.
void smooth(const Planes& picture, double sigma);

// cv2.filter2D: the correlation with a kernel of odd sides, its middle on each pixel, borders reflected without the edge.
Plane correlate(const Plane& plane, const Plane& kernel);

}  // namespace ijepa
