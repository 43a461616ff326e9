"""Attention pooling of frozen tokens in two published forms, in PyTorch: what test/parity/attentive.test.ts compares with.

    pip install torch==2.13.0 timm==1.0.31 safetensors && python test/parity/attentive.py

V-JEPA's (a learned query, projected, attends to normalised tokens; residuals and an MLP follow) and capi's (a learned query
attends to the tokens as they are), each with keys and values for every token, and a linear classifier. Writes
test/fixtures/golden/attentive.safetensors: pixels uint8 [B, 3, 32, 32], labels, a one-block encoder (`encoder.*`), and for each
form (`vjepa.*`, `capi.*`) its first parameters, logits, gradients of the mean cross-entropy, and parameters after three AdamW
steps; of the last two every eighth row (`gradient.*`, `after.*`).
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

register_fake, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
from timm.models.vision_transformer import VisionTransformer  # noqa: E402

torch.library.register_fake = register_fake
IMAGES, SIDE, WIDTH, CLASSES, ENCODER_HEADS = 6, 32, 128, 3, 4
RATE, DECAY = 1e-2, 0.1


class CrossAttention(torch.nn.Module):
    def __init__(self, heads: int, projects_query: bool):
        super().__init__()
        self.heads = heads
        self.q = torch.nn.Linear(WIDTH, WIDTH) if projects_query else torch.nn.Identity()
        self.kv = torch.nn.Linear(WIDTH, 2 * WIDTH)

    def forward(self, query: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        def by_head(x: torch.Tensor) -> torch.Tensor:
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        keys, values = self.kv(tokens).chunk(2, dim=-1)
        attended = F.scaled_dot_product_attention(by_head(self.q(query)), by_head(keys), by_head(values))
        return attended.transpose(1, 2).flatten(2)


class Block(torch.nn.Module):
    def __init__(self, heads: int, is_whole: bool):
        super().__init__()
        self.xattn = CrossAttention(heads, projects_query=is_whole)
        if is_whole:
            self.norm1, self.norm2 = torch.nn.LayerNorm(WIDTH), torch.nn.LayerNorm(WIDTH)
            self.mlp = torch.nn.Sequential()
            self.mlp.fc1, self.mlp.act = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.GELU()
            self.mlp.fc2 = torch.nn.Linear(4 * WIDTH, WIDTH)
        self.is_whole = is_whole

    def forward(self, query: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        if not self.is_whole:
            return self.xattn(query, tokens)
        query = query + self.xattn(query, self.norm1(tokens))
        return query + self.mlp(self.norm2(query))


class Classifier(torch.nn.Module):
    def __init__(self, heads: int, is_whole: bool, classes: int = CLASSES):
        super().__init__()
        self.pooler = torch.nn.Module()
        self.pooler.query_tokens = torch.nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.pooler.cross_attention_block = Block(heads, is_whole)
        self.head = torch.nn.Linear(WIDTH, classes)
        with torch.no_grad():
            for parameter in self.parameters():  # far from the beginning of a run, so that each part counts
                parameter.add_(torch.randn_like(parameter), alpha=0.2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        query = self.pooler.query_tokens.expand(len(tokens), -1, -1)
        return self.head(self.pooler.cross_attention_block(query, tokens).squeeze(1))


def rows(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {f"{prefix}.{name}": values.detach()[::8].clone() for name, values in tensors.items()}


def case(tokens: torch.Tensor, labels: torch.Tensor, heads: int, is_whole: bool) -> dict[str, torch.Tensor]:
    model = Classifier(heads, is_whole)
    named = dict(model.named_parameters())
    golden = {name: values.detach().clone() for name, values in named.items()} | {"logits": model(tokens).detach()}
    decayed = [values for values in named.values() if values.ndim > 1]
    rest = [values for values in named.values() if values.ndim == 1]
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": rest, "weight_decay": 0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    for step in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(tokens), labels).backward()
        if step == 0:
            golden |= rows({name: values.grad for name, values in named.items()}, "gradient")
        optimizer.step()
    return golden | rows(named, "after")


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    encoder = VisionTransformer(
        img_size=SIDE, patch_size=8, embed_dim=WIDTH, depth=1, num_heads=ENCODER_HEADS, mlp_ratio=0.5, num_classes=0,
        class_token=False, global_pool="avg", fc_norm=False,
    ).eval()  # fmt: skip
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
        pixels = torch.randint(0, 256, (IMAGES, 3, SIDE, SIDE), dtype=torch.uint8)
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        tokens = encoder.forward_features((pixels / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1))
    labels = torch.arange(IMAGES) % CLASSES
    golden = {"pixels": pixels, "labels": labels.int()}
    golden |= {f"encoder.{name}": values for name, values in encoder.state_dict().items()}
    for form, heads, is_whole in [("vjepa", ENCODER_HEADS, True), ("capi", WIDTH // 64, False)]:
        golden |= {f"{form}.{name}": values for name, values in case(tokens, labels, heads, is_whole).items()}
    save_file(golden, pathlib.Path(__file__).parent.parent / "fixtures/golden/attentive.safetensors")


if __name__ == "__main__":
    main()
