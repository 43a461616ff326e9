"""PyTorch's side of `npm run bench`: a process that answers one request a line with seconds, as JSON.

Hugging Face's I-JEPA classifier in eager mode with fused AdamW, as people run it; torchvision's loader with Pillow.
"""

import json
import sys
import time

import torch
from torch.utils.data import DataLoader

# torchvision's compiled operators (detection) are built for one build of torch and may be missing beside a CPU one; nothing
# here uses them, but importing it registers shapes for them.
register_fake, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
from torchvision import datasets, transforms

torch.library.register_fake = register_fake
from transformers import IJepaConfig, IJepaForImageClassification

VIT_SMALL = dict(
    hidden_size=384, num_hidden_layers=12, num_attention_heads=6, intermediate_size=1536,
    image_size=224, patch_size=16, layer_norm_eps=1e-6, num_labels=1000,
)


class Peer:
    def __init__(self, threads: int):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.threads = threads
        self.model = IJepaForImageClassification(IJepaConfig(**VIT_SMALL))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, weight_decay=0.05, fused=True)

    def autocast(self, precision: str):
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")

    def step(self, precision: str, batch: int) -> None:
        images, labels = torch.randn(batch, 3, 224, 224), torch.randint(1000, (batch,))
        self.model.train()
        with self.autocast(precision):
            loss = self.model(images, labels=labels).loss
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        loss.item()

    @torch.no_grad()
    def predict(self, precision: str, batch: int) -> None:
        self.model.eval()
        with self.autocast(precision):
            self.model(torch.randn(batch, 3, 224, 224)).logits.sum().item()

    def load(self, folder: str, batch: int) -> None:
        """One epoch of random resized crops, flips and normalisation, with as many workers as threads."""
        transform = transforms.Compose([
            transforms.RandomResizedCrop(224, interpolation=transforms.InterpolationMode.BICUBIC),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ])
        loader = DataLoader(
            datasets.ImageFolder(folder, transform), batch, shuffle=True, num_workers=self.threads, persistent_workers=True,
        )
        for _ in loader:  # starts the workers
            pass
        self.begun = time.perf_counter()
        for _ in loader:
            pass


def main() -> None:
    peer = Peer(int(sys.argv[1]))
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        peer.begun = time.perf_counter()
        getattr(peer, request["work"])(*request["arguments"])
        print(json.dumps(time.perf_counter() - peer.begun), flush=True)


main()
