"""Writes test/fixtures/pictures: one small file for each format, mode, depth, transparency and orientation, expected.safetensors
with the pixels that each must give, and bad/ with what must be an error. A developer runs it (pip install -r
requirements.txt); what it writes is committed.

The pixels are Pillow's, with the two decisions of this project that differ: what is transparent lies on white unless alpha
is ignored, and 16 bits become 8 by their higher byte. Where Pillow reads a file not at all or against its format's
specification, the case brings its own pixels and says why."""

import io
import json
import shutil
import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import bad_cases
import jpeg_cases
import other_cases
import png_cases
import tiff_cases

FOLDER = Path(__file__).resolve().parents[2] / "test/fixtures/pictures"


def all_cases():
    yield from jpeg_cases.cases()
    yield from png_cases.cases()
    yield from other_cases.webp_cases()
    yield from other_cases.gif_cases()
    yield from other_cases.avif_cases()
    yield from other_cases.bmp_cases()
    yield from other_cases.netpbm_cases()
    yield from tiff_cases.cases()


def upright(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return ImageOps.exif_transpose(image)


def stored_colours(image):
    """uint8 [H, W, 3], transparency ignored."""
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.int64) >> 8
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.asarray(image.convert("RGB"))


def on_white(image):
    if not image.has_transparency_data:
        return stored_colours(image)
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB"))


def expected_pixels(case):
    """On white, and as stored."""
    if case.white is not None:
        return case.white, case.stored
    image = upright(case.data)
    return on_white(image), stored_colours(image)


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        values = np.ascontiguousarray(values, dtype=np.uint8)
        header[name] = {
            "dtype": "U8",
            "shape": list(values.shape),
            "data_offsets": [len(data), len(data) + values.nbytes],
        }
        data += values.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    warnings.simplefilter("ignore")  # Pillow's, about what is tested here
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "bad").mkdir(parents=True)
    tensors = {}
    for case in all_cases():
        (FOLDER / case.name).write_bytes(case.data)
        white, stored = expected_pixels(case)
        tensors[case.name + "|white"] = white
        if not np.array_equal(white, stored):
            tensors[case.name + "|ignore"] = stored
        tensors[case.name + "|tolerance"] = np.array(case.tolerance)
    write_safetensors(FOLDER / "expected.safetensors", tensors)
    codes = {}
    for case in bad_cases.cases():
        (FOLDER / "bad" / case.name).write_bytes(case.data)
        codes[case.name] = case.code
    (FOLDER / "bad.json").write_text(json.dumps(codes, indent=2, sort_keys=True) + "\n")


main()
