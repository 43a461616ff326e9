"""The package imagecorruptions 1.1.2, made to run with the NumPy, SciPy and scikit-image of today.

It asks for what they have dropped since: numpy.float_, scipy.ndimage.interpolation, gaussian(multichannel=…), pkg_resources.
"""

import importlib.util
import os
import sys
import types

import numpy as np
import scipy.ndimage
import skimage.filters

np.float_ = np.float64
interpolation = types.ModuleType("scipy.ndimage.interpolation")
interpolation.map_coordinates = scipy.ndimage.map_coordinates
sys.modules["scipy.ndimage.interpolation"] = interpolation
resources = types.ModuleType("pkg_resources")
resources.resource_filename = lambda module, path: os.path.join(
    os.path.dirname(importlib.util.find_spec(module).origin), path
)
sys.modules["pkg_resources"] = resources
modern_gaussian = skimage.filters.gaussian


def gaussian(image, sigma=1, multichannel=False, **rest):
    return modern_gaussian(image, sigma, channel_axis=-1 if multichannel else None, **rest)


skimage.filters.gaussian = gaussian
from imagecorruptions import corrupt, corruptions, get_corruption_names  # noqa: E402, F401
