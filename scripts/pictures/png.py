"""PNG by hand (https://www.w3.org/TR/png-3): the depths, colour types, interlacing and chunks that Pillow does not write."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_rows(values, depth):
    """[H, W, C] -> filter 0 and the packed values of each row."""
    rows = []
    for row in values.reshape(values.shape[0], -1):
        if depth == 16:
            data = row.astype(">u2").tobytes()
        elif depth == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            bits = (row[:, None] >> np.arange(depth - 1, -1, -1)) & 1
            data = np.packbits(bits.astype(np.uint8).ravel()).tobytes()
        rows.append(b"\0" + data)
    return b"".join(rows)


def header(width, height, depth=8, colour_type=RGB, interlaced=False):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlaced))


def encode(values, depth, colour_type, before=(), after=(), interlaced=False):
    """`before`, `after`: (kind, data) of chunks before and after the pixels."""
    height, width = values.shape[:2]
    if interlaced:
        passes = [values[top::down, left::across] for top, left, down, across in ADAM7]
        rows = b"".join(pack_rows(part, depth) for part in passes if part.size)
    else:
        rows = pack_rows(values, depth)
    chunks = [header(width, height, depth, colour_type, interlaced)]
    chunks += [chunk(*each) for each in before]
    chunks += [chunk(b"IDAT", zlib.compress(rows, 9))]
    chunks += [chunk(*each) for each in after]
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND")
