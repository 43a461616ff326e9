"""PyTorch's side of `npm run bench`: a process that answers one request a line, as JSON.

Hugging Face's I-JEPA classifier in eager mode with fused AdamW, as people run it; torchvision's loader and timm's; Pillow.
"""

import sys
import time

import torch
from features import Extraction
from pictures import Loaders, prepare
from recipe import RecipeLoaders
from serve import serve
from vit_small import Training, create_model


class Peer:
    def __init__(self, threads: int):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.training: Training | None = None
        self.loaders = Loaders()
        self.recipe_loaders = RecipeLoaders()
        self.extraction: Extraction | None = None

    def step(self, precision: str, batch: int, times: int) -> float:
        self.training = self.training or Training(create_model())
        return timed(times, lambda: self.training.step(precision, batch))

    def matmul(self, m: int, k: int, n: int, times: int) -> float:
        """Seconds of a bf16 linear layer [m, k] x [k, n] of this PyTorch."""
        x, weight = torch.randn(m, k).bfloat16(), torch.randn(n, k).bfloat16()
        torch.nn.functional.linear(x, weight)
        return timed(times, lambda: torch.nn.functional.linear(x, weight))

    def load(self, folder: str, side: int, end: str, times: int) -> float:
        return self.loaders.seconds(folder, side, end, times)

    def recipe(self, folder: str, batch: int, times: int) -> float:
        return self.recipe_loaders.seconds(folder, batch, times)

    def features(self, folder: str, batch: int, times: int) -> float:
        self.extraction = self.extraction or Extraction(folder, batch)
        return self.extraction.seconds(times)

    def prepare(self, file: str, times: int) -> float:
        return timed(times, lambda: prepare(file))

    def values(self, file: str) -> list[float]:
        return prepare(file).ravel().tolist()


def timed(times: int, work) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


if __name__ == "__main__":
    serve(Peer(int(sys.argv[1])), {"torch": torch.__version__})
