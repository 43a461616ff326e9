"""A whole attentive probe in V-JEPA's form on the demo's photographs, in PyTorch: test/parity/attentive-run.test.ts.

    pip install torch==2.13.0 timm==1.0.31 pillow numpy safetensors && python test/parity/attentive_run.py

The demo's encoder is frozen, its tokens are computed once; pooler and classifier train on the 2,000 photographs for four epochs
at batch 64: AdamW at 1e-3 with a cosine to 0 by update, weight decay 0.001 on matrices and the query, gradients clipped at 1.
Writes test/fixtures/golden/attentive-run.safetensors: first parameters (`before.*`), the order of every epoch, labels, the mean
training loss of each epoch, and the logits of the 1,000 test photographs.
"""

import io
import math
import pathlib
import tarfile

import numpy as np
import torch
import torch.nn.functional as F
from attentive import WIDTH, Classifier, VisionTransformer
from PIL import Image
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).parents[2]
EPOCHS, BATCH, RATE, DECAY, CLIP, CLASSES = 4, 64, 1e-3, 0.001, 1.0, 10
MEAN, STD = np.float32((0.485, 0.456, 0.406)), np.float32((0.229, 0.224, 0.225))


def photographs(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised pictures and labels, in the order of their names."""
    with tarfile.open(ROOT / "demo" / name) as tar:
        members = sorted((m for m in tar.getmembers() if m.isfile()), key=lambda member: member.name)
        classes = sorted({member.name.split("/")[-2] for member in members})
        labels = torch.tensor([classes.index(member.name.split("/")[-2]) for member in members])
        pixels = [np.float32(Image.open(io.BytesIO(tar.extractfile(m).read())).convert("RGB")) for m in members]
    return torch.from_numpy((np.stack(pixels) / 255 - MEAN) / STD).permute(0, 3, 1, 2), labels


@torch.no_grad()
def tokens_of(images: torch.Tensor) -> torch.Tensor:
    encoder = VisionTransformer(
        img_size=32, patch_size=4, embed_dim=WIDTH, depth=6, num_heads=2, num_classes=0, class_token=False,
        global_pool="avg", fc_norm=False,
    ).eval()  # fmt: skip
    weights = load_file(ROOT / "demo/encoder.safetensors")
    encoder.load_state_dict({name: values.float() for name, values in weights.items()})
    return torch.cat([encoder.forward_features(part) for part in images.split(250)])


@torch.no_grad()
def initialized() -> Classifier:
    """As V-JEPA's begins; the classifier as PyTorch's linear layers do."""
    model = Classifier(heads=2, is_whole=True, classes=CLASSES)
    torch.nn.init.trunc_normal_(model.pooler.query_tokens, std=0.02)
    for module in model.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.reset_parameters()
        elif isinstance(module, torch.nn.Linear):
            torch.nn.init.trunc_normal_(module.weight, std=0.02)
            torch.nn.init.zeros_(module.bias)
    model.pooler.cross_attention_block.mlp.fc2.weight.div_(math.sqrt(2))
    model.head.reset_parameters()
    return model


def trained(
    model: Classifier, tokens: torch.Tensor, labels: torch.Tensor, orders: torch.Tensor, batch: int
) -> list[float]:
    """By the preset's recipe, an epoch in each of the orders; the mean training loss of each."""
    matrices = [values for values in model.parameters() if values.ndim > 1]
    rest = [values for values in model.parameters() if values.ndim == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": DECAY}, {"params": rest, "weight_decay": 0}])
    updates, losses = math.ceil(len(labels) / batch), []
    for epoch, order in enumerate(orders):
        total = 0.0
        for step, rows in enumerate(order.split(batch)):
            for group in optimizer.param_groups:
                group["lr"] = 0.5 * RATE * (1 + math.cos(math.pi * (epoch + step / updates) / len(orders)))
            loss = F.cross_entropy(model(tokens[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(labels))
    return losses


def main() -> None:
    torch.manual_seed(0)
    (images, labels), (test_images, test_labels) = (
        photographs("photographs-train.tar"), photographs("photographs-test.tar"),
    )  # fmt: skip
    tokens, test_tokens = tokens_of(images), tokens_of(test_images)
    model = initialized()
    golden = {f"before.{name}": values.detach().clone() for name, values in model.named_parameters()}
    orders = torch.stack([torch.randperm(len(labels)) for _ in range(EPOCHS)])
    losses = trained(model, tokens, labels, orders, BATCH)
    with torch.no_grad():
        logits = model(test_tokens)
    print(f"losses {losses}; top-1 {100 * (logits.argmax(1) == test_labels).float().mean():.2f} %")
    golden |= {"orders": orders.int(), "labels": labels.int(), "losses": torch.tensor(losses), "logits": logits}
    golden["testLabels"] = test_labels.int()
    save_file(golden, ROOT / "test/fixtures/golden/attentive-run.safetensors")


if __name__ == "__main__":
    main()
