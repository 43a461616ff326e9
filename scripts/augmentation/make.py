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
from PIL import Image, ImageEnhance, ImageOps
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts/bench/peers"))
import without_operators  # noqa: E402, F401
from timm.data import auto_augment  # noqa: E402
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


# Operations in the order of native/augment/rand_augment.h, as timm calls them.
OPERATIONS = (
    "AutoContrast", "Equalize", "Invert", "Rotate", "Posterize", "Solarize", "SolarizeAdd", "Color", "Contrast",
    "Brightness", "Sharpness", "ShearX", "ShearY", "TranslateXRel", "TranslateYRel",
)
FILL = (124, 116, 104)


def operation_pixels():
    arguments = {
        "AutoContrast": (0,), "Equalize": (0,), "Invert": (0,), "Posterize": (1, 3, 4, 8), "Solarize": (0, 26, 128, 256),
        "SolarizeAdd": (0, 50, 110), "Color": (0.1, 1, 1.81), "Contrast": (0.1, 1, 1.81), "Brightness": (0.1, 1, 1.81),
        "Sharpness": (0.1, 1, 1.81), "Rotate": (-30, -7.3, 0, 12.9), "ShearX": (-0.3, 0.171), "ShearY": (-0.3, 0.171),
        "TranslateXRel": (-0.45, 0, 0.207), "TranslateYRel": (-0.45, 0, 0.207),
    }
    for name, values in arguments.items():
        for filter_name in ("BICUBIC", "BILINEAR"):
            kwargs = {"fillcolor": FILL, "resample": Image.Resampling[filter_name]}
            for picture, image in pictures().items():
                for value in values:
                    level = () if name in ("AutoContrast", "Equalize", "Invert") else (value,)
                    pixels = planes(auto_augment.NAME_TO_OP[name](image, *level, **kwargs))
                    golden[f"{name}-{filter_name.lower()}/{picture}/{value}"] = pixels
            if OPERATIONS.index(name) not in (3, 11, 12, 13, 14):
                break  # takes no filter


def operation_draws(policy):
    """How often timm does each operation, and with what arguments."""
    hparams = {"img_mean": FILL, "interpolation": Image.Resampling.BICUBIC}
    transform = auto_augment.rand_augment_transform(policy, hparams)
    found = [[] for _ in OPERATIONS]
    for i, operation in enumerate(transform.ops):
        operation.aug_fn = lambda image, *level, i=i, **_: (found[i].append(level[0] if level else 0), image)[1]
    image = Image.new("RGB", (8, 8))
    for _ in range(DRAWS):
        transform(image)
    golden[f"draws/{policy}/counts"] = np.array([len(levels) for levels in found])
    for name, levels in zip(OPERATIONS, found):
        golden[f"draws/{policy}/{name}"] = quantiles(levels)


def main():
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    for name, image in pictures().items():
        golden[f"picture/{name}"] = planes(image)
    jitter_pixels()
    jitter_draws()
    erasing_draws(224, 224)
    erasing_draws(96, 160)
    operation_pixels()
    operation_draws("rand-m9-mstd0.5-inc1")
    operation_draws("rand-m7-n3-p0.8-mstd101")
    save_file(golden, ROOT / "test/fixtures/golden/augmentation.safetensors")


main()
