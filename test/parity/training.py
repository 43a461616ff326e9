"""Golden values of the training step: timm's mixup and losses, PyTorch's SGD, timm's LARS and EMA, scikit-learn's metrics of
several labels a sample.

    pip install torch==2.13.0 timm==1.0.31 scikit-learn==1.9.1 safetensors && python test/parity/training.py

Writes test/fixtures/golden/training.safetensors. What timm draws is written beside what comes of it, so that the tests feed the
same draws in; the shares of 200,000 of its own draws are written as quantiles.
"""

import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from sklearn.metrics import average_precision_score, f1_score

register_fake, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
import timm  # noqa: E402  (torchvision's operators may be of another build of torch; nothing here uses them)
from timm.data.mixup import Mixup, cutmix_bbox_and_lam  # noqa: E402
from timm.loss import BinaryCrossEntropy, SoftTargetCrossEntropy  # noqa: E402
from timm.optim import Lars  # noqa: E402
from timm.utils import ModelEmaV3  # noqa: E402

torch.library.register_fake = register_fake
torch.manual_seed(0)
np.random.seed(0)
golden = {}
CLASSES, HEIGHT, WIDTH = 10, 12, 16


def mixed(name, share, box=None):
    """One batch through timm's own Mixup, its draws replaced by these."""
    images, labels = torch.rand(6, 3, HEIGHT, WIDTH), torch.randint(CLASSES, (6,))
    golden.update({f"{name}.images": images.clone(), f"{name}.labels": labels})
    draws = iter(box or ())
    np.random.randint = lambda *_, **__: next(draws)
    mixup = Mixup(mixup_alpha=0.8, cutmix_alpha=1.0, label_smoothing=0.1, num_classes=CLASSES)
    mixup._params_per_batch = lambda: (share, box is not None)
    images, targets = mixup(images, labels)
    kept = 1.0 if box is None else float(cutmix_share(share, box))
    golden[f"{name}.draws"] = torch.tensor([share, *(box or (-1, -1)), share if box is None else kept], dtype=torch.float64)
    golden[f"{name}.mixed"], golden[f"{name}.targets"] = images, targets.float()


def cutmix_share(share, box):
    draws = iter(box)
    np.random.randint = lambda *_, **__: next(draws)
    return cutmix_bbox_and_lam((6, 3, HEIGHT, WIDTH), share)[1]


def mixes():
    randint = np.random.randint
    mixed("mixup.0", 0.3)
    mixed("mixup.1", 0.9)
    for index, (share, box) in enumerate([(0.5, (6, 8)), (0.2, (0, 15)), (0.9, (11, 0)), (0.999, (5, 5))]):
        mixed(f"cutmix.{index}", share, box)
    np.random.randint = randint


def quantiles():
    """Of the shares that timm's Mixup keeps, after cutmix's correction, at 64 × 64 pixels."""
    for name, alphas in {"mixup": (0.8, 0.0), "cutmix": (0.0, 1.0), "both": (0.8, 1.0), "narrow": (0.2, 0.0)}.items():
        mixup = Mixup(mixup_alpha=alphas[0], cutmix_alpha=alphas[1], switch_prob=0.25)
        shares = []
        for _ in range(200_000):
            share, cuts = mixup._params_per_batch()
            shares.append(cutmix_bbox_and_lam((2, 3, 64, 64), share)[1] if cuts else share)
        golden[f"shares.{name}"] = torch.tensor(np.quantile(shares, np.linspace(0.01, 0.99, 99)))


def draws():
    """What our mixup draws, by PyTorch's own generator from seed 3: a script that follows our training draws so.

    Whether to cut (where both are on), the share, and for cutmix the box's centre.
    """
    generator, found = torch.Generator().manual_seed(3), []
    for _ in range(20):
        cuts = torch.rand((), generator=generator, dtype=torch.float64).item() < 0.5
        alphas = torch.full((2,), 1.0 if cuts else 0.8, dtype=torch.float64)
        share = torch._sample_dirichlet(alphas, generator=generator)[0].item()
        y, x = (torch.randint(n, (), generator=generator).item() for n in (HEIGHT, WIDTH)) if cuts else (-1, -1)
        found.append([share, y, x])
    golden["draws"] = torch.tensor(found, dtype=torch.float64)


