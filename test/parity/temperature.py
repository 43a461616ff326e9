"""The temperatures of temperature scaling by scipy, for test/unit/metrics/temperature.test.ts.

    pip install scipy==1.17.1 numpy
    python test/parity/temperature.py test/fixtures/golden/temperatures.json

Of each case of metric_cases.py the temperature with the least negative log likelihood, and that likelihood; null where it lies at
the bounds, 0.01 and 100, or is no less than at the lower one.
"""

import json
import sys

import numpy as np
from metric_cases import CASES, generate
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax


def fitted(logits, labels):
    def loss(log_temperature):
        return -log_softmax(logits / np.exp(log_temperature), axis=1)[np.arange(len(labels)), labels].mean()

    bounds = (np.log(0.01), np.log(100))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12})
    at_bound = min(found.x - bounds[0], bounds[1] - found.x) < 1e-3
    if at_bound or loss(bounds[0]) - found.fun < 1e-12:
        return None
    return {"temperature": float(np.exp(found.x)), "nll": float(found.fun)}


if __name__ == "__main__":
    values = []
    for seed, options in enumerate(CASES, start=1):
        logits, labels = generate(seed, *options)
        values.append({"seed": seed, "expected": fitted(logits, labels)})
    with open(sys.argv[1], "w") as file:
        json.dump(values, file, indent=1)
        file.write("\n")
