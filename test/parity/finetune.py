"""200 updates of a six-block ViT in PyTorch, by the recipe of the field: what test/parity/finetune.test.ts follows.

    pip install torch==2.13.0 timm==1.0.31 safetensors && python test/parity/finetune.py

The encoder is timm's VisionTransformer, the mixing timm's Mixup, the averaging timm's ModelEmaV3, the optimizer PyTorch's AdamW,
the layer decay MAE's. All draws (whether and how a batch is mixed, which branches are dropped) come from one generator, in the
order in which native/session draws them, and its first state is written: the test begins with it, and so draws the same.

Writes test/fixtures/golden/finetune.safetensors: pixels, labels, what the training begins with, its losses, and the last weights.
"""

import math
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

register_fake, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
from timm.data.mixup import Mixup  # noqa: E402
from timm.loss import SoftTargetCrossEntropy  # noqa: E402
from timm.models.vision_transformer import VisionTransformer  # noqa: E402
from timm.utils import ModelEmaV3  # noqa: E402

torch.library.register_fake = register_fake
torch.manual_seed(0)
torch.set_num_threads(1)

CLASSES, SIDE, IMAGES, BATCH, STEPS, EPOCH, DEPTH = 10, 32, 64, 16, 200, 4, 6
RATE, MIN_RATE, WARMUP, DECAY, WEIGHT_DECAY = 2e-3, 1e-5, 20, 0.75, 0.05
MIXUP, CUTMIX, SWITCH, SMOOTHING, DROP_PATH, CLIP, EMA = 0.8, 1.0, 0.5, 0.1, 0.2, 1.0, 0.98


class FedDropPath(torch.nn.Module):
    """Multiplies each sample's branch with a number that was drawn outside."""

    def forward(self, x):
        return x * self.scale


def model():
    vit = VisionTransformer(
        img_size=SIDE, patch_size=8, embed_dim=48, depth=DEPTH, num_heads=4, num_classes=CLASSES,
        class_token=False, global_pool="avg", fc_norm=False,
    )  # fmt: skip
    torch.nn.init.trunc_normal_(vit.head.weight, std=0.02)
    vit.pos_embed.requires_grad_(False)
    for block in vit.blocks:
        block.drop_path1, block.drop_path2 = FedDropPath(), FedDropPath()
    return vit


def layer(name):
    """MAE's: embeddings 0, block i is i + 1, all else above."""
    if name.startswith(("pos_embed", "patch_embed")):
        return 0
    return int(name.split(".")[1]) + 1 if name.startswith("blocks.") else DEPTH + 1


def groups(vit):
    trained = [(n, p) for n, p in vit.named_parameters() if p.requires_grad]
    scales = {n: DECAY ** (DEPTH + 1 - layer(n)) for n, _ in trained}
    decays = {n: WEIGHT_DECAY if p.ndim > 1 else 0.0 for n, p in trained}
    return [{"params": [p], "scale": scales[n], "weight_decay": decays[n]} for n, p in trained]


def rate_at(step):
    if step < WARMUP:
        return RATE * step / WARMUP
    done = (step - WARMUP) / (STEPS - WARMUP)
    return MIN_RATE + (RATE - MIN_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def feed_mixup(mixup, generator):
    """timm's Mixup with its draws taken from the generator."""
    cuts = torch.rand((), generator=generator, dtype=torch.float64).item() < SWITCH
    alphas = torch.full((2,), CUTMIX if cuts else MIXUP, dtype=torch.float64)
    share = torch._sample_dirichlet(alphas, generator=generator)[0].item()
    centre = iter([torch.randint(SIDE, (), generator=generator).item() for _ in range(2)] if cuts else [])
    mixup._params_per_batch = lambda: (share, cuts)
    np.random.randint = lambda *_, **__: next(centre)


def feed_drop_path(vit, generator):
    keep = 1 - torch.tensor([DROP_PATH * i / (DEPTH - 1) for i in range(DEPTH)]).view(DEPTH, 1, 1, 1, 1)
    scales = (torch.rand((DEPTH, 2, BATCH, 1, 1), generator=generator) < keep).float() / keep
    for block, (first, second) in zip(vit.blocks, scales):
        block.drop_path1.scale, block.drop_path2.scale = first, second


def train():
    vit = model().train()
    generator = torch.Generator().manual_seed(11)
    labels = torch.randint(CLASSES, (IMAGES,))
    colours = torch.rand(CLASSES, 3, 1, 1)[labels]
    pixels = ((0.6 * colours + 0.4 * torch.rand(IMAGES, 3, SIDE, SIDE)) * 255).to(torch.uint8)
    golden = {"pixels": pixels, "labels": labels.int(), "generator": generator.get_state()}
    golden.update({f"before.{n}": p.detach().clone() for n, p in vit.named_parameters()})
    mean, std = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    images = (pixels.float() / 255 - mean) / std
    optimizer = torch.optim.AdamW(groups(vit), lr=1.0)
    mixup = Mixup(MIXUP, CUTMIX, switch_prob=SWITCH, label_smoothing=SMOOTHING, num_classes=CLASSES)
    criterion, average, losses = SoftTargetCrossEntropy(), ModelEmaV3(vit, decay=EMA, use_warmup=True), []
    for step in range(STEPS):
        rows = slice(step % EPOCH * BATCH, (step % EPOCH + 1) * BATCH)
        feed_mixup(mixup, generator)
        feed_drop_path(vit, generator)
        mixed, targets = mixup(images[rows].clone(), labels[rows])
        loss = criterion(vit(mixed), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vit.parameters(), CLIP)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step) * group["scale"]
        optimizer.step()
        average.update(vit, step=step + 1)
        losses.append(loss.item())
    golden["losses"] = torch.tensor(losses, dtype=torch.float64)
    golden.update({f"after.{n}": p.detach() for n, p in vit.named_parameters()})
    golden.update({f"average.{n}": p.detach() for n, p in average.module.named_parameters()})
    return golden


def main():
    golden = train()
    print("losses", golden["losses"][[0, 50, 100, 199]].tolist())
    path = pathlib.Path(__file__).parent.parent / "fixtures" / "golden" / "finetune.safetensors"
    save_file({name: values.contiguous() for name, values in golden.items()}, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
