"""BMP by hand: every depth, header and order of rows (Microsoft's BITMAPINFOHEADER and its kin)."""

import struct

import numpy as np

NONE, RLE8, RLE4, BIT_FIELDS = 0, 1, 2, 3


def pack_rows(rows, bits):
    """Integers [H, W], one a pixel, or bytes [H, W, 3 or 4] -> rows filled up to four bytes."""
    if rows.ndim == 3:
        packed = rows.astype(np.uint8).reshape(rows.shape[0], -1)
    elif bits == 32 or bits == 16:
        packed = rows.astype(f"<u{bits // 8}").view(np.uint8).reshape(rows.shape[0], -1)
    elif bits == 8:
        packed = rows.astype(np.uint8)
    else:
        spread = (rows[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
        packed = np.packbits(spread.astype(np.uint8).reshape(rows.shape[0], -1), axis=1)
    return np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4)))


def info_header(width, height, bits, compression=NONE, size=40, colours=0, masks=()):
    head = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, 0, 2835, 2835, colours, 0)
    return head + b"".join(struct.pack("<I", mask) for mask in masks)


def assemble(header, palette, data):
    at = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + header + palette + data


def encode(rows, bits, palette=None, top_down=False, masks=(), header_size=40, data=None, compression=None):
    """`rows`: the upright picture; `palette`: RGB; `masks`: of red, green, blue and perhaps alpha; `data`: rows encoded."""
    height, width = rows.shape[:2]
    entries = b"" if palette is None else b"".join(bytes([b, g, r, 0]) for r, g, b in palette)
    if compression is None:
        compression = BIT_FIELDS if masks else NONE
    colours = 0 if palette is None else len(palette)
    header = info_header(
        width, -height if top_down else height, bits, compression, header_size, colours, masks
    )
    header += b"\0" * max(0, header_size - len(header))
    if data is None:
        data = pack_rows(rows if top_down else rows[::-1], bits).tobytes()
    return assemble(header, entries, data)


def encode_core(rows, bits, palette=None):
    """With OS/2's header of 12 bytes: 16-bit sizes, three bytes a colour."""
    height, width = rows.shape[:2]
    entries = b"" if palette is None else b"".join(bytes([b, g, r]) for r, g, b in palette)
    header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    return assemble(header, entries, pack_rows(rows[::-1], bits).tobytes())


def encode_runs(rows, bits):
    """RLE8 or RLE4 with all its codes: runs, absolute stretches, a jump (over pixels of index 0) and both ends."""
    data = b""
    for number, row in enumerate(rows[::-1]):
        indices, x = list(row), 0
        if number == 1:  # an absolute stretch of five, filled up to 16 bits
            data += bytes([0, 5]) + pack_stretch(indices[:5], bits)
            x = 5
        if number == 2 and indices[:3] == [0, 0, 0]:
            data += bytes([0, 2, 3, 0])
            x = 3
        while x < len(indices):
            run = 1
            while x + run < len(indices) and indices[x + run] == indices[x] and run < 255:
                run += 1
            data += bytes([run, indices[x] if bits == 8 else indices[x] * 17])
            x += run
        data += b"\0\0"
    return data + b"\0\1"


def pack_stretch(indices, bits):
    packed = (
        bytes(indices)
        if bits == 8
        else np.packbits(
            ((np.array(indices)[:, None] >> np.arange(3, -1, -1)) & 1).astype(np.uint8).ravel()
        ).tobytes()
    )
    return packed + b"\0" * (len(packed) % 2)
