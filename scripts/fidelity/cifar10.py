"""Fine-tunes an I-JEPA encoder on all of CIFAR-10 in PyTorch: `cifar10.py ENCODER TRAIN_TAR TEST_TAR SEED`, top-1 in percent.

The other side of `npm run check:fidelity -- --cifar10 FOLDER` (needs torch 2.13, numpy, pillow, safetensors). ENCODER is
the demo's, in safetensors; the tars hold class folders of 32 x 32 JPEGs. Recipe: 2 epochs at batch 256, AdamW at 2e-3,
weight decay 0.05 on tensors of two or more dimensions, layer decay 0.75, warm-up of 0.2 epochs and a cosine to 1e-6, label
smoothing 0.1, random resized crop (area 0.5 to 1) and flip, bfloat16 autocast; evaluated in float32.
"""

import io
import math
import random
import sys
import tarfile

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch import nn

DIM, DEPTH, HEADS, PATCH, SIDE = 128, 6, 2, 4, 32
EPOCHS, WARMUP, BATCH, RATE, LEAST_RATE = 2, 0.2, 256, 2e-3, 1e-6
MEAN, STD = np.float32((0.485, 0.456, 0.406)), np.float32((0.229, 0.224, 0.225))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.proj = nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(DIM, 4 * DIM), nn.Linear(4 * DIM, DIM)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM, 1e-6), nn.LayerNorm(DIM, 1e-6)
        self.attn, self.mlp = Attention(), Mlp()

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Conv2d(3, DIM, PATCH, PATCH)

    def forward(self, images):
        return self.proj(images).flatten(2).transpose(1, 2)


class Classifier(nn.Module):
    """The encoder's names are the official ones; the head reads the mean of the normalised patch tokens."""

    def __init__(self, encoder: dict[str, torch.Tensor], classes: int):
        super().__init__()
        self.patch_embed, self.norm = PatchEmbed(), nn.LayerNorm(DIM, 1e-6)
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.pos_embed = nn.Parameter(torch.zeros(1, (SIDE // PATCH) ** 2, DIM), requires_grad=False)
        self.load_state_dict({name: tensor.float() for name, tensor in encoder.items()})
        self.head = nn.Linear(DIM, classes)
        nn.init.trunc_normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, images):
        x = self.patch_embed(images) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


def layer_of(name: str) -> int:
    if name.startswith("patch_embed"):
        return 0
    return int(name.split(".")[1]) + 1 if name.startswith("blocks") else DEPTH + 1


def create_optimizer(model: nn.Module) -> torch.optim.AdamW:
    groups = [
        {"params": [p], "scale": 0.75 ** (DEPTH + 1 - layer_of(name)), "weight_decay": 0.05 if p.ndim > 1 else 0.0}
        for name, p in model.named_parameters() if p.requires_grad
    ]
    return torch.optim.AdamW(groups, lr=RATE, fused=True)


def rate_at(epoch: float) -> float:
    if epoch < WARMUP:
        return RATE * epoch / WARMUP
    return LEAST_RATE + (RATE - LEAST_RATE) * 0.5 * (1 + math.cos(math.pi * (epoch - WARMUP) / (EPOCHS - WARMUP)))


def read_pictures(path: str) -> tuple[list[Image.Image], torch.Tensor]:
    pictures, names = [], []
    with tarfile.open(path) as tar:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            if member.name.endswith(".jpg"):
                pictures.append(Image.open(io.BytesIO(tar.extractfile(member).read())).convert("RGB"))
                names.append(member.name.split("/")[-2])
    classes = sorted(set(names))
    return pictures, torch.tensor([classes.index(name) for name in names])


def crop_box(draw: random.Random) -> tuple[int, int, int, int]:
    for _ in range(10):
        area = SIDE * SIDE * draw.uniform(0.5, 1)
        ratio = math.exp(draw.uniform(math.log(3 / 4), math.log(4 / 3)))
        width, height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if width <= SIDE and height <= SIDE:
            left, top = draw.randint(0, SIDE - width), draw.randint(0, SIDE - height)
            return left, top, left + width, top + height
    return 0, 0, SIDE, SIDE


def augmented(picture: Image.Image, draw: random.Random) -> np.ndarray:
    part = picture.crop(crop_box(draw)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    pixels = np.asarray(part)
    return pixels[:, ::-1] if draw.random() < 0.5 else pixels


def batch_of(pixels: list[np.ndarray]) -> torch.Tensor:
    values = (np.stack(pixels).astype(np.float32) / 255 - MEAN) / STD
    return torch.from_numpy(values).permute(0, 3, 1, 2).contiguous()


def train(model: nn.Module, pictures: list[Image.Image], labels: torch.Tensor, draw: random.Random) -> None:
    optimizer, steps = create_optimizer(model), len(pictures) // BATCH
    for step in range(EPOCHS * steps):
        if step % steps == 0:
            order = draw.sample(range(len(pictures)), len(pictures))
        chosen = order[step % steps * BATCH:][:BATCH]
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step / steps) * group["scale"]
        images = batch_of([augmented(pictures[i], draw) for i in chosen])
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(images)
        F.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.1).backward()
        optimizer.step()
        optimizer.zero_grad()


@torch.no_grad()
def top_one(model: nn.Module, pictures: list[Image.Image], labels: torch.Tensor) -> float:
    right = 0
    for begin in range(0, len(pictures), 500):
        logits = model(batch_of([np.asarray(picture) for picture in pictures[begin:begin + 500]]))
        right += (logits.argmax(1) == labels[begin:begin + 500]).sum().item()
    return 100 * right / len(pictures)


def main() -> None:
    encoder, train_tar, test_tar, seed = sys.argv[1:]
    torch.manual_seed(int(seed))
    pictures, labels = read_pictures(train_tar)
    model = Classifier(load_file(encoder), int(labels.max()) + 1)
    train(model, pictures, labels, random.Random(int(seed)))
    print(f"{top_one(model.eval(), *read_pictures(test_tar)):.2f}", flush=True)


if __name__ == "__main__":
    main()
