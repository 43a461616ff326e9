"""Features of a folder's pictures in PyTorch: torchvision's DataLoader with two workers, Hugging Face's I-JEPA in eager mode."""

import time

import torch
from torch.utils.data import DataLoader

import without_operators  # noqa: F401
from pictures import MEAN, STD
from torchvision import datasets, transforms
from transformers import IJepaConfig, IJepaModel
from vit_small import CONFIG

WORKERS = 2


class Extraction:
    """Loader and model, made once."""

    def __init__(self, folder: str, batch: int):
        torch.manual_seed(0)
        self.model = IJepaModel(IJepaConfig(**CONFIG)).eval()
        bicubic = transforms.InterpolationMode.BICUBIC
        resize, crop = transforms.Resize(256, interpolation=bicubic), transforms.CenterCrop(224)
        transform = transforms.Compose([resize, crop, transforms.ToTensor(), transforms.Normalize(MEAN, STD)])
        data = datasets.ImageFolder(folder, transform)
        self.loader = DataLoader(data, batch, num_workers=WORKERS, persistent_workers=True)

    def seconds(self, times: int) -> float:
        """Of one pass in bf16: the mean of the last tokens of every picture, in float32."""
        begun = time.perf_counter()
        for _ in range(times):
            self.features()
        return (time.perf_counter() - begun) / times

    @torch.inference_mode()
    def features(self) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            tokens = (self.model(images).last_hidden_state for images, _labels in self.loader)
            return torch.cat([batch.mean(1).float() for batch in tokens])
