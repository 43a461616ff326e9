"""TIFF by hand (TIFF 6.0; BigTIFF): byte orders, tiles, planes and depths that Pillow does not write."""

import struct
import zlib

import numpy as np

SHORT, LONG = 3, 4
BLACK_IS_ZERO, RGB, PALETTE, CMYK = 1, 2, 3, 5
NONE, DEFLATE = 1, 8


def split_strips(values, rows):
    return [values[top : top + rows] for top in range(0, values.shape[0], rows)]


def split_tiles(values, side):
    """Tiles row by row, filled up with zeros."""
    height, width = values.shape[:2]
    down, right = -height % side, -width % side
    padded = np.pad(values, ((0, down), (0, right), (0, 0)))
    return [
        padded[top : top + side, left : left + side]
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]


def pack(part, bits, order):
    if bits == 16:
        return part.astype(order + "u2").tobytes()
    if bits == 8:
        return part.astype(np.uint8).tobytes()
    rows = part.reshape(part.shape[0], -1)
    spread = (rows[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(spread.astype(np.uint8).reshape(rows.shape[0], -1), axis=1).tobytes()


def encode(
    values,
    bits=8,
    photometric=RGB,
    order="<",
    compression=NONE,
    strip_rows=4,
    tile=None,
    planar=False,
    extra=None,
    palette=None,
    orientation=None,
    big=False,
    sample_format=None,
):
    """`values`: [H, W, C]; `extra`: what the last channel is (1 associated alpha, 2 unassociated)."""
    height, width, channels = values.shape
    planes = [values[:, :, c : c + 1] for c in range(channels)] if planar else [values]
    parts = [
        part
        for plane in planes
        for part in (split_tiles(plane, tile) if tile else split_strips(plane, strip_rows))
    ]
    blocks = [pack(part, bits, order) for part in parts]
    if compression == DEFLATE:
        blocks = [zlib.compress(block) for block in blocks]
    tags = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [bits] * channels),
        259: (SHORT, [compression]),
    }
    tags |= {262: (SHORT, [photometric]), 277: (SHORT, [channels]), 284: (SHORT, [2 if planar else 1])}
    if tile:
        tags |= {322: (SHORT, [tile]), 323: (SHORT, [tile]), 325: (LONG, [len(block) for block in blocks])}
    else:
        tags |= {278: (LONG, [strip_rows]), 279: (LONG, [len(block) for block in blocks])}
    if extra is not None:
        tags[338] = (SHORT, [extra])
    if palette is not None:
        tags[320] = (SHORT, list((palette.astype(int) * 257).T.ravel()))
    if orientation is not None:
        tags[274] = (SHORT, [orientation])
    if sample_format is not None:
        tags[339] = (SHORT, [sample_format] * channels)
    return assemble(tags, blocks, 324 if tile else 273, order, big)


def assemble(tags, blocks, offsets_tag, order, big):
    """Header, blocks, values that do not fit their entries, directory."""
    number = "Q" if big else "I"
    start = 16 if big else 8
    offsets = np.cumsum([start] + [len(block) for block in blocks])
    tags[offsets_tag] = (LONG, [int(offset) for offset in offsets[:-1]])
    data, entries = b"".join(blocks), []
    for tag, (kind, numbers) in sorted(tags.items()):
        content = struct.pack(order + {SHORT: "H", LONG: "I"}[kind] * len(numbers), *numbers)
        if len(content) > struct.calcsize(number):
            data += b"\0" * (-len(data) % 2)
            place = struct.pack(order + number, start + len(data))
            data += content
        else:
            place = content.ljust(struct.calcsize(number), b"\0")
        entries.append(struct.pack(order + "HH" + number, tag, kind, len(numbers)) + place)
    data += b"\0" * (-len(data) % 2)
    mark = b"II" if order == "<" else b"MM"
    head = (
        struct.pack(order + "HHHQ", 43, 8, 0, start + len(data))
        if big
        else struct.pack(order + "HI", 42, start + len(data))
    )
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    return mark + head + data + count + b"".join(entries) + b"\0" * struct.calcsize(number)
