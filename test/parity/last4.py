"""Pooled outputs of the last four blocks of a six-block ViT, by timm: what test/parity/last4.test.ts compares with.

    pip install torch==2.13.0 timm==1.0.31 safetensors && python test/parity/last4.py

As VISSL's concatPOOL4: each of the four through the final norm, averaged over the tokens, side by side, oldest first.
Writes test/fixtures/golden/last4.safetensors: pixels uint8 [B, 3, 32, 32], the encoder's weights, features [B, 4 D].
"""

import pathlib

import torch
from safetensors.torch import save_file

register_fake, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
from timm.models.vision_transformer import VisionTransformer  # noqa: E402

torch.library.register_fake = register_fake
torch.manual_seed(0)
torch.set_num_threads(1)

vit = VisionTransformer(
    img_size=32, patch_size=8, embed_dim=48, depth=6, num_heads=4, num_classes=0,
    class_token=False, global_pool="avg", fc_norm=False,
).eval()  # fmt: skip
with torch.no_grad():
    for parameter in vit.parameters():  # far from the identity, so that each block and the norm count
        parameter.add_(torch.randn_like(parameter), alpha=0.1)
    pixels = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    images = (pixels / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    blocks = vit.forward_intermediates(images, indices=4, norm=True, output_fmt="NLC", intermediates_only=True)
    features = torch.cat([tokens.mean(1) for tokens in blocks], dim=1)
    torch.testing.assert_close(features[:, -48:], vit(images))

golden = pathlib.Path(__file__).parent.parent / "fixtures/golden/last4.safetensors"
save_file({"pixels": pixels, "features": features, **vit.state_dict()}, golden)
