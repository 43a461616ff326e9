"""The cases of test/unit/metrics/references.test.ts and temperature.test.ts, which draw the same logits and labels."""

import math

import numpy as np
from drawn import draws, float32

# Rows, classes, how large logits are, what the label's own gets on top, the step they are rounded to (0: none), and which
# classes have samples: 1 all, 2 every second, 3 every third, 0 the first alone.
CASES = [
    (400, 10, 1.0, 1.0, 0, 1),
    (400, 10, 1.0, 1.0, 0.5, 1),
    (400, 10, 4.0, 2.0, 1, 1),
    (400, 10, 1.0, 0.5, 0, 2),
    (400, 10, 1.0, 0.5, 1, 3),
    (300, 2, 1.0, 0.5, 0, 1),
    (300, 2, 1.0, 0.5, 0.5, 1),
    (300, 2, 8.0, 1.0, 0, 1),
    (200, 5, 1.0, 1.0, 0, 1),
    (200, 6, 1.0, 1.0, 0.25, 1),
    (200, 7, 1.0, 1.0, 0, 0),
    (50, 7, 2.0, 1.0, 1, 0),
    (30, 3, 1.0, 1.0, 0, 1),
    (30, 20, 1.0, 2.0, 0, 1),
    (1000, 50, 2.0, 2.0, 0, 2),
    (1000, 50, 2.0, 2.0, 0.5, 3),
    (600, 1000, 1.0, 3.0, 0, 1),
    (600, 1000, 1.0, 3.0, 0.5, 2),
    (2000, 100, 3.0, 4.0, 0, 1),
    (3000, 4, 0.5, 0.25, 0, 1),
]


def generate(seed, rows, classes, scale, margin, step, present):
    """Logits [rows, classes] and labels [rows]; the test generates the same."""
    draw = draws(seed)
    choices = [0] if present == 0 else list(range(0, classes, present))
    labels, logits = [], []
    for _ in range(rows):
        label = choices[math.floor(next(draw) * len(choices))]
        row = []
        for c in range(classes):
            value = scale * (next(draw) + next(draw) + next(draw) - 1.5)
            if c == label:
                value += margin
            row.append(float32(math.floor(value / step + 0.5) * step if step > 0 else value))
        labels.append(label)
        logits.append(row)
    return np.array(logits, dtype=np.float64), np.array(labels)
