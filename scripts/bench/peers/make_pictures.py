"""Writes the bench's pictures from two photographs: `make_pictures.py PHOTOGRAPHS OUT`.

OUT/imagenet/all: 300 JPEGs of about 500 x 375 pixels and 110 KB, as in ImageNet; OUT/photographs/all: 8 of 4000 x 3000.
"""

import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def noisy(image: Image.Image, deviation: float, seed: int) -> Image.Image:
    """A camera's noise: without it an enlarged picture has no fine detail, and decodes faster than a photograph."""
    noise = np.random.default_rng(seed).normal(0, deviation, (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def crop_of(photograph: Image.Image, draw: random.Random, share: float, size: tuple[int, int]) -> Image.Image:
    """A random part with the aspect ratio of `size`, `share` of the largest, resized."""
    scale = share * min(photograph.width / size[0], photograph.height / size[1])
    width, height = scale * size[0], scale * size[1]
    left, top = draw.uniform(0, photograph.width - width), draw.uniform(0, photograph.height - height)
    return photograph.resize(size, Image.Resampling.BICUBIC, (left, top, left + width, top + height))


def write(folder: Path, photographs: list[Image.Image], count: int, size: tuple[int, int], deviation: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)
    for i in range(count):
        side = (int(size[0] * draw.uniform(0.95, 1.05)), size[1]) if count > 10 else size
        image = crop_of(photographs[i % len(photographs)], draw, draw.uniform(0.8, 1), side)
        noisy(image, deviation, i).save(folder / f"{i:03}.jpg", quality=draw.randint(90, 95))


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    photographs = [Image.open(source / name).convert("RGB") for name in ("china.jpg", "flower.jpg")]
    write(out / "imagenet" / "all", photographs, 300, (500, 375), 6)
    write(out / "photographs" / "all", photographs, 8, (4000, 3000), 3)


if __name__ == "__main__":
    main()
