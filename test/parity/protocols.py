"""Published probes in PyTorch and scikit-learn on CIFAR-10 features of the demo's encoder: `protocols.py TRAIN_TAR TEST_TAR`.

    pip install torch==2.13.0 scikit-learn==1.9.1 numpy pillow safetensors

Writes test/fixtures/golden/protocols.json: of each protocol the training loss of every epoch (where there are epochs) and the
top-1 on the 10,000 test pictures in percent. `npm run check:fidelity -- --cifar10 FOLDER` trains the same by name, with the same
first weights (PyTorch's normal_ from seed 0) and batches (epoch_order below, lib/dataset/random.ts), and compares.
"""

import json
import pathlib
import sys
import tarfile

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression

ROOT = pathlib.Path(__file__).parents[2]
sys.path.append(str(ROOT / "scripts" / "fidelity"))
from cifar10 import Classifier, batch_of, read_pictures  # noqa: E402

CLASSES, SEED, WORD = 10, 0, 0xFFFFFFFF


def mix32(h: int) -> int:
    h = (h ^ (h >> 16)) * 0x85EBCA6B & WORD
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & WORD
    return h ^ (h >> 16)


def epoch_order(length: int, epoch: int) -> np.ndarray:
    """Fisher-Yates by xoshiro128** from (seed, epoch), as lib/dataset/random.ts."""
    golden = 0x9E3779B9
    start = mix32(mix32(mix32(SEED)) + (epoch + 1) * golden & WORD)
    a, b, c, d = (mix32(start + i * golden & WORD) for i in (1, 2, 3, 4))
    d |= 1
    order = list(range(length))
    for place in range(length - 1, 0, -1):
        bound = place + 1
        while True:
            result = b * 5 & WORD
            result = ((result << 7 | result >> 25) & WORD) * 9 & WORD
            shifted = b << 9 & WORD
            c, d = c ^ a, d ^ b
            b, a = b ^ c, a ^ d
            c ^= shifted
            d = (d << 11 | d >> 21) & WORD
            bits = result >> 1
            if bits < 2**31 - 2**31 % bound:
                break
        other = bits % bound
        order[place], order[other] = order[other], order[place]
    return np.array(order)


@torch.no_grad()
def features(encoder: Classifier, pictures: list) -> torch.Tensor:
    """Pooled outputs of the last four blocks, each through the final norm, oldest first [N, 4 D]."""
    parts = []
    for begin in range(0, len(pictures), 500):
        images = batch_of([np.asarray(picture) for picture in pictures[begin : begin + 500]])
        x = encoder.patch_embed(images) + encoder.pos_embed
        outputs = []
        for block in encoder.blocks:
            x = block(x)
            outputs.append(encoder.norm(x).mean(1))
        parts.append(torch.cat(outputs[-4:], 1))
    return torch.cat(parts)


def picture_names(path: str) -> list[str]:
    """In the order of read_pictures()."""
    with tarfile.open(path) as tar:
        return sorted(member.name for member in tar.getmembers() if member.name.endswith(".jpg"))


