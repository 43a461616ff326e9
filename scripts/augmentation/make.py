"""Golden values of augmentation: Pillow's pixels from given parameters, and what torchvision and timm draw.

    pip install torch==2.13.0 torchvision==0.28.0 timm==1.0.31 pillow==13.0.0 safetensors
    python scripts/augmentation/make.py

Writes test/fixtures/golden/augmentation.safetensors. A tensor `NAME/PICTURE/ARGUMENT` holds the pixels [3, H, W] of an
operation; of 10,000 draws each quantity is written as 41 quantiles from 0 to 1.
"""

import pathlib
import random
import sys

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts/bench/peers"))
import without_operators  # noqa: E402, F401
from timm.data.random_erasing import RandomErasing  # noqa: E402
from torchvision.transforms import ColorJitter  # noqa: E402
from torchvision.transforms import functional as F  # noqa: E402

DRAWS = 10_000
golden = {}


def planes(image):
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def pictures():
    """A part of a photograph, and one of few dark levels."""
    photograph = Image.open(ROOT / "test/fixtures/golden/images/flower.jpg").convert("RGB")
    small = photograph.resize((64, 43), Image.Resampling.BICUBIC).crop((14, 2, 55, 39))
    dull = Image.fromarray((np.asarray(small) // 8 * 3 + 20).astype(np.uint8))
    return {"photograph": small, "dull": dull}


def quantiles(values):
    return np.quantile(np.asarray(values, np.float64), np.linspace(0, 1, 41))


def jitter_pixels():
    factors = {
        "brightness": (F.adjust_brightness, (0, 0.35, 1, 1.7)),
        "contrast": (F.adjust_contrast, (0, 0.35, 1, 1.7)),
        "saturation": (F.adjust_saturation, (0, 0.35, 1, 1.7)),
        "hue": (F.adjust_hue, (-0.5, -0.21, 0, 0.07, 0.5)),
    }
    for name, (operation, values) in factors.items():
        for picture, image in pictures().items():
            for value in values:
                golden[f"{name}/{picture}/{value}"] = planes(operation(image, value))


def jitter_draws():
    """Ranges with and without a limit at 0; the order as numbers of four digits base 4."""
    jitter = ColorJitter(0.4, 1.5, 0.2, 0.1)
    draws = [
        jitter.get_params(jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
        for _ in range(DRAWS)
    ]
    for i, name in enumerate(("brightness", "contrast", "saturation", "hue")):
        golden[f"draws/jitter/{name}"] = quantiles([draw[i + 1] for draw in draws])
    codes = [sum(int(kind) * 4 ** (3 - place) for place, kind in enumerate(draw[0])) for draw in draws]
    golden["draws/jitter/orders"] = np.bincount(codes, minlength=256).astype(np.int64)


def erasing_draws(height, width, probability=0.25):
    """Boxes by what timm's RandomErasing makes zero in ones; of the ends of its boxes and their places."""
    erasing = RandomErasing(probability, mode="const", device="cpu")
    found = []
    for _ in range(DRAWS):
        rows = erasing(torch.ones(1, height, width))[0] == 0
        if not rows.any():
            continue
        down, across = rows.any(1).nonzero(), rows.any(0).nonzero()
        found.append((down[0], down[-1] - down[0] + 1, across[0], across[-1] - across[0] + 1))
    golden[f"draws/erasing/{height}x{width}/count"] = np.array(len(found))
    for i, name in enumerate(("top", "height", "left", "width")):
        golden[f"draws/erasing/{height}x{width}/{name}"] = quantiles([int(box[i]) for box in found])


def main():
    torch.manual_seed(0)
    random.seed(0)
    for name, image in pictures().items():
        golden[f"picture/{name}"] = planes(image)
    jitter_pixels()
    jitter_draws()
    erasing_draws(224, 224)
    erasing_draws(96, 160)
    save_file(golden, ROOT / "test/fixtures/golden/augmentation.safetensors")


main()
