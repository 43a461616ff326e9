"""Which patches an answer rests on, by PyTorch's autograd and timm's ViT: what test/parity/explain.test.ts compares with.

    pip install torch==2.13.0 timm==1.0.31 safetensors && python test/parity/explain.py

The encoder and the pictures are those of last4.py, which is run first. Writes test/fixtures/golden/explain.safetensors: for the
heads `POOLING.LAYERS` (norm_then_mean and mean_then_norm, 1 and 4 layers) weight [3, LAYERS * D], bias [3], logits [B, 3], and
`gradient` [B, 3, patches], gradient x activation of the tokens that are averaged, for each class; and `attention.LAYERS`
[B, patches], attention rollout (Abnar and Zuidema 2020) averaged over the queries and the layers that the head sees. With the
models of attentive.py, `vjepa.*` and `capi.*`: logits, `gradient`, and `attention`, where the pooler's own attention, averaged
over its heads, takes the place of the mean over the queries.
"""

import pathlib

import torch
from safetensors.torch import load_file, save_file

register_fake, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
from timm.models.vision_transformer import VisionTransformer  # noqa: E402

torch.library.register_fake = register_fake
torch.manual_seed(1)
torch.set_num_threads(1)
golden = pathlib.Path(__file__).parent.parent / "fixtures/golden"
stored = load_file(golden / "last4.safetensors")
pixels = stored.pop("pixels")
del stored["features"]

vit = VisionTransformer(
    img_size=32, patch_size=8, embed_dim=48, depth=6, num_heads=4, num_classes=0,
    class_token=False, global_pool="avg", fc_norm=False,
).eval()  # fmt: skip
vit.load_state_dict(stored)
vit.requires_grad_(False)
mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
images = (pixels / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)

attentions, blocks = [], []
for block in vit.blocks:
    block.attn.fused_attn = False  # so that the matrix is there
    block.attn.attn_drop.register_forward_hook(lambda _, inputs, __: attentions.append(inputs[0]))
    block.register_forward_hook(lambda _, __, output: blocks.append(output))
vit.forward_features(images)

results = {}
for layers in (1, 4):
    for pooling in ("norm_then_mean", "mean_then_norm"):
        weight, bias = torch.randn(3, 48 * layers) / 4, torch.randn(3)
        tokens = [vit.norm(x) if pooling == "norm_then_mean" else x for x in blocks[-layers:]]
        tokens = [x.detach().requires_grad_() for x in tokens]
        means = [x.mean(1) for x in tokens]
        logits = torch.cat([vit.norm(x) if pooling == "mean_then_norm" else x for x in means], 1) @ weight.T + bias
        by_class = []
        for label in range(3):
            gradients = torch.autograd.grad(logits[:, label].sum(), tokens, retain_graph=True)
            by_class.append(sum((g * x).sum(2) for g, x in zip(gradients, tokens)))
        name = f"{pooling}.{layers}"
        results[f"{name}.weight"], results[f"{name}.bias"] = weight, bias
        results[f"{name}.logits"] = logits.detach()
        results[f"{name}.gradient"] = torch.stack(by_class, 1).detach()

rollouts, reached = [], None
for attention in attentions:
    moved = attention.mean(1) + torch.eye(attention.shape[-1])
    moved = moved / moved.sum(-1, keepdim=True)
    reached = moved if reached is None else moved @ reached
    rollouts.append(reached.mean(1))
for layers in (1, 4):
    results[f"attention.{layers}"] = torch.stack(rollouts[-layers:]).mean(0)

stored = load_file(golden / "attentive.safetensors")
images = (stored["pixels"] / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)
vit = VisionTransformer(
    img_size=32, patch_size=8, embed_dim=128, depth=1, num_heads=4, mlp_ratio=0.5, num_classes=0,
    class_token=False, global_pool="avg", fc_norm=False,
).eval()  # fmt: skip
vit.load_state_dict({name.removeprefix("encoder."): x for name, x in stored.items() if name.startswith("encoder.")})
vit.requires_grad_(False)
attentions.clear()
vit.blocks[0].attn.fused_attn = False
vit.blocks[0].attn.attn_drop.register_forward_hook(lambda _, inputs, __: attentions.append(inputs[0]))
tokens = vit.forward_features(images).requires_grad_()
moved = (attentions[0].mean(1) + torch.eye(16)) / 2
F = torch.nn.functional
for form, heads in (("vjepa", 4), ("capi", 2)):
    part = lambda name: stored[f"{form}.{name}"]  # noqa: E731
    layer = lambda x, name: F.linear(x, part(f"{block}.{name}.weight"), part(f"{block}.{name}.bias"))  # noqa: E731
    norm = lambda x, name: F.layer_norm(x, (128,), part(f"{block}.{name}.weight"), part(f"{block}.{name}.bias"))  # noqa: E731
    block = "pooler.cross_attention_block"
    query = part("pooler.query_tokens").expand(len(images), -1, -1)
    seen = norm(tokens, "norm1") if form == "vjepa" else tokens
    keys, values = layer(seen, "xattn.kv").chunk(2, dim=-1)
    asked = layer(query, "xattn.q") if form == "vjepa" else query
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (asked, keys, values))
    shares = (q @ k.transpose(2, 3) / k.shape[-1] ** 0.5).softmax(-1)  # [B, heads, 1, N]
    pooled = (shares @ v).transpose(1, 2).flatten(2)
    if form == "vjepa":
        pooled = query + pooled
        pooled = pooled + layer(F.gelu(layer(norm(pooled, "norm2"), "mlp.fc1")), "mlp.fc2")
    logits = F.linear(pooled.squeeze(1), part("head.weight"), part("head.bias"))
    torch.testing.assert_close(logits, part("logits"), atol=1e-4, rtol=1e-4)
    by_class = [torch.autograd.grad(logits[:, label].sum(), tokens, retain_graph=True)[0] for label in range(3)]
    results[f"{form}.logits"] = logits.detach()
    results[f"{form}.gradient"] = torch.stack([(g * tokens).sum(2) for g in by_class], 1).detach()
    results[f"{form}.attention"] = (shares.mean(1) @ moved).squeeze(1).detach()

save_file({name: tensor.contiguous() for name, tensor in results.items()}, golden / "explain.safetensors")
