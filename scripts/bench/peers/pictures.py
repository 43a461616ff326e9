"""torchvision's DataLoader with Pillow, one worker; and a file to a model's input with Pillow alone."""

import time

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader

import without_operators  # noqa: F401
from torchvision import datasets, transforms

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
ENDS = {
    "uint8": [transforms.PILToTensor()],
    "float": [transforms.ToTensor(), transforms.Normalize(MEAN, STD)],
}


class Loaders:
    """One loader a folder, kept with its worker."""

    def __init__(self):
        self.loaders = {}

    def seconds(self, folder: str, side: int, end: str, times: int) -> float:
        """Of an epoch."""
        loader = self._loader(folder, side, end)
        begun = time.perf_counter()
        for _ in range(times):
            for _batch in loader:
                pass
        return (time.perf_counter() - begun) / times

    def _loader(self, folder: str, side: int, end: str) -> DataLoader:
        key = (folder, side, end)
        if key not in self.loaders:
            bicubic = transforms.InterpolationMode.BICUBIC
            crop = transforms.RandomResizedCrop(side, interpolation=bicubic)
            transform = transforms.Compose([crop, transforms.RandomHorizontalFlip(), *ENDS[end]])
            data = datasets.ImageFolder(folder, transform)
            self.loaders[key] = DataLoader(
                data, min(64, len(data)), shuffle=True, num_workers=1, persistent_workers=True,
            )
        return self.loaders[key]


def prepare(file: str) -> np.ndarray:
    """Shortest side to 256, centre crop of 224, float32 [3, 224, 224] normalised."""
    with Image.open(file) as image:
        image = image.convert("RGB")
    width, height = image.size
    scale = 256 / min(width, height)
    image = image.resize((int(width * scale), int(height * scale)), Image.Resampling.BICUBIC)
    left, top = round((image.width - 224) / 2), round((image.height - 224) / 2)
    pixels = np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32)
    values = (pixels / 255 - np.float32(MEAN)) / np.float32(STD)
    return np.ascontiguousarray(values.transpose(2, 0, 1))
