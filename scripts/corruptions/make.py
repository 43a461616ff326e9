"""Golden values of corruptions: the pixels of the package imagecorruptions, with its draws.

    pip install -r scripts/corruptions/requirements.txt
    python scripts/corruptions/make.py

Writes test/fixtures/golden/corruptions.safetensors:
  picture, middle, large  uint8 [3, H, W], parts of a photograph: of 48 x 56, 86 x 96 and 224 x 224 pixels
  NAME/SEVERITY           what becomes of the first, with the draws below where there are any
  normals, uniforms       [H, W, 3] and more, what numpy.random gives in the order of its calls (standard, or in [0, 1))
  offsets/SEVERITY        glass blur's, uint8 [n, 2]: across, down, each plus 8
  angles                  motion blur's and snow's, in degrees
  overlay                 uint8 [3, H, W], what frost lays over
  statistics/NAME         [5, 2, 3], of the second, by severity: mean and deviation of each channel over 40 draws,
                          frost's over 200
  large/NAME              [5, 3, 8, 8], of the third: means of squares, where nothing is drawn
"""

import pathlib

import cv2
import numpy as np
import reference
from PIL import Image
from safetensors.numpy import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
DRAWS = {"frost": 200}  # else 40
ANGLES = {"motion_blur": 23.5, "snow": -100.25}
PLAIN = (
    "defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression", "gaussian_blur", "saturate",
)
FED = (
    "gaussian_noise", "impulse_noise", "speckle_noise", "glass_blur", "motion_blur", "snow", "frost", "fog",
    "elastic_transform", "spatter",
)
RANDOM = (
    "gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise", "glass_blur", "motion_blur", "snow", "frost", "fog",
    "elastic_transform", "spatter",
)
golden = {}


def planes(image):
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def photograph(height, width):
    image = Image.open(ROOT / "test/fixtures/golden/images/china.jpg").convert("RGB")
    scale = 1.1 * max(height / image.height, width / image.width)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    top, left = (image.height - height) // 2, (image.width - width) // 3
    return np.asarray(image)[top : top + height, left : left + width].copy()


class Fed:
    """numpy.random's functions, given draws that were made before."""

    def __init__(self, name, severity, height, width):
        self.name, self.severity, self.size = name, severity, (height, width)
        self.normals, self.uniforms = iter(golden["normals"].ravel()), iter(golden["uniforms"].ravel())
        self.offsets = []

    def take(self, source, size):
        return np.fromiter(source, np.float64, int(np.prod(size))).reshape(size)

    def normal(self, loc=0.0, scale=1.0, size=None):
        return loc + scale * self.take(self.normals, size)

    def uniform(self, low=0.0, high=1.0, size=None):
        if size is None:
            return ANGLES[self.name]
        return low + (high - low) * self.take(self.uniforms, size)

    def randint(self, low, high=None, size=None):
        if self.name == "frost":
            return 0
        draw = RANDOM_STATE.randint(low, high, size=size)
        self.offsets.append(draw)
        return draw


def impulse(image, mode, amount):
    """skimage.util.random_noise's salt and pepper, of given draws."""
    count = image.size
    hits, colours = golden["uniforms"].ravel()[:count], golden["uniforms"].ravel()[count : 2 * count]
    image, hits, colours = image.copy(), hits.reshape(image.shape) <= amount, colours.reshape(image.shape) <= 0.5
    image[hits] = np.where(colours, 1.0, 0.0)[hits]
    return image


RANDOM_STATE = np.random.RandomState(5)


def fed_pixels(picture):
    height, width, _ = picture.shape
    side = 64
    golden["normals"] = RANDOM_STATE.normal(size=(height, width, 3)).astype(np.float32)
    golden["uniforms"] = RANDOM_STATE.uniform(size=(6 * height * width)).astype(np.float32)
    assert golden["uniforms"].size >= side * side
    overlay = RANDOM_STATE.randint(0, 256, (height, width, 3)).astype(np.uint8)
    golden["overlay"] = planes(overlay)
    golden["angles"] = np.array([ANGLES["motion_blur"], ANGLES["snow"]])
    package, real = reference.corruptions, np.random
    names = ("normal", "uniform", "randint")
    kept = {name: getattr(real, name) for name in names}
    read, enlarge, noise = cv2.imread, cv2.resize, package.sk.util.random_noise
    for name in FED:
        for severity in range(1, 6):
            fed = Fed(name, severity, height, width)
            for function in names:
                setattr(real, function, getattr(fed, function))
            # Frost: the crop at (0, 0) of an overlay that is not enlarged; imread gives BGR.
            cv2.imread = lambda path: np.pad(overlay[..., ::-1], ((0, 9), (0, 9), (0, 0)))
            cv2.resize = lambda image, **_: image
            package.sk.util.random_noise = impulse
            golden[f"{name}/{severity}"] = planes(reference.corrupt(picture, severity, name))
            if name == "glass_blur":
                golden[f"offsets/{severity}"] = (np.array(fed.offsets) + 8).astype(np.uint8)
            cv2.imread, cv2.resize, package.sk.util.random_noise = read, enlarge, noise
            for function in names:
                setattr(real, function, kept[function])


def plain_pixels(picture):
    large = photograph(224, 224)
    for name in PLAIN:
        squares = []
        for severity in range(1, 6):
            golden[f"{name}/{severity}"] = planes(reference.corrupt(picture, severity, name))
            pixels = planes(reference.corrupt(large, severity, name)).astype(np.float64)
            squares.append(pixels.reshape(3, 8, 28, 8, 28).mean((2, 4)))
        golden[f"large/{name}"] = np.array(squares, np.float32)


def statistics(picture):
    np.random.seed(3)
    for name in RANDOM:
        found = []
        for severity in range(1, 6):
            draws = [planes(reference.corrupt(picture, severity, name)).astype(np.float64) for _ in range(DRAWS.get(name, 40))]
            found.append([np.mean(draws, (0, 2, 3)), np.std(draws, (0, 2, 3))])
        golden[f"statistics/{name}"] = np.array(found)


def main():
    picture, middle = photograph(48, 56), photograph(86, 96)
    golden["picture"] = planes(picture)
    golden["middle"] = planes(middle)
    golden["large"] = planes(photograph(224, 224))
    fed_pixels(picture)
    plain_pixels(picture)
    statistics(middle)
    save_file(golden, ROOT / "test/fixtures/golden/corruptions.safetensors")


main()