class Lars(torch.optim.Optimizer):
    """As MAE's util/lars.py computes it: momentum 0.9, trust 0.001 for matrices alone."""

    def __init__(self, parameters):
        super().__init__(parameters, {"lr": 0.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                change = p.grad
                if p.ndim > 1:
                    size, norm = p.norm(), change.norm()
                    if size > 0 and norm > 0:
                        change = change * (0.001 * size / norm)
                buffer = self.state[p].setdefault("buffer", torch.zeros_like(p))
                buffer.mul_(0.9).add_(change)
                p.sub_(group["lr"] * buffer)


def probe(train, test, norm, make_optimizer, epochs, batch, drop_last, rate_at, deviation=0.01) -> dict:
    (x, y), (x_test, y_test) = train, test
    linear = torch.nn.Linear(x.shape[1], CLASSES)
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        linear.weight.normal_(0, deviation, generator=generator).clamp_(-2, 2)
        linear.bias.zero_()
    head = torch.nn.Sequential(norm, linear)
    optimizer = make_optimizer(head)
    updates = len(x) // batch if drop_last else -(-len(x) // batch)
    losses = []
    for epoch in range(epochs):
        order, total, seen = epoch_order(len(x), epoch), 0.0, 0
        head.train()
        for index in range(updates):
            rows = order[index * batch : (index + 1) * batch]
            for group in optimizer.param_groups:
                group["lr"] = rate_at(epoch + index / updates)
            loss = F.cross_entropy(head(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, seen = total + loss.item() * len(rows), seen + len(rows)
        losses.append(total / seen)
    with torch.no_grad():
        top1 = (head.eval()(x_test).argmax(1) == y_test).double().mean().item()
    return {"losses": losses, "top1": 100 * top1}


def mae(train, test) -> dict:
    rate = 0.1 * 16_384 / 256
    return probe(
        train, test, torch.nn.BatchNorm1d(train[0].shape[1], affine=False, eps=1e-6), lambda head: Lars(head.parameters()),
        90, 16_384, True,
        lambda e: rate * e / 10 if e < 10 else rate * 0.5 * (1 + np.cos(np.pi * (e - 10) / 80)),
    )  # fmt: skip


def ijepa_transfer(train, test) -> dict:
    """Of its four heads the one with batch norm on the last four blocks."""

    def optimizer(head):
        norm, linear = head
        groups = [{"params": linear.parameters(), "weight_decay": 5e-4}, {"params": norm.parameters(), "weight_decay": 0}]
        return torch.optim.SGD(groups, lr=0.01, momentum=0.9, nesterov=True)

    norm = torch.nn.BatchNorm1d(train[0].shape[1])
    return probe(train, test, norm, optimizer, 28, 256, False, lambda e: 0.01 * 0.1 ** (e // 8))


def dinov2(train, test) -> dict:
    """Of its heads that of rate 1e-2 for 256 pictures on the last four blocks."""
    rate = 0.01 * 1_024 / 256
    return probe(
        train, test, torch.nn.Identity(), lambda head: torch.optim.SGD(head.parameters(), lr=rate, momentum=0.9),
        10, 1_024, False, lambda e: rate * 0.5 * (1 + np.cos(np.pi * e / 10)),
    )  # fmt: skip


def capi(train, test) -> dict:
    """Of its heads that of rate 1e-3 for 256 pictures and weight decay 1e-3, from zeros."""
    rate = 1e-3 * 1_024 / 256
    return probe(
        train, test, torch.nn.Identity(),
        lambda head: torch.optim.AdamW(head.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=1e-3), 10, 1_024, False,
        lambda e: rate * e if e < 1 else rate * 0.5 * (1 + np.cos(np.pi * (e - 1) / 9)), deviation=0,
    )  # fmt: skip


def msn_lowshot(train, test, names: list[str]) -> dict:
    """The first five pictures of each class: rows centred and at length 1, C = 1 / 0.0025, no intercept."""
    (x, y), (x_test, y_test) = train, test
    rows = torch.cat([(y == label).nonzero()[:5, 0] for label in range(CLASSES)])
    prepared = [F.normalize(part - part.mean(1, keepdim=True), dim=1).double().numpy() for part in (x[rows], x_test)]
    model = LogisticRegression(C=400.0, tol=1e-8, max_iter=10_000, fit_intercept=False).fit(prepared[0], y[rows].numpy())
    return {"list": [names[row] for row in rows], "top1": 100 * model.score(prepared[1], y_test.numpy())}


def logistic(train, test) -> dict:
    """One of the published strengths: C = 1."""
    (x, y), (x_test, y_test) = train, test
    model = LogisticRegression(C=1.0, tol=1e-6, max_iter=1_000).fit(x.double().numpy(), y.numpy())
    return {"top1": 100 * model.score(x_test.double().numpy(), y_test.numpy())}


def knn(train, test) -> dict:
    """k = 20, temperature 0.07."""
    (x, y), (x_test, y_test) = train, test
    x, x_test = F.normalize(x, dim=1), F.normalize(x_test, dim=1)
    correct = 0
    for begin in range(0, len(x_test), 1_000):
        nearest, indices = (x_test[begin : begin + 1_000] @ x.T).topk(20, dim=1)
        votes = F.one_hot(y[indices], CLASSES) * F.softmax(nearest / 0.07, dim=1)[..., None]
        correct += (votes.sum(1).argmax(1) == y_test[begin : begin + 1_000]).sum().item()
    return {"top1": 100 * correct / len(y_test)}


def main() -> None:
    encoder = Classifier(load_file(ROOT / "demo" / "encoder.safetensors"), CLASSES).eval()
    train, test = ((features(encoder, pictures), labels) for pictures, labels in map(read_pictures, sys.argv[1:3]))
    last = [(x[:, -128:].contiguous(), y) for x, y in (train, test)]
    golden = {
        "mae": mae(*last),
        "ijepa-transfer": ijepa_transfer(train, test),
        "dinov2": dinov2(train, test),
        "capi": capi(*last),
        "logistic": logistic(*last),
        "msn-lowshot": msn_lowshot(*last, picture_names(sys.argv[1])),
        "knn": knn(*last),
    }
    path = ROOT / "test" / "fixtures" / "golden" / "protocols.json"
    path.write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
