"""The package imagecorruptions on as many processes as there are cores: one request a line, as JSON."""

import pathlib
import sys
import time
import warnings
from multiprocessing import Pool

import numpy as np
from serve import serve

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "corruptions"))
import cv2  # noqa: E402
import reference  # noqa: E402

SEVERITIES = range(1, 6)


def corrupt_all(picture: np.ndarray) -> int:
    """A picture under every corruption at every severity."""
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    names = reference.get_corruption_names("all")
    return sum(
        reference.corrupt(picture, severity, name)[0, 0, 0] >= 0 for name in names for severity in SEVERITIES
    )


class Peer:
    def __init__(self, threads: int):
        self.pool = Pool(threads)
        self.pictures: list[np.ndarray] = []

    def load(self, file: str, side: int) -> None:
        planes = np.fromfile(file, np.uint8).reshape(-1, 3, side, side)
        self.pictures = [np.ascontiguousarray(picture.transpose(1, 2, 0)) for picture in planes]

    def seconds(self) -> float:
        begun = time.perf_counter()
        self.pool.map(corrupt_all, self.pictures, chunksize=1)
        return time.perf_counter() - begun


if __name__ == "__main__":
    serve(Peer(int(sys.argv[1])), {"imagecorruptions": "1.1.2"})
