"""PNG: colour types, depths, transparency, interlacing, chunks that change nothing, orientation."""

import struct

import numpy as np

import drawing
from case import Case
from jpeg_cases import exif
from png import GREY, GREY_ALPHA, PALETTE, RGB, RGBA, SIGNATURE, encode, header


def grey_at(depth):
    return (drawing.grey16() >> (16 - depth))[:, :, None]


def with_alpha(colours, alpha):
    return np.concatenate([colours, alpha[:, :, None].astype(colours.dtype)], axis=-1)


def palette_chunks(colours, alphas=()):
    chunks = [(b"PLTE", drawing.palette(colours).tobytes())]
    return chunks + ([(b"tRNS", bytes(alphas))] if alphas else [])


def cases():
    rgb8, rgb16 = drawing.rgb8(), drawing.rgb16()
    for depth in (1, 2, 4, 8, 16):
        yield Case(f"grey-{depth}.png", encode(grey_at(depth), depth, GREY))
    for depth in (1, 2, 4, 8):
        rows = drawing.indices(2**depth)[:, :, None]
        yield Case(f"palette-{depth}.png", encode(rows, depth, PALETTE, palette_chunks(2**depth)))
        # Fewer alphas than colours: the rest is opaque.
        alphas = [0, 90, 200][: 2**depth - 1]
        yield Case(
            f"palette-{depth}-trns.png", encode(rows, depth, PALETTE, palette_chunks(2**depth, alphas))
        )
    for depth in (1, 2, 4, 8, 16):
        key = int(grey_at(depth)[3, 3, 0])
        png = encode(grey_at(depth), depth, GREY, [(b"tRNS", struct.pack(">H", key))])
        # Pillow compares the key with values that it has scaled to 8 bits, and not at all at 16.
        stored = np.repeat(
            grey_at(depth) * 255 // (2**depth - 1) if depth < 16 else grey_at(16) >> 8, 3, axis=2
        )
        yield Case(f"grey-{depth}-trns.png", png, 1, np.where(grey_at(depth) == key, 255, stored), stored)
    yield Case("rgb-8.png", encode(rgb8, 8, RGB))
    yield Case(
        "rgb-8-trns.png", encode(rgb8, 8, RGB, [(b"tRNS", struct.pack(">HHH", *rgb8[3, 0].astype(int)))])
    )
    yield Case("rgb-16.png", encode(rgb16, 16, RGB))
    key = rgb16[3, 0]
    png = encode(rgb16, 16, RGB, [(b"tRNS", struct.pack(">HHH", *key.astype(int)))])
    is_clear = (rgb16 == key).all(axis=2, keepdims=True)
    yield Case(
        "rgb-16-trns.png", png, 1, np.where(is_clear, 255, rgb8), rgb8
    )  # Pillow compares the key with 8 bits
    yield Case("grey-alpha-8.png", encode(with_alpha(grey_at(8), drawing.alpha8()), 8, GREY_ALPHA))
    yield Case("grey-alpha-16.png", encode(with_alpha(grey_at(16), drawing.alpha16()), 16, GREY_ALPHA))
    yield Case("rgba-8.png", encode(with_alpha(rgb8, drawing.alpha8()), 8, RGBA))
    yield Case("rgba-16.png", encode(with_alpha(rgb16, drawing.alpha16()), 16, RGBA))
    yield Case("interlaced.png", encode(rgb8, 8, RGB, interlaced=True))
    yield Case(
        "interlaced-palette-4.png",
        encode(drawing.indices(16)[:, :, None], 4, PALETTE, palette_chunks(16), interlaced=True),
    )
    yield Case("interlaced-grey-1.png", encode(grey_at(1), 1, GREY, interlaced=True))
    yield Case(
        "interlaced-rgba-16.png", encode(with_alpha(rgb16, drawing.alpha16()), 16, RGBA, interlaced=True)
    )
    yield Case("one-pixel.png", encode(drawing.rgb8(1, 1), 8, RGB))
    yield Case("gamma.png", encode(rgb8, 8, RGB, [(b"gAMA", struct.pack(">I", 100000))]))
    yield Case("significant-bits.png", encode(rgb8, 8, RGB, [(b"sBIT", bytes([5, 6, 5]))]))
    yield Case(
        "background.png",
        encode(with_alpha(rgb8, drawing.alpha8()), 8, RGBA, [(b"bKGD", struct.pack(">HHH", 255, 0, 0))]),
    )
    for orientation in range(1, 9):
        block = exif(orientation)[6:]  # without the prefix
        yield Case(f"orientation-{orientation}.png", encode(rgb8, 8, RGB, [(b"eXIf", block)]))
    clear = with_alpha(rgb8, drawing.alpha8())
    yield Case("orientation-6-alpha.png", encode(clear, 8, RGBA, [(b"eXIf", exif(6)[6:])]))
    yield Case("orientation-behind.png", encode(rgb8, 8, RGB, after=[(b"eXIf", exif(6)[6:])]))
    yield Case("bytes-behind.png", encode(rgb8, 8, RGB) + b"bytes that belong to nobody")
    yield Case(
        "wrong-text-crc.png",
        wrong_crc(encode(rgb8, 8, RGB, [(b"tEXt", b"Comment\0no")]), b"tEXt"),
        1,
        rgb8,
        rgb8,
    )
    yield Case("animated.png", animated(rgb8))


def wrong_crc(png, kind):
    at = png.index(kind)
    end = at + 4 + int.from_bytes(png[at - 4 : at], "big")
    return png[:end] + bytes(byte ^ 0xFF for byte in png[end : end + 4]) + png[end + 4 :]


def animated(rgb8):
    """The default picture is the first frame; the second is another picture."""
    height, width = rgb8.shape[:2]
    control = lambda number: struct.pack(">IIIIIHHBB", number, width, height, 0, 0, 1, 10, 0, 0)
    second = encode(255 - rgb8, 8, RGB)
    at = second.index(b"IDAT")
    pixels = second[at + 4 : at + 4 + int.from_bytes(second[at - 4 : at], "big")]
    before = [(b"acTL", struct.pack(">II", 2, 0)), (b"fcTL", control(0))]
    return encode(rgb8, 8, RGB, before, [(b"fcTL", control(1)), (b"fdAT", struct.pack(">I", 2) + pixels)])


def header_alone(width, height):
    """Announces a size, and has nothing else."""
    return SIGNATURE + header(width, height)
