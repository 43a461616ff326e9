"""Hugging Face's I-JEPA classifier of the size of ViT-S/16@224, and a training step of it."""

import torch
import without_operators  # noqa: F401
from transformers import IJepaConfig, IJepaForImageClassification

CONFIG = dict(
    hidden_size=384, num_hidden_layers=12, num_attention_heads=6, intermediate_size=1536,
    image_size=224, patch_size=16, layer_norm_eps=1e-6, num_labels=1000,
)


def create_model() -> IJepaForImageClassification:
    torch.manual_seed(0)
    return IJepaForImageClassification(IJepaConfig(**CONFIG))


class Training:
    def __init__(self, model: IJepaForImageClassification):
        self.model = model.train()
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.05, fused=True)

    def step(self, precision: str, batch: int) -> None:
        images, labels = torch.randn(batch, 3, 224, 224), torch.randint(1000, (batch,))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            loss = self.model(images, labels=labels).loss
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        loss.item()
