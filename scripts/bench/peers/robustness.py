"""Robustness as people measure it without us: Hugging Face's I-JEPA in eager mode over a DataLoader that corrupts in its workers."""

import sys
import time
import warnings

import torch
from torch.utils.data import DataLoader, Dataset

import without_operators  # noqa: F401
import numpy as np
from corruptions import cv2, reference
from pictures import MEAN, STD
from PIL import Image
from serve import serve
from torchvision import transforms
from vit_small import create_model

WORKERS = 2


class Corrupted(Dataset):
    """Every picture as it is, then under each corruption."""

    def __init__(self, files: list[str], severity: int):
        self.files, self.severity = files, severity
        self.names = [None, *reference.get_corruption_names("all")]
        bicubic = transforms.InterpolationMode.BICUBIC
        self.crop = transforms.Compose([transforms.Resize(256, interpolation=bicubic), transforms.CenterCrop(224)])
        self.normalise = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])

    def __len__(self) -> int:
        return len(self.files) * len(self.names)

    def __getitem__(self, index: int) -> torch.Tensor:
        name = self.names[index // len(self.files)]
        pixels = np.asarray(self.crop(Image.open(self.files[index % len(self.files)]).convert("RGB")))
        if name is not None:
            pixels = reference.corrupt(pixels, self.severity, name).astype(np.uint8)
        return self.normalise(pixels)


def begin_worker(_worker: int) -> None:
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)


class Peer:
    def __init__(self, threads: int):
        torch.set_num_threads(threads)
        self.model = create_model().eval()

    @torch.inference_mode()
    def seconds(self, files: list[str], severity: int, precision: str) -> float:
        begun = time.perf_counter()
        loader = DataLoader(Corrupted(files, severity), len(files), num_workers=WORKERS, worker_init_fn=begin_worker)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            decisions = [self.model(images).logits.argmax(1) for images in loader]
        assert len(decisions) == len(loader.dataset.names)
        return time.perf_counter() - begun


if __name__ == "__main__":
    serve(Peer(int(sys.argv[1])), {"torch": torch.__version__})
