"""Golden values of logistic regression (scikit-learn) and of weighted k nearest neighbours (DINOv2's, in PyTorch).

    pip install torch==2.13.0 scikit-learn==1.9.1 safetensors && python test/parity/probes.py

Writes test/fixtures/golden/probes.safetensors.
"""

import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression

ROWS, QUERIES, COLUMNS, CLASSES = 150, 40, 12, 4
STRENGTHS = [1e-3, 1e-1, 1.0, 1e2]
NEIGHBORS = [1, 5, 20, 500]
torch.manual_seed(1)
golden = {}


def problem() -> tuple[torch.Tensor, torch.Tensor]:
    labels = torch.arange(ROWS + QUERIES) % CLASSES
    spread = torch.logspace(0, -2, COLUMNS)
    values = (torch.randn(CLASSES, COLUMNS)[labels] + 1.5 * torch.randn(len(labels), COLUMNS)) * spread
    return values @ torch.linalg.qr(torch.randn(COLUMNS, COLUMNS))[0] + 0.5, labels


def logistic(name: str, values: np.ndarray, labels: np.ndarray, intercept: bool) -> None:
    weights, biases = [], []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, tol=1e-9, max_iter=100_000, fit_intercept=intercept).fit(values, labels)
        weights.append(model.coef_)
        biases.append(model.intercept_)
    golden[f"{name}.weight"] = torch.tensor(np.stack(weights))
    golden[f"{name}.bias"] = torch.tensor(np.stack(biases))


def neighbors(train: torch.Tensor, labels: torch.Tensor, queries: torch.Tensor) -> None:
    similarities = F.normalize(queries, dim=1) @ F.normalize(train, dim=1).T
    nearest, indices = similarities.topk(min(max(NEIGHBORS), len(train)), dim=1, largest=True, sorted=True)
    weights = F.softmax(nearest / 0.07, dim=1)
    votes = F.one_hot(labels[indices], CLASSES) * weights[..., None]
    golden["knn.votes"] = torch.stack([votes[:, :k].sum(1) for k in NEIGHBORS])


def main() -> None:
    values, labels = problem()
    train, own = values[:ROWS], labels[:ROWS]
    golden.update({"features": values, "labels": labels})
    wide = train.double().numpy()
    logistic("logistic", wide, own.numpy(), intercept=True)
    logistic("logistic.no_intercept", wide, own.numpy(), intercept=False)
    two = own < 2
    logistic("logistic.two", wide[two], own[two].numpy(), intercept=True)
    centred = train - train.mean(1, keepdim=True)  # of each row: cyanure.preprocess(columns=False), as MSN calls it
    golden["normalized"] = F.normalize(centred, dim=1)
    logistic("logistic.msn", golden["normalized"].double().numpy(), own.numpy(), intercept=False)
    neighbors(train, own, values[ROWS:])
    folder = pathlib.Path(__file__).parents[1] / "fixtures" / "golden"
    save_file({name: tensor.contiguous() for name, tensor in golden.items()}, folder / "probes.safetensors")


if __name__ == "__main__":
    main()
