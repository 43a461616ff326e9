"""Reference values of the metrics of several labels a sample, for test/unit/metrics/label-sets.test.ts.

    pip install scikit-learn==1.9.1
    python test/parity/label_sets.py test/fixtures/golden/label-set-cases.json

Logits and labels are drawn from a seed alone (drawn.py), so that only what scikit-learn says of them is stored. Ties are in them,
classes that no sample has, samples without any class, one class, and three hundred.
"""

import json
import math
import sys

import numpy as np
from drawn import draws, float32
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
)

# Rows, classes, how large logits are, what a label adds, the step they are rounded to (0: none), the share of classes that a sample
# has, every so manieth class that occurs, and the threshold.
CASES = [
    (200, 8, 2.0, 1.5, 0, 0.25, 1, 0.5),
    (200, 8, 2.0, 1.5, 0.5, 0.25, 1, 0.5),
    (200, 8, 2.0, 1.5, 0, 0.25, 2, 0.3),
    (200, 8, 2.0, 1.5, 1, 0.1, 3, 0.8),
    (60, 1, 1.0, 1.0, 0, 0.5, 1, 0.5),
    (60, 1, 1.0, 1.0, 0.5, 0.5, 1, 0.6),
    (300, 2, 1.0, 0.5, 0, 0.05, 1, 0.5),
    (500, 20, 3.0, 2.0, 0, 0.1, 1, 0.5),
    (500, 20, 3.0, 2.0, 1, 0.1, 2, 0.25),
    (150, 300, 2.0, 3.0, 0, 0.02, 1, 0.5),
    (150, 300, 2.0, 3.0, 0.25, 0.02, 2, 0.9),
    (5, 4, 1.0, 1.0, 0, 0.4, 1, 0.5),
]


def generate(seed, rows, classes, scale, margin, step, share, present):
    """Logits and truth, both [rows, classes]; the test generates the same."""
    draw = draws(seed)
    logits, truth = np.zeros((rows, classes)), np.zeros((rows, classes), dtype=int)
    for row in range(rows):
        for c in range(classes):
            has = next(draw) < share and c % present == 0
            value = scale * (next(draw) + next(draw) + next(draw) - 2) + (margin if has else 0)
            truth[row, c] = has
            logits[row, c] = float32(math.floor(value / step + 0.5) * step if step > 0 else value)
    return logits, truth


def expected(logits, truth, threshold):
    probabilities = 1 / (1 + np.exp(-logits))
    claimed = (logits >= math.log(threshold / (1 - threshold))).astype(int)
    present = [c for c in range(truth.shape[1]) if truth[:, c].any()]
    precisions = [float(average_precision_score(truth[:, c], logits[:, c])) for c in present]
    shares = np.stack([1 - probabilities.ravel(), probabilities.ravel()], axis=1)
    values = {
        "f1": f1_score(truth.ravel(), claimed.ravel(), zero_division=0),
        "exactMatch": accuracy_score(truth.ravel(), claimed.ravel())
        if truth.shape[1] == 1
        else accuracy_score(truth, claimed),
        "loss": log_loss(truth.ravel(), shares, labels=[0, 1]),
    }
    one = lambda score, c: float(score(truth[:, c], claimed[:, c], zero_division=0))
    f1 = np.array([one(f1_score, c) for c in present])
    counts = truth.sum(axis=0)[present]
    values["mAP"] = np.mean(precisions)
    values["macroF1"], values["weightedF1"] = f1.mean(), (f1 * counts).sum() / counts.sum()
    per_class = {
        c: {"averagePrecision": p, "recall": one(recall_score, c), "f1": one(f1_score, c)}
        for c, p in zip(present, precisions)
    }
    for c in range(truth.shape[1]):
        if claimed[:, c].any():
            per_class.setdefault(c, {})["precision"] = one(precision_score, c)
    return {name: float(value) for name, value in values.items()}, per_class


if __name__ == "__main__":
    cases = []
    for seed, (*drawn, threshold) in enumerate(CASES, start=101):
        options = dict(zip(("rows", "classes", "scale", "margin", "step", "share", "present"), drawn), seed=seed)
        logits, truth = generate(**options)
        scores, per_class = expected(logits, truth, threshold)
        few = {} if options["classes"] > 20 else {"perClass": per_class}
        cases.append({**options, "threshold": threshold, "expected": scores, **few})
    with open(sys.argv[1], "w") as file:
        json.dump(cases, file, indent=1)
        file.write("\n")
