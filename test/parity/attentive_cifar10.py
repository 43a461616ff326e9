"""A whole attentive probe in V-JEPA's form on all of CIFAR-10, in PyTorch: `attentive_cifar10.py FIRST TRAIN_TAR TEST_TAR`.

    pip install torch==2.13.0 timm==1.0.31 scikit-learn==1.9.1 numpy pillow safetensors

FIRST holds the first weights of pooler and classifier, which our session draws after the encoder's: of
`node scripts/fidelity/first-weights.mjs FIRST`. Tokens of the demo's encoder are computed once, in float32; then the recipe of the
preset vjepa-attentive at fewer epochs. Puts the training loss of every epoch and the top-1 on the 10,000 test pictures beside those
of protocols.py in test/fixtures/golden/protocols.json, where `npm run check:fidelity -- --cifar10 FOLDER` finds them.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from attentive import Classifier as AttentiveClassifier
from attentive_run import trained
from protocols import CLASSES, ROOT, Classifier, batch_of, epoch_order, read_pictures
from safetensors.torch import load_file

EPOCHS, BATCH, HEADS = 5, 1_024, 2


@torch.no_grad()
def tokens_of(encoder: Classifier, pictures: list) -> torch.Tensor:
    """After the final normalisation [N, 64, D]."""
    parts = []
    for begin in range(0, len(pictures), 250):
        x = encoder.patch_embed(batch_of([np.asarray(picture) for picture in pictures[begin : begin + 250]]))
        x = x + encoder.pos_embed
        for block in encoder.blocks:
            x = block(x)
        parts.append(encoder.norm(x))
    return torch.cat(parts)


@torch.no_grad()
def top1(model: AttentiveClassifier, tokens: torch.Tensor, labels: torch.Tensor) -> float:
    logits = torch.cat([model(part) for part in tokens.split(BATCH)])
    return 100 * (logits.argmax(1) == labels).double().mean().item()


def main() -> None:
    first, train_tar, test_tar = sys.argv[1:4]
    encoder = Classifier(load_file(ROOT / "demo" / "encoder.safetensors"), CLASSES).eval()
    (tokens, labels), (test_tokens, test_labels) = (
        (tokens_of(encoder, pictures), labels) for pictures, labels in map(read_pictures, (train_tar, test_tar))
    )
    model = AttentiveClassifier(HEADS, is_whole=True, classes=CLASSES)
    model.load_state_dict(load_file(first))
    orders = torch.stack([torch.from_numpy(epoch_order(len(labels), epoch)) for epoch in range(EPOCHS)])
    losses = trained(model, tokens, labels, orders, BATCH)
    found = {"losses": losses, "top1": top1(model, test_tokens, test_labels)}
    path = pathlib.Path(ROOT) / "test" / "fixtures" / "golden" / "protocols.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"vjepa-attentive": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
