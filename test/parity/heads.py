"""Golden values of many heads in one pass: each head alone in PyTorch, with the published optimizers and batch norms.

    pip install torch==2.13.0 safetensors && python test/parity/heads.py

Writes test/fixtures/golden/heads.safetensors: features of two widths (the last 8 of 32 columns are the narrow ones), the rows
of every batch, and for each case the first weights, the losses of all updates and the logits in evaluation of every head.
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

ROWS, COLUMNS, NARROW, CLASSES, BATCH, UPDATES = 96, 32, 8, 5, 24, 60
torch.manual_seed(0)
golden = {}


class Head(torch.nn.Module):
    def __init__(self, columns: int, norm: str, weight: torch.Tensor, bias: torch.Tensor):
        super().__init__()
        self.columns = columns
        norms = {
            "none": torch.nn.Identity,
            "affine": lambda: torch.nn.BatchNorm1d(columns),
            "plain": lambda: torch.nn.BatchNorm1d(columns, affine=False, eps=1e-6),
        }
        self.norm = norms[norm]()
        self.linear = torch.nn.Linear(columns, CLASSES)
        self.linear.load_state_dict({"weight": weight, "bias": bias})

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.linear(self.norm(features[:, -self.columns :]))


class Lars(torch.optim.Optimizer):
    """As in the published linear probes: trust 0.001 and weight decay for matrices alone, plain momentum."""

    def __init__(self, parameters, lr: float, weight_decay: float):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                change = parameter.grad
                if parameter.ndim > 1:
                    change = change + group["weight_decay"] * parameter
                    size, norm = parameter.norm(), change.norm()
                    change = change * (0.001 * size / norm if size > 0 and norm > 0 else 1)
                buffer = self.state[parameter].setdefault("buffer", torch.zeros_like(parameter))
                buffer.mul_(0.9).add_(change)
                parameter.sub_(group["lr"] * buffer)


def optimizer_of(case: dict, head: Head, rate: float, decay: float):
    if case["optimizer"] == "lars":
        return Lars(head.parameters(), rate, decay)
    decayed = [head.linear.weight] + ([head.linear.bias] if case["decay_biases"] else [])
    rest = [p for p in head.parameters() if not any(p is other for other in decayed)]
    groups = [{"params": decayed, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
    if case["optimizer"] == "adamw":
        return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95))
    return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=case["nesterov"])


# capi's, VISSL's, MAE's and DINOv2's; of a group: columns, batch norm, and of each head its learning rate and weight decay.
CASES = {
    "adamw": {
        "optimizer": "adamw", "decay_biases": False, "init": 0.02,
        "groups": [(NARROW, "none", [(1e-2, 5e-4), (1e-3, 5e-2), (5e-2, 1e-3)]), (COLUMNS, "none", [(2e-3, 1e-3)])],
    },
    "nesterov": {
        "optimizer": "sgd", "nesterov": True, "decay_biases": True, "init": 0.01,
        "groups": [
            (NARROW, "none", [(0.01, 5e-4), (0.1, 0.0)]), (COLUMNS, "affine", [(0.01, 5e-4), (0.2, 5e-3)]),
            (NARROW, "affine", [(0.05, 5e-4)]),
        ],
    },
    "lars": {
        "optimizer": "lars", "decay_biases": False, "init": 0.01,
        "groups": [(COLUMNS, "plain", [(6.4, 0.0), (1.0, 5e-2)]), (NARROW, "none", [(0.5, 5e-4)])],
    },
    "momentum": {
        "optimizer": "sgd", "nesterov": False, "decay_biases": False, "init": 0.01,
        "groups": [(COLUMNS, "none", [(1e-2, 0.0), (1e-1, 0.0)])],
    },
}


def train(name: str, case: dict, features: torch.Tensor, labels: torch.Tensor, batches: torch.Tensor) -> None:
    losses, logits = [], []
    for index, (columns, norm, heads) in enumerate(case["groups"]):
        weights = [torch.nn.init.trunc_normal_(torch.empty(CLASSES, columns), std=case["init"]) for _ in heads]
        biases = [0.1 * torch.randn(CLASSES) for _ in heads]
        golden[f"{name}.heads.{index}.weight"] = torch.stack(weights)
        golden[f"{name}.heads.{index}.bias"] = torch.stack(biases)
        for (rate, decay), weight, bias in zip(heads, weights, biases):
            head = Head(columns, norm, weight, bias)
            optimizer, own = optimizer_of(case, head, rate, decay), []
            for step, rows in enumerate(batches):
                for group in optimizer.param_groups:
                    group["lr"] = rate * (1 - step / UPDATES)
                loss = F.cross_entropy(head(features[rows]), labels[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                own.append(loss.item())
            losses.append(own)
            logits.append(head.eval()(features).detach())
    golden[f"{name}.losses"], golden[f"{name}.logits"] = torch.tensor(losses), torch.stack(logits)


def main() -> None:
    labels = torch.randint(CLASSES, (ROWS,))
    features = torch.randn(CLASSES, COLUMNS)[labels] + 1.5 * torch.randn(ROWS, COLUMNS) + torch.linspace(-2, 2, COLUMNS)
    batches = torch.stack([torch.randperm(ROWS)[:BATCH] for _ in range(UPDATES)])
    golden.update({"features": features, "labels": labels, "batches": batches.int()})
    for name, case in CASES.items():
        train(name, case, features, labels, batches)
    folder = pathlib.Path(__file__).parents[1] / "fixtures" / "golden"
    save_file(golden, folder / "heads.safetensors")


if __name__ == "__main__":
    main()
