"""Singular values, effective rank, norms and spread of features, by numpy: what the tests of the representation's health compare with.

    pip install numpy safetensors && python test/parity/health.py

The features are the first 150 rows of probes.py's, which is run first. Writes test/fixtures/golden/health.safetensors, all in
float64: `singular_values` and `centred_singular_values`, `norm` (mean and sample deviation of the rows' L2 norms), `spread`
(sample deviation of a column of the rows at length 1, mean over columns, times the root of their number), and `effective_rank`
(Roy and Vetterli 2007: the exponential of the entropy of the singular values' shares) of the features and of the centred ones.
"""

import pathlib

import numpy as np
from safetensors.numpy import load_file, save_file

golden = pathlib.Path(__file__).parent.parent / "fixtures/golden"
features = load_file(golden / "probes.safetensors")["features"][:150].astype(np.float64)
centred = features - features.mean(0)


def effective_rank(values: np.ndarray) -> float:
    shares = values / values.sum()
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


plain, about_mean = (np.linalg.svd(x, compute_uv=False) for x in (features, centred))
norms = np.linalg.norm(features, axis=1)
unit = features / norms[:, None]
save_file(
    {
        "singular_values": plain,
        "centred_singular_values": about_mean,
        "norm": np.array([norms.mean(), norms.std(ddof=1)]),
        "spread": np.array([unit.std(0, ddof=1).mean() * features.shape[1] ** 0.5]),
        "effective_rank": np.array([effective_rank(plain), effective_rank(about_mean)]),
    },
    golden / "health.safetensors",
)
