"""Reference values of the classification metrics, for test/unit/metrics/references.test.ts.

    pip install torch==2.13.0 torchmetrics==1.9.0 scikit-learn==1.9.1 netcal==1.4.0 cleanlab==2.9.0
    python test/parity/metrics.py test/fixtures/golden/metric-cases.json

Twenty cases of logits and labels, which both sides draw from a seed alone (mulberry32), so that only what the reference
libraries say of them is stored. Ties are in them, absent classes, one class, two classes and a thousand.
"""

import json
import sys

import numpy as np
import torch
from cleanlab.count import compute_confident_joint
from metric_cases import CASES, generate
from netcal.metrics import ECE
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
    recall_score,
    roc_auc_score,
    top_k_accuracy_score,
)
from torchmetrics.functional.classification import multiclass_calibration_error


def expected(logits, labels):
    classes = logits.shape[1]
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = shifted / shifted.sum(axis=1, keepdims=True)
    predicted = logits.argmax(axis=1)  # of equal ones the first
    present = sorted(set(labels.tolist()))
    one_hot = np.eye(classes)[labels]
    chosen = {"labels": present, "average": None, "zero_division": 0}
    f1, recall = f1_score(labels, predicted, **chosen), recall_score(labels, predicted, **chosen)
    counts = np.bincount(labels, minlength=classes)[present]
    values = {
        "top1": accuracy_score(labels, predicted),
        "nll": log_loss(labels, probabilities, labels=range(classes)),
        "brier": float(((probabilities - one_hot) ** 2).sum(axis=1).mean()),
        "macroF1": float(f1.mean()),
        "weightedF1": float((f1 * counts).sum() / counts.sum()),
        "meanPerClassAccuracy": float(recall.mean()),
        # Every sample counts, also one whose prediction is a class without samples.
        "cohenKappa": cohen_kappa_score(labels, predicted) if len(present) > 1 else 0.0,
        "mcc": matthews_corrcoef(labels, predicted),
        "adaptiveEce": adaptive_error(probabilities, predicted, labels),
    }
    tensors = torch.from_numpy(probabilities), torch.from_numpy(labels)
    for name, norm in (("ece", "l1"), ("maxCalibrationError", "max")):
        values[name] = multiclass_calibration_error(*tensors, num_classes=classes, n_bins=15, norm=norm).item()
    if classes > 5:
        # scikit-learn takes the last of equal ones first: the classes in the other order.
        values["top5"] = top_k_accuracy_score(
            classes - 1 - labels, logits[:, ::-1], k=5, labels=range(classes)
        )
    if len(present) > 1:
        exact = np.round(np.log(probabilities) * 2**36)  # without the last bit's noise, which would break ties
        values["auroc"] = float(np.mean([roc_auc_score(labels == c, exact[:, c]) for c in present]))
    values["labelIssues"] = label_issues(probabilities, predicted, labels)
    if classes <= 10:
        values["confusion"] = confusion_matrix(labels, predicted, labels=range(classes)).tolist()
    return values


def label_issues(probabilities, predicted, labels):
    """Rows of confident learning's off-diagonal counts, without those that are answered with their label."""
    _, rows = compute_confident_joint(labels, probabilities, return_indices_of_off_diagonals=True)
    return sorted(int(row) for row in rows if predicted[row] != labels[row])


def adaptive_error(probabilities, predicted, labels):
    """Bins of equal counts; None where netcal cannot tell, since so many confidences are equal that two edges are.

    netcal takes the confidence, and whether it was right, as a binary task's.
    """
    confidence = probabilities.max(axis=1)
    try:
        return float(ECE(bins=15, equal_intervals=False).measure(confidence, (predicted == labels).astype(int)))
    except ValueError:
        return None


if __name__ == "__main__":
    cases = []
    for seed, (rows, classes, scale, margin, step, present) in enumerate(CASES, start=1):
        options = dict(seed=seed, rows=rows, classes=classes, scale=scale, margin=margin, step=step, present=present)
        cases.append({**options, "expected": expected(*generate(**options))})
        print(json.dumps(cases[-1]))
    with open(sys.argv[1], "w") as file:
        json.dump(cases, file)
        file.write("\n")
