"""A table of ids in the form of data/meta.mat in ImageNet's devkit, for test/unit/dataset/mat-file.test.ts.

    pip install scipy==1.17.1
    python test/parity/devkit.py test/fixtures/golden/devkit

The fields are the devkit's, the classes are few; packed and not, as MATLAB's versions 7 and 6 write.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.io import savemat

FIELDS = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height", "num_train_images"]
CLASSES = [
    (1, "n02119789", "kit fox, Vulpes macrotis", "a small grey fox"),
    (298, "n03445777", "golf ball", "a small hard ball"),
    (449, "n01440764", "tench, Tinca tinca", "a freshwater fish: é 日"),
]


def table() -> np.ndarray:
    synsets = np.zeros((len(CLASSES) + 1, 1), dtype=[(name, object) for name in FIELDS])
    for row, (number, wnid, words, gloss) in enumerate(CLASSES):
        synsets[row, 0] = (float(number), wnid, words, gloss, 0.0, np.zeros((1, 0)), 0.0, 1300.0)
    parent = (1001.0, "n00015388", "animal", "", 3.0, np.array([[1.0, 298.0, 449.0]]), 1.0, 0.0)
    synsets[len(CLASSES), 0] = parent
    return synsets


def main(folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for name, packed in [("meta.mat", True), ("meta-unpacked.mat", False)]:
        savemat(out / name, {"first": np.arange(3), "synsets": table()}, do_compression=packed, oned_as="column")


if __name__ == "__main__":
    main(sys.argv[1])
