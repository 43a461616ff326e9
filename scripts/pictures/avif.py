"""Boxes of AVIF (ISO/IEC 14496-12)."""

import struct


def box(kind, data):
    return struct.pack(">I", 8 + len(data)) + kind + data


def boxes(data):
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def with_colours(avif, matrix=6, is_full_range=True):
    """Says how its planes become colours, which libheif leaves out: in the place of 'pixi', which nobody needs. The new 'meta'
    goes to the end and the old one becomes free space, so that the places of pixels in the file stay right.
    """
    colours = box(b"colr", b"nclx" + struct.pack(">HHHB", 2, 2, matrix, 0x80 if is_full_range else 0))

    def rewrite(kind, data):
        if kind == b"pixi":
            return colours
        if kind in (b"iprp", b"ipco"):
            data = b"".join(rewrite(*child) for child in boxes(data))
        return box(kind, data)

    meta = next(data for kind, data in boxes(avif) if kind == b"meta")
    rest = b"".join(box(b"free" if kind == b"meta" else kind, data) for kind, data in boxes(avif))
    return rest + box(b"meta", meta[:4] + b"".join(rewrite(*child) for child in boxes(meta[4:])))
