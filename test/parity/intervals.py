"""Reference values of intervals and tests, for test/unit/metrics/interval-references.test.ts.

    pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1
    python test/parity/intervals.py test/fixtures/golden/intervals.json

What statsmodels and scipy have is asked of them. scipy's bootstrap is given the draws that ours makes (mulberry32), so that its
percentile intervals have to be the same numbers; what is resampled is scikit-learn's metrics. DeLong's standard error of a mean over
classes is in neither: it is written out here, pair by pair.
"""

import json
import math
import sys

import numpy as np
from drawn import draws
from metric_cases import CASES, generate
from scipy import stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint


class Drawn(np.random.Generator):
    """The whole numbers that drawsBelow gives, of a new seed for every sample that is resampled."""

    def __init__(self, seed: int):
        super().__init__(np.random.PCG64(0))
        self.next_seed = seed

    def integers(self, low, high=None, size=None, **_):
        draw = draws(self.next_seed)
        self.next_seed += 1
        return np.array([math.floor(next(draw) * high) for _ in range(math.prod(size))]).reshape(size)


def bootstrap(samples, statistic, seed, resamples, level=0.95, **how):
    found = stats.bootstrap(
        samples, statistic, n_resamples=resamples, confidence_level=level, method="percentile", rng=Drawn(seed), **how
    )
    return [float(found.confidence_interval.low), float(found.confidence_interval.high)]


def numbers(seed, count):
    draw = draws(seed)
    return np.array([next(draw) for _ in range(count)])


def proportions():
    counts = [(0, 1), (1, 1), (0, 10), (10, 10), (1, 3), (382, 1000), (49_999, 50_000), (37_000, 50_000)]
    pairs = [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((5, 56), (0, 29)), ((7_600, 10_000), (7_450, 10_000))]
    return {
        "wilson": [[k, n, *map(float, proportion_confint(k, n, method="wilson"))] for k, n in counts],
        "newcombe": [
            [*a, *b, *map(float, confint_proportions_2indep(*a, *b, method="newcomb", compare="diff"))]
            for a, b in pairs
        ],
    }


def mcnemars():
    pairs = [(0, 0), (0, 1), (5, 5), (12, 3), (200, 260), (2_000, 2_150), (0, 60)]
    return [[b, c, float(mcnemar([[0, b], [c, 0]], exact=True).pvalue)] for b, c in pairs]


def means():
    values = numbers(77, 6)
    interval = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    logs = np.log([30, 60, 40])
    needed = np.exp(stats.t.interval(0.95, 2, logs.mean(), stats.sem(logs)))
    return {
        "student": [[freedom, float(stats.t.ppf(0.975, freedom))] for freedom in (1, 2, 3, 4, 7, 9, 30, 99, 500)],
        "repeated": {"seed": 77, "values": len(values), "interval": list(map(float, interval))},
        "needed": {"images": [30, 60, 40], "interval": list(map(float, needed))},
    }


def bootstraps():
    cases = [(1, 50, 200, 0.95), (2, 31, 101, 0.9), (3, 7, 500, 0.99), (4, 1, 2, 0.5)]
    found = []
    for seed, rows, resamples, level in cases:
        values = numbers(1000 + seed, rows)
        if rows > 1:
            interval = bootstrap((values,), np.mean, seed, resamples, level)
        else:
            interval = [float(values[0])] * 2  # scipy asks for two
        found.append({"seed": seed, "rows": rows, "resamples": resamples, "level": level, "interval": interval})
    return found


def scores(seed, resamples=100):
    options = dict(zip(("rows", "classes", "scale", "margin", "step", "present"), CASES[seed - 1]))
    logits, labels = generate(seed=seed, **options)
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    probabilities = shifted / shifted.sum(1, keepdims=True)
    predicted, own = logits.argmax(1), probabilities[np.arange(len(labels)), labels]
    brier = (probabilities**2).sum(1) - 2 * own + 1

    def interval(statistic, *columns):
        return bootstrap(columns, statistic, 0, resamples, paired=True, vectorized=False)

    def mean_over_present(metric):
        return lambda y, p: metric(y, p, labels=sorted(set(y)), average="macro", zero_division=0)

    area, error = delong(np.round(np.log(probabilities) * 2**36), labels)
    z = stats.norm.ppf(0.975)
    return {
        **{"seed": seed, **options, "resamples": resamples},
        "intervals": {
            "nll": interval(np.mean, -np.log(own)),
            "brier": interval(np.mean, brier),
            "macroF1": interval(mean_over_present(metrics.f1_score), labels, predicted),
            "meanPerClassAccuracy": interval(mean_over_present(metrics.recall_score), labels, predicted),
            "cohenKappa": interval(metrics.cohen_kappa_score, labels, predicted),
            "mcc": interval(metrics.matthews_corrcoef, labels, predicted),
            "auroc": [max(0.0, area - z * error), min(1.0, area + z * error)],
        },
    }


def delong(values, labels):
    """Mean area over the classes present, and its standard error: the variance of the sum of what each sample adds."""
    influence, areas = np.zeros(len(labels)), []
    for c in sorted(set(labels.tolist())):
        own, others = values[labels == c, c], values[labels != c, c]
        above = (own[:, None] > others) + 0.5 * (own[:, None] == others)
        areas.append(above.mean())
        influence[labels == c] += (above.mean(1) - above.mean()) / len(own)
        influence[labels != c] += (above.mean(0) - above.mean()) / len(others)
    return float(np.mean(areas)), float(np.sqrt(((influence / len(areas)) ** 2).sum()))


def gap():
    """Of two groups with (right, samples): intervals of the difference and the ratio, and the exact permutation test."""
    best, worst, resamples = (24, 30), (11, 20), 1000
    samples = [np.repeat([1.0, 0.0], [right, of - right]) for right, of in (best, worst)]
    right, of = best[0] + worst[0], best[1] + worst[1]
    first = np.arange(right + 1)
    chance = stats.hypergeom.pmf(first, of, right, best[1])
    differences = np.abs(first / best[1] - (right - first) / worst[1])
    observed = best[0] / best[1] - worst[0] / worst[1]
    return {
        **{"best": best, "worst": worst, "resamples": resamples},
        "difference": bootstrap(samples, lambda a, b: a.mean() - b.mean(), 0, resamples, vectorized=False),
        "ratio": bootstrap(samples, lambda a, b: b.mean() / a.mean(), 0, resamples, vectorized=False),
        "p": float(chance[differences >= observed - 1e-12].sum()),
    }


if __name__ == "__main__":
    golden = {
        **proportions(),
        "mcnemar": mcnemars(),
        **means(),
        "bootstrap": bootstraps(),
        "scores": [scores(seed) for seed in (1, 2, 4)],
        "gap": gap(),
    }
    with open(sys.argv[1], "w") as file:
        json.dump(golden, file)
        file.write("\n")
