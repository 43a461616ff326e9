"""Reference values of accuracy by group, for test/unit/metrics/group-accuracy.test.ts.

    pip install torch==2.13.0 fairlearn==0.15.0 scikit-learn==1.9.1
    pip install --no-deps wilds==2.0.0
    python test/parity/groups.py test/fixtures/golden/group-accuracy.json

Which answers are right and which group each belongs to are drawn here and stored; beside them what fairlearn's MetricFrame and
WILDS' group-wise accuracy say of them.
"""

import json
import sys
from unittest.mock import MagicMock

import numpy as np
import torch
from fairlearn.metrics import MetricFrame
from sklearn.metrics import accuracy_score



def scatter(src, index, dim_size, reduce):
    """What WILDS takes of torch_scatter, which has no wheel for every torch: means of rows by index."""
    assert reduce == "mean"
    sums = torch.zeros(dim_size).index_add(0, index, src)
    return sums / torch.zeros(dim_size).index_add(0, index, torch.ones_like(src)).clamp(min=1)


# It imports torchvision for its metrics of boxes alone.
for name in ["torchvision", "torchvision.ops", "torchvision.ops.boxes", "torchvision.models.detection._utils"]:
    sys.modules[name] = MagicMock()
sys.modules["torch_scatter"] = MagicMock(scatter=scatter)

from wilds.common.metrics.all_metrics import Accuracy  # noqa: E402

# Share of right answers and number of samples of each group.
CASES = [
    [(0.9, 400), (0.6, 40)],
    [(0.5, 100), (0.55, 100), (0.45, 100)],
    [(0.97, 349), (0.6, 19), (0.75, 56), (0.93, 105)],
    [(0.0, 30), (1.0, 30)],
    [(0.8, 12), (0.8, 1200)],
]


def reference(case, seed):
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(case)), [samples for _, samples in case])
    order = random.permutation(len(groups))
    groups = groups[order]
    right = (random.random(len(groups)) < np.array([share for share, _ in case])[groups]).astype(int)
    # Class 1 is the label of all: an answer is right where it is 1.
    label = np.ones_like(right)
    frame = MetricFrame(metrics=accuracy_score, y_true=label, y_pred=right, sensitive_features=groups)
    wilds = Accuracy().compute_group_wise(
        torch.tensor(right), torch.tensor(label), torch.tensor(groups), len(case)
    )
    return {
        "groups": groups.tolist(),
        "right": right.tolist(),
        "byGroup": [float(value) for value in frame.by_group],
        "difference": float(frame.difference()),
        "ratio": float(frame.ratio()),
        "wilds": [float(wilds[f"acc_group:{group}"]) for group in range(len(case))],
        "worst": float(wilds["acc_wg"]),
    }


cases = [reference(case, seed) for seed, case in enumerate(CASES)]
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"cases": cases}, file, separators=(",", ":"))
    file.write("\n")
