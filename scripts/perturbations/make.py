"""Golden values of the sensitivity suite's changes: torchvision's pixels, which are Pillow's.

    pip install torch==2.13.0 torchvision==0.28.0 pillow==13.0.0 safetensors
    python scripts/perturbations/make.py

Writes test/fixtures/golden/perturbations.safetensors:
  picture, square         uint8 [3, H, W], parts of a photograph: of 45 x 61 and 48 x 48 pixels
  NAME/PICTURE/ARGUMENT   what becomes of it: grey and flip of 1, hue of -0.25, 0.25 and 0.5 circles, blur of deviations in pixels,
                          rotation of degrees, counterclockwise
  crop/PICTURE/N          of the boxes [top, left, height, width] in boxes/PICTURE
  shuffle/PICTURE/N       N x N patches, each that at the place orders/N says
"""

import pathlib
import sys

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts/bench/peers"))
import without_operators  # noqa: E402, F401
from torchvision.transforms import InterpolationMode  # noqa: E402
from torchvision.transforms import functional as F  # noqa: E402

BOXES = {"picture": [(0, 0, 34, 46), (7, 13, 23, 31)], "square": [(12, 3, 36, 36), (24, 24, 24, 24)]}
golden = {}


def planes(image):
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def photograph(height, width):
    image = Image.open(ROOT / "test/fixtures/golden/images/flower.jpg").convert("RGB")
    scale = 1.1 * max(height / image.height, width / image.width)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    top, left = (image.height - height) // 2, (image.width - width) // 2
    return Image.fromarray(np.asarray(image)[top : top + height, left : left + width].copy())


def shuffled(pixels, side, order):
    height, width = pixels.shape[1] // side, pixels.shape[2] // side
    out = pixels.copy()
    for place, source in enumerate(order):
        (row, column), (y, x) = divmod(place, side), divmod(source, side)
        patch = pixels[:, y * height : (y + 1) * height, x * width : (x + 1) * width]
        out[:, row * height : (row + 1) * height, column * width : (column + 1) * width] = patch
    return out


def main():
    generator = torch.Generator().manual_seed(0)
    orders = {side: torch.randperm(side * side, generator=generator).numpy() for side in (2, 4)}
    for side, order in orders.items():
        golden[f"orders/{side}"] = order
    for name, image in {"picture": photograph(45, 61), "square": photograph(48, 48)}.items():
        golden[name] = planes(image)
        golden[f"grey/{name}/1"] = planes(F.to_grayscale(image, 3))
        golden[f"flip/{name}/1"] = planes(F.hflip(image))
        for turn in (-0.25, 0.25, 0.5):
            golden[f"hue/{name}/{turn}"] = planes(F.adjust_hue(image, turn))
        for sigma in (0.64, 1.92):
            golden[f"blur/{name}/{sigma}"] = planes(F.gaussian_blur(image, 2 * round(4 * sigma) + 1, sigma))
        fill = [int(value) for value in np.floor(golden[name].mean((1, 2)) + 0.5)]
        for degrees in (-15, 15, 90):
            golden[f"rotation/{name}/{degrees}"] = planes(
                F.rotate(image, degrees, InterpolationMode.BICUBIC, fill=fill)
            )
        golden[f"boxes/{name}"] = np.array(BOXES[name])
        for i, box in enumerate(BOXES[name]):
            size = [image.height, image.width]
            golden[f"crop/{name}/{i}"] = planes(F.resized_crop(image, *box, size, InterpolationMode.BICUBIC))
        for side, order in orders.items():
            golden[f"shuffle/{name}/{side}"] = shuffled(golden[name], side, order)
    save_file(golden, ROOT / "test/fixtures/golden/perturbations.safetensors")


main()