def losses():
    logits, labels = torch.randn(8, CLASSES) * 2, torch.randint(CLASSES, (8,))
    soft = torch.rand(8, CLASSES)
    soft /= soft.sum(1, keepdim=True)
    weights = torch.rand(CLASSES) + 0.5
    golden.update({"loss.logits": logits, "loss.labels": labels, "loss.shares": soft, "loss.weights": weights})
    smoothed = soft * 0.9 + 0.1 / CLASSES
    cases = {
        "labels": F.cross_entropy(logits, labels, label_smoothing=0.1),
        "labels.weighted": F.cross_entropy(logits, labels, weights, label_smoothing=0.1),
        "shares": SoftTargetCrossEntropy()(logits, smoothed),
        "binary.labels": BinaryCrossEntropy(smoothing=0.1)(logits, labels),
        "binary.labels.weighted": BinaryCrossEntropy(smoothing=0.1, weight=weights)(logits, labels),
        "binary.shares": BinaryCrossEntropy(smoothing=0.0)(logits, smoothed),
    }
    golden.update({f"loss.of.{name}": value for name, value in cases.items()})


def parameters():
    return [torch.nn.Parameter(torch.randn(4, 6) * 0.5), torch.nn.Parameter(torch.randn(4) * 0.5)]


def optimizers():
    """Five updates with given gradients: a matrix and a bias, the weight decay on the matrix alone."""
    gradients = [[torch.randn(4, 6) * 0.1, torch.randn(4) * 0.1] for _ in range(5)]
    start = [p.detach().clone() for p in parameters()]
    golden.update({f"optim.start.{i}": p for i, p in enumerate(start)})
    golden.update({f"optim.gradient.{t}.{i}": g for t, gs in enumerate(gradients) for i, g in enumerate(gs)})

    def run(name, make):
        tensors = [torch.nn.Parameter(p.clone()) for p in start]
        optimizer = make(tensors)
        for gs in gradients:
            for p, g in zip(tensors, gs):
                p.grad = g.clone()
            optimizer.step()
        golden.update({f"optim.{name}.{i}": p.detach() for i, p in enumerate(tensors)})

    def sgd(tensors):
        groups = [{"params": tensors[:1], "weight_decay": 0.05}, {"params": tensors[1:], "weight_decay": 0.0}]
        return torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True)

    def lars(tensors):
        groups = [{"params": tensors[:1], "always_adapt": True}, {"params": tensors[1:], "always_adapt": False}]
        return Lars(groups, lr=4.8, momentum=0.9, weight_decay=0.0)

    run("sgd", sgd)
    run("lars", lars)


def averages():
    """timm's ModelEmaV3 with its warm-up, over values that jump: of one scalar, after each of 30 updates."""
    model = torch.nn.Linear(1, 1, bias=False)
    ema = ModelEmaV3(model, decay=0.8, use_warmup=True)
    values, found = torch.randn(30), []
    for step, value in enumerate(values):
        model.weight.data.fill_(value)
        ema.update(model, step=step + 1)
        found.append(ema.module.weight.item())
    golden["ema.values"], golden["ema.averages"] = values, torch.tensor(found)


def several_labels():
    """Logits with ties, of 40 samples and 5 classes, the last of which none has: loss, mAP, micro-F1 at 0.5."""
    logits = torch.round(torch.randn(40, 5) * 4) / 2
    truth = (torch.rand(40, 5) < torch.sigmoid(logits) * 0.6).float()
    truth[:, 4] = 0
    precisions = [average_precision_score(truth[:, c], logits[:, c]) for c in range(4)]
    f1 = f1_score(truth, (torch.sigmoid(logits) >= 0.5).float(), average="micro")
    loss = F.binary_cross_entropy_with_logits(logits.double(), truth.double()).item()
    golden.update({"several.logits": logits, "several.truth": truth})
    golden["several.metrics"] = torch.tensor([loss, np.mean(precisions), f1], dtype=torch.float32)


def main():
    mixes(), quantiles(), losses(), optimizers(), averages(), several_labels(), draws()
    folder = pathlib.Path(__file__).parent.parent / "fixtures" / "golden"
    versions = {"torch": torch.__version__, "timm": timm.__version__, "numpy": np.__version__}
    save_file({k: v.contiguous() for k, v in golden.items()}, folder / "training.safetensors", metadata=versions)


if __name__ == "__main__":
    main()
