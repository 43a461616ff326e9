"""timm's own loader with the augmentation of MAE's fine-tuning, pixels to normalised and erased floats in its workers."""

import time

import without_operators  # noqa: F401
from PIL import ImageOps
from timm.data import ImageDataset, create_loader

WORKERS = 2

# timm asks for 0 bits at its highest magnitude, which Pillow 13 refuses; 1 bit costs the same.
posterize = ImageOps.posterize
ImageOps.posterize = lambda image, bits: posterize(image, max(bits, 1))


class RecipeLoaders:
    """One loader a folder, kept with its workers."""

    def __init__(self):
        self.loaders = {}

    def seconds(self, folder: str, batch: int, times: int) -> float:
        """Of an epoch; the last batch is left out where it is not full."""
        loader = self._loader(folder, batch)
        begun = time.perf_counter()
        for _ in range(times):
            for _batch in loader:
                pass
        return (time.perf_counter() - begun) / times

    def _loader(self, folder: str, batch: int):
        if folder not in self.loaders:
            self.loaders[folder] = create_loader(
                ImageDataset(folder), (3, 224, 224), batch, is_training=True, use_prefetcher=False,
                num_workers=WORKERS, persistent_workers=True,
                scale=(0.08, 1), hflip=0.5, interpolation="bicubic", color_jitter=None,
                auto_augment="rand-m9-mstd0.5-inc1", re_prob=0.25, re_mode="pixel", re_count=1,
            )
        return self.loaders[folder]
