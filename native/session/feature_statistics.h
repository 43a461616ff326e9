#pragma once

// What a set of features says of the encoder that made them: how many directions it uses, and how far pictures lie apart.

#include <vector>

#include "base/cancel.h"
#include "session/neighbors.h"

namespace ijepa {

struct FeatureStatistics {
  // Largest first, one for each column: of the features as they are, and of their differences from their mean.
  std::vector<double> singular_values, centred_singular_values;
  // L2 norms of the rows: mean and sample deviation.
  double norm = 0, norm_deviation = 0;
  // Sample deviation of a column of the rows at length 1, mean over the columns, times √columns: 0 when all pictures give one
  // direction, 1 when directions are spread evenly (Chen and He 2021, arXiv:2011.10566, figure 2).
  double spread = 0;
};

// Of the last `columns` columns, in float64 from their products: singular values below 1e-8 of the largest are rounding. Two rows
// at least, all finite: else it throws Error (kArgument).
FeatureStatistics feature_statistics(const ChosenRows& chosen, int64_t columns, const CancelToken& cancel);

}  // namespace ijepa
