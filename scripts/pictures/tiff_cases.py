"""TIFF: compressions, depths, byte orders, strips, tiles, planes, colour spaces, transparency, orientation."""

import numpy as np
from PIL import Image

import drawing
import tiff
from case import Case
from other_cases import palette_image, rgba, save

ASSOCIATED, UNASSOCIATED = 1, 2


def cases():
    rgb8, rgb16 = drawing.rgb8(), drawing.rgb16()
    grey8, grey16 = drawing.grey8()[:, :, None], drawing.grey16()[:, :, None]
    image = Image.fromarray(rgb8)
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"):
        yield Case(
            f"{compression.removeprefix('tiff_')}.tif", save(image, "TIFF", compression=compression), 1
        )
    yield Case("jpeg.tif", save(image, "TIFF", compression="jpeg", quality=95), 3)
    bilevel = Image.fromarray(drawing.grey8()).convert("1", dither=Image.Dither.NONE)
    for compression in ("group3", "group4", "tiff_ccitt", "raw"):
        yield Case(
            f"bilevel-{compression.removeprefix('tiff_')}.tif",
            save(bilevel, "TIFF", compression=compression),
            1,
        )
    yield Case("predictor.tif", save(image, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}), 1)
    yield Case("cmyk.tif", save(image.convert("CMYK"), "TIFF"), 3)
    inks = np.dstack([rgb16, grey16 // 2])
    yield Case("cmyk-16.tif", tiff.encode(inks, 16, tiff.CMYK), 3)
    yield Case("cmyk-extra.tif", tiff.encode(np.dstack([inks, grey16]) >> 8, 8, tiff.CMYK, extra=0), 3)
    yield Case("palette.tif", save(palette_image(), "TIFF"), 1)
    yield Case("alpha.tif", save(rgba(), "TIFF"), 1)
    yield Case(
        "pages.tif", save(image, "TIFF", save_all=True, append_images=[Image.fromarray(255 - rgb8)]), 1
    )
    for bits in (1, 2, 4, 8, 16):
        values = (drawing.grey16() >> (16 - bits))[:, :, None]
        yield Case(f"grey-{bits}.tif", tiff.encode(values, bits, tiff.BLACK_IS_ZERO), 1)
        # Pillow turns all depths but 16.
        stored = np.repeat(grey8, 3, axis=2) if bits == 16 else None
        inverse = 2**bits - 1 - values.astype(int)
        yield Case(f"white-is-zero-{bits}.tif", tiff.encode(inverse, bits, 0), 1, stored, stored)
    for bits in (1, 2, 4, 8):
        rows, colours = drawing.indices(2**bits)[:, :, None], drawing.palette(2**bits)
        yield Case(f"palette-{bits}.tif", tiff.encode(rows, bits, tiff.PALETTE, palette=colours), 1)
    for order, name in (("<", "little"), (">", "big")):
        yield Case(f"{name}-endian-16.tif", tiff.encode(rgb16, 16, order=order), 1)
        # Pillow reads one byte order of BigTIFF only.
        yield Case(f"{name}-endian-big-tiff.tif", tiff.encode(rgb8, order=order, big=True), 1, rgb8, rgb8)
    yield Case("tiles.tif", tiff.encode(rgb8, tile=16), 1)
    yield Case("tiles-deflate-16.tif", tiff.encode(rgb16, 16, tile=16, compression=tiff.DEFLATE), 1)
    yield Case("planes.tif", tiff.encode(rgb8, planar=True), 1)
    # Pillow takes planes of 16 bits for ones of 8.
    yield Case("planes-16.tif", tiff.encode(rgb16, 16, planar=True), 1, rgb8, rgb8)
    yield Case("one-strip.tif", tiff.encode(rgb8, strip_rows=1000), 1)
    alpha8, alpha16 = drawing.alpha8()[:, :, None], drawing.alpha16()[:, :, None]
    yield Case("unassociated-alpha.tif", tiff.encode(np.dstack([rgb8, alpha8]), extra=UNASSOCIATED), 1)
    yield Case(
        "unassociated-alpha-16.tif", tiff.encode(np.dstack([rgb16, alpha16]), 16, extra=UNASSOCIATED), 1
    )
    yield Case("unspecified-extra.tif", tiff.encode(np.dstack([rgb8, alpha8]), extra=0), 1)
    premultiplied = np.rint(rgb8 * (alpha8 / 255.0)).astype(np.uint8)
    yield Case("associated-alpha.tif", tiff.encode(np.dstack([premultiplied, alpha8]), extra=ASSOCIATED), 1)
    premultiplied = np.rint(rgb16 * (alpha16 / 65535.0)).astype(np.uint16)
    # Pillow divides by alpha when it has cut both to 8 bits.
    stored = np.where(alpha16 > 0, rgb8, 0)
    transparent = Image.fromarray(np.dstack([rgb8, alpha8]))
    white = Image.alpha_composite(Image.new("RGBA", transparent.size, "white"), transparent).convert("RGB")
    data = tiff.encode(np.dstack([premultiplied, alpha16]), 16, extra=ASSOCIATED)
    yield Case("associated-alpha-16.tif", data, 1, np.asarray(white), stored)
    yield Case(
        "grey-alpha.tif",
        tiff.encode(np.dstack([grey8, alpha8]), 8, tiff.BLACK_IS_ZERO, extra=UNASSOCIATED),
        1,
    )
    yield Case(
        "grey-16-deflate.tif", tiff.encode(grey16, 16, tiff.BLACK_IS_ZERO, compression=tiff.DEFLATE), 1
    )
    for orientation in range(1, 9):
        yield Case(f"orientation-{orientation}.tif", tiff.encode(rgb8, orientation=orientation), 1)
    clear = tiff.encode(np.dstack([rgb8, alpha8]), extra=UNASSOCIATED, orientation=6, tile=16)
    yield Case("orientation-6-alpha-tiles.tif", clear, 1)
    yield Case("bytes-behind.tif", tiff.encode(rgb8) + b"bytes that belong to nobody", 1)
    yield Case("one-pixel.tif", tiff.encode(drawing.rgb8(1, 1)), 1)
