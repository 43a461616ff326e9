"""Golden groups of layer decay: timm's own, for its ViTs without a class token, as its I-JEPA models are.

    pip install torch==2.13.0 torchvision timm==1.0.31
    python test/parity/layer_decay.py

writes test/fixtures/golden/layer-decay.json: of each depth and decay, by parameter, the factor of the learning rate and
the weight decay that timm.optim.param_groups_layer_decay gives.
"""

import json
from pathlib import Path

import timm
from timm.models.vision_transformer import VisionTransformer
from timm.optim import param_groups_layer_decay

OUT = Path(__file__).parent.parent / "fixtures" / "golden" / "layer-decay.json"


def model(depth: int) -> VisionTransformer:
    """As timm's vit_*_gap models, which hold I-JEPA's weights: no class token, mean pooling, the norm before it."""
    return VisionTransformer(
        img_size=16, patch_size=8, embed_dim=8, depth=depth, num_heads=2, num_classes=3,
        class_token=False, global_pool="avg", fc_norm=False,
    )


def groups(depth: int, decay: float) -> list:
    vit = model(depth)
    names = {id(parameter): name for name, parameter in vit.named_parameters()}
    found = {}
    for group in param_groups_layer_decay(
        vit, weight_decay=0.05, no_weight_decay_list=vit.no_weight_decay(), layer_decay=decay
    ):
        for parameter in group["params"]:
            scale, shape = group["lr_scale"], list(parameter.shape)
            found[names[id(parameter)]] = {"scale": scale, "weightDecay": group["weight_decay"], "shape": shape}
    return [{"name": name, **found[name]} for name in names.values()]


cases = [
    {"depth": depth, "layerDecay": decay, "parameters": groups(depth, decay)}
    for depth, decay in [(1, 0.5), (2, 0.75), (6, 0.75), (12, 0.65)]
]
OUT.write_text(json.dumps({"timm": timm.__version__, "cases": cases}) + "\n")
