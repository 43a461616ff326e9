"""JPEG: samplings, scans, colour spaces, markers and orientations."""

import io

from PIL import Image

import drawing
from case import Case

LARGE = (67, 45)  # no multiple of a block


def save(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **{"quality": 92, **options})
    return out.getvalue()


def exif(orientation, big_endian=False):
    """A block of one entry; Pillow writes one byte order only."""
    number = lambda value, size: value.to_bytes(size, "big" if big_endian else "little")
    entry = number(0x112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + b"\0\0"
    return (
        b"Exif\0\0"
        + (b"MM" if big_endian else b"II")
        + number(42, 2)
        + number(8, 4)
        + number(1, 2)
        + entry
        + b"\0" * 4
    )


def segment(marker, data):
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def insert(jpeg, *segments):
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def drop(jpeg, marker):
    """Without its first segment of this marker."""
    at = jpeg.index(bytes([0xFF, marker]))
    return jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big") :]


def with_sampling(jpeg, horizontal, vertical):
    """Its blocks in another order: what it shows is mixed up, and valid where there are as many of them."""
    at = jpeg.index(b"\xff\xc0") + 11
    return jpeg[:at] + bytes([horizontal << 4 | vertical]) + jpeg[at + 1 :]


def cases():
    rgb = Image.fromarray(drawing.rgb8(*LARGE))
    small = Image.fromarray(drawing.rgb8())
    cmyk = small.convert("CMYK")
    plain = save(small, subsampling="4:4:4")
    yield Case("444.jpg", save(rgb, subsampling="4:4:4"), 1)
    for sampling in ("4:2:2", "4:2:0"):
        yield Case(sampling.replace(":", "") + ".jpg", save(rgb, subsampling=sampling), 3)
    square = Image.fromarray(drawing.rgb8(32, 32))
    yield Case("440.jpg", with_sampling(save(square, subsampling="4:2:2"), 1, 2), 3)
    yield Case("411.jpg", with_sampling(save(square, subsampling="4:2:0"), 4, 1), 3)
    yield Case("progressive.jpg", save(rgb, progressive=True, subsampling="4:2:0"), 3)
    yield Case("restarts.jpg", save(rgb, restart_marker_blocks=2, subsampling="4:4:4"), 1)
    yield Case("low-quality.jpg", save(rgb, quality=5, subsampling="4:2:0"), 3)
    yield Case("grey.jpg", save(Image.fromarray(drawing.grey8(*LARGE))), 1)
    yield Case("rgb-without-ycc.jpg", save(small, keep_rgb=True), 1)
    yield Case("cmyk-adobe.jpg", save(cmyk), 3)
    yield Case("cmyk-no-adobe.jpg", drop(save(cmyk), 0xEE), 3)
    yield Case("cmyk-progressive.jpg", save(cmyk, progressive=True), 3)
    yield Case("ycck.jpg", save(cmyk).replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\2"), 3)
    yield Case("one-pixel.jpg", save(Image.fromarray(drawing.rgb8(1, 1))), 1)
    yield Case("one-column.jpg", save(Image.fromarray(drawing.rgb8(1, 40)), subsampling="4:2:0"), 3)
    for orientation in range(9 + 1):
        block = exif(orientation, big_endian=orientation % 2 == 1)
        yield Case(f"orientation-{orientation}.jpg", insert(plain, segment(0xE1, block)), 1)
    turned = segment(0xE1, exif(6))
    yield Case("orientation-6-420.jpg", insert(save(rgb, subsampling="4:2:0"), turned), 3)
    yield Case("orientation-6-grey.jpg", insert(save(Image.fromarray(drawing.grey8(*LARGE))), turned), 1)
    yield Case("orientation-6-cmyk.jpg", insert(save(cmyk), turned), 3)
    yield Case("orientation-6-progressive.jpg", insert(save(rgb, progressive=True), turned), 3)
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>")
    yield Case("xmp-before-exif.jpg", insert(plain, xmp, segment(0xE1, exif(6))), 1)
    yield Case("damaged-exif.jpg", insert(plain, segment(0xE1, exif(6)[:12])), 1)
    yield Case(
        "many-markers.jpg",
        insert(plain, *[segment(0xFE, b"a comment")] * 50, segment(0xE2, b"ICC_PROFILE\0\1\1no")),
        1,
    )
    yield Case("bytes-behind.jpg", plain + b"bytes that belong to nobody" * 9, 1)
    yield Case("fill-bytes.jpg", insert(plain, b"\xff\xff\xff" + segment(0xFE, b"after fill bytes")), 1)
