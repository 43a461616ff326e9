"""Writes ViT-S/16@224 with 1000 classes twice, with the same weights: as a Hugging Face folder and as model.onnx."""

import sys
from pathlib import Path

import torch
from vit_small import create_model


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images):
        return self.model(images).logits


def main() -> None:
    folder = Path(sys.argv[1])
    model = create_model().eval()
    model.save_pretrained(folder)
    torch.onnx.export(
        Logits(model), (torch.randn(2, 3, 224, 224),), folder / "model.onnx", dynamo=True, external_data=False,
        input_names=["images"], output_names=["logits"], dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
    )


if __name__ == "__main__":
    main()
