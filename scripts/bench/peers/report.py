"""scikit-learn's side of the report's rows: a process that answers one request a line, as JSON.

What scikit-learn has a function for is asked of it; the calibration error is NumPy's. A resample draws rows and asks again for
what its decisions come to; likelihood, Brier score and calibration of a resample are sums over what each row had, as a careful
person writes them: log_loss of the drawn rows would take another two seconds each.
"""

import sys
import time
import warnings

import numpy as np
import sklearn
from serve import serve
from sklearn import metrics

BINS = 15


class Peer:
    def __init__(self):
        warnings.simplefilter("ignore")

    def load(self, file: str, classes: int) -> None:
        self.classes = classes
        self.logits = np.fromfile(file, np.float32).reshape(-1, classes)
        self.labels = np.arange(len(self.logits)) % classes

    def metrics(self, resamples: int) -> dict:
        """Seconds of all metrics, their values, and seconds of a resample, as the mean of so many."""
        begun = time.perf_counter()
        values, rows = self.all_metrics()
        seconds = time.perf_counter() - begun
        random = np.random.default_rng(0)
        begun = time.perf_counter()
        for _ in range(resamples):
            self.resampled(rows, random.integers(0, len(self.labels), len(self.labels)))
        return {"seconds": seconds, "values": values, "perResample": (time.perf_counter() - begun) / resamples}

    def all_metrics(self):
        labels, every = self.labels, range(self.classes)
        shifted = np.exp(self.logits.astype(np.float64) - self.logits.max(1, keepdims=True))
        probabilities = shifted / shifted.sum(1, keepdims=True)
        predicted, confidence = probabilities.argmax(1), probabilities.max(1)
        own = probabilities[np.arange(len(labels)), labels]
        rows = {
            "predicted": predicted,
            "right": (predicted == labels).astype(np.float64),
            "confidence": confidence,
            "nll": -np.log(own),
            "brier": (probabilities**2).sum(1) - 2 * own + 1,
            "bin": np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1),
        }
        values = {
            "top1": metrics.accuracy_score(labels, predicted),
            "top5": metrics.top_k_accuracy_score(labels, probabilities, k=5, labels=every),
            "nll": metrics.log_loss(labels, probabilities, labels=every),
            "brier": rows["brier"].mean(),
            "ece": calibration_error(rows["bin"], rows["right"] - confidence),
            "auroc": metrics.roc_auc_score(labels, probabilities, multi_class="ovr", labels=every),
            **decisions(labels, predicted),
        }
        metrics.confusion_matrix(labels, predicted, labels=every)
        return {name: float(value) for name, value in values.items()}, rows

    def resampled(self, rows: dict, drawn: np.ndarray) -> None:
        decisions(self.labels[drawn], rows["predicted"][drawn])
        rows["nll"][drawn].mean(), rows["brier"][drawn].mean()
        calibration_error(rows["bin"][drawn], (rows["right"] - rows["confidence"])[drawn])


def decisions(labels: np.ndarray, predicted: np.ndarray) -> dict:
    return {
        "macroF1": metrics.f1_score(labels, predicted, average="macro"),
        "weightedF1": metrics.f1_score(labels, predicted, average="weighted"),
        "meanPerClassAccuracy": metrics.balanced_accuracy_score(labels, predicted),
        "cohenKappa": metrics.cohen_kappa_score(labels, predicted),
        "mcc": metrics.matthews_corrcoef(labels, predicted),
    }


def calibration_error(bins: np.ndarray, gaps: np.ndarray) -> float:
    return np.abs(np.bincount(bins, gaps, BINS)).sum() / len(bins)


if __name__ == "__main__":
    serve(Peer(), {"sklearn": sklearn.__version__})
