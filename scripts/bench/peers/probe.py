"""scikit-learn's and PyTorch's side of the probe's rows: a process that answers one request a line, as JSON."""

import sys
import time
import warnings

import numpy as np
import sklearn
import torch
from serve import serve
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits


class Peer:
    def __init__(self, threads: int):
        torch.set_num_threads(threads)
        self.threads = threads
        self.values: dict[str, np.ndarray] = {}

    def load(self, name: str, file: str, columns: int) -> None:
        values = np.fromfile(file, dtype=np.float32).reshape(-1, columns)
        self.values[name] = values / np.linalg.norm(values, axis=1, keepdims=True)

    def load_raw(self, name: str, file: str, columns: int) -> None:
        self.values[name] = np.fromfile(file, dtype=np.float32).reshape(-1, columns).astype(np.float64)

    def sklearn_neighbors(self, k: int, times: int) -> float:
        """On vectors of length 1, where Euclid's order is the cosine's and scikit-learn has its fast path."""
        search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(self.values["train"])
        return self.timed(times, lambda: search.kneighbors(self.values["queries"]))

    def torch_neighbors(self, k: int, times: int) -> float:
        """As DINOv2 evaluates: a matrix product and top-k, in blocks of queries."""
        train, queries = torch.from_numpy(self.values["train"]), torch.from_numpy(self.values["queries"])
        return self.timed(times, lambda: [torch.mm(part, train.T).topk(k) for part in queries.split(1024)])

    def logistic(self, strengths: list[float], classes: int, tolerance: float) -> dict:
        """Seconds of all strengths, and each one's objective."""
        values = self.values["logistic"]
        labels = np.arange(len(values)) % classes
        models = [LogisticRegression(C=c, tol=tolerance, max_iter=1000) for c in strengths]
        seconds = self.timed(1, lambda: [model.fit(values, labels) for model in models])
        return {"seconds": seconds, "objective": [objective(model, values, labels) for model in models]}

    def timed(self, times: int, work) -> float:
        with threadpool_limits(self.threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            begun = time.perf_counter()
            for _ in range(times):
                work()
            return (time.perf_counter() - begun) / times


def objective(model: LogisticRegression, values: np.ndarray, labels: np.ndarray) -> float:
    likelihoods = model.predict_log_proba(values)[np.arange(len(labels)), labels]
    return float(-likelihoods.mean() + (model.coef_**2).sum() / (2 * model.C * len(labels)))


if __name__ == "__main__":
    serve(Peer(int(sys.argv[1])), {"sklearn": sklearn.__version__, "torch": torch.__version__})
