"""Imports torchvision without its compiled operators.

They (detection) are built for one build of torch and may be missing beside a CPU one; nothing here uses them, but importing
torchvision, which transformers does too, registers shapes for them.
"""

import torch

register_fake, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
import torchvision  # noqa: E402, F401

torch.library.register_fake = register_fake
