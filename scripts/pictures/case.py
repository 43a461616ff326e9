"""One file that a test reads."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Case:
    name: str
    data: bytes
    tolerance: int = 1  # grey levels that any value may differ by
    # For what Pillow does not read, or reads against the format's specification: uint8 [H, W, 3] on white, and as stored.
    white: np.ndarray | None = None
    stored: np.ndarray | None = None


@dataclass
class BadCase:
    name: str
    data: bytes
    code: str  # of the error
