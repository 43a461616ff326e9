"""What must be an error: damaged, lying, bomb-like and refused files, each with the code of its error."""

import struct
import zlib

import numpy as np
from PIL import Image

import bmp
import drawing
import jpeg_cases
import other_cases
import png
import png_cases
import tiff
import tiff_cases
from case import BadCase

DAMAGED, REFUSED = "ERR_IMAGE_DECODE", "ERR_IMAGE_REFUSED"


def good(cases, name):
    return next(case.data for case in cases if case.name == name)


def cut(data, fraction):
    return data[: int(len(data) * fraction)]


def truncated():
    sources = [
        (jpeg_cases.cases(), "420.jpg"),
        (jpeg_cases.cases(), "progressive.jpg"),
        (png_cases.cases(), "rgb-8.png"),
        (png_cases.cases(), "interlaced.png"),
        (other_cases.webp_cases(), "lossy.webp"),
        (other_cases.webp_cases(), "lossless.webp"),
        (other_cases.gif_cases(), "palette.gif"),
        (other_cases.avif_cases(), "420.avif"),
        (other_cases.bmp_cases(), "rgb-24.bmp"),
        (other_cases.bmp_cases(), "rle-8.bmp"),
        (other_cases.netpbm_cases(), "binary.ppm"),
        (other_cases.netpbm_cases(), "text.pgm"),
        (other_cases.netpbm_cases(), "binary.pbm"),
        (tiff_cases.cases(), "lzw.tif"),
    ]
    for cases, name in sources:
        yield BadCase(f"cut-{name}", cut(good(cases, name), 0.7), DAMAGED)


def damaged():
    rgb = drawing.rgb8()
    whole = png.encode(rgb, 8, png.RGB)
    yield BadCase("wrong-pixel-crc.png", png_cases.wrong_crc(whole, b"IDAT"), DAMAGED)
    rows = zlib.compress(png.pack_rows(rgb[:5], 8))
    header = png.SIGNATURE + png.header(*rgb.shape[1::-1])
    yield BadCase("fewer-rows-than-said.png", header + png.chunk(b"IDAT", rows) + png.chunk(b"IEND"), DAMAGED)
    yield BadCase("no-pixels.png", header + png.chunk(b"IEND"), DAMAGED)
    yield BadCase(
        "wrong-zlib.png", header + png.chunk(b"IDAT", b"no zlib at all") + png.chunk(b"IEND"), DAMAGED
    )
    chunk = struct.pack(">I", 50_000_000) + b"eXIfMM"
    yield BadCase("chunk-longer-than-all.png", header + chunk + png.chunk(b"IDAT", rows), DAMAGED)
    photograph = good(jpeg_cases.cases(), "444.jpg")
    at = photograph.index(b"\xff\xda") + 40
    yield BadCase("corrupt-entropy.jpg", photograph[:at] + b"\xff\xd9" * 20 + photograph[at + 40 :], DAMAGED)
    yield BadCase("only-a-start.jpg", photograph[:3], DAMAGED)
    yield BadCase("too-many-scans.jpg", many_scans(), DAMAGED)
    yield BadCase("higher-than-its-data.jpg", with_size(photograph, 900, 67), DAMAGED)
    yield BadCase(
        "larger-than-its-data.bmp", bmp.assemble(bmp.info_header(500, 500, 24), b"", b"abc"), DAMAGED
    )
    yield BadCase("no-size.bmp", bmp.assemble(bmp.info_header(0, 5, 24), b"", b"abc"), DAMAGED)
    yield BadCase("11-bits.bmp", bmp.assemble(bmp.info_header(5, 5, 11), b"", b"a" * 99), DAMAGED)
    yield BadCase("larger-than-its-data.ppm", b"P6 9000 9000 255\nabc", DAMAGED)
    yield BadCase("no-number.pgm", b"P2 9 nine 255\n1 2 3", DAMAGED)
    yield BadCase("largest-0.pgm", b"P5 1 1 0\n\0", DAMAGED)
    strips = tiff.encode(rgb)
    yield BadCase(
        "offsets-outside.tif",
        strips.replace(struct.pack("<HHI", 273, 4, 4), struct.pack("<HHI", 273, 4, 4000000)),
        DAMAGED,
    )


def with_size(jpeg, height, width):
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def many_scans():
    """A progressive picture of one block whose coefficients come one at a time, and each bit by bit: 897 scans, all valid."""
    table = lambda kind: jpeg_cases.segment(
        0xC4, bytes([kind, 1]) + b"\0" * 15 + b"\0"
    )  # the code '0' is 0: end of block
    quantisation = jpeg_cases.segment(0xDB, b"\0" + b"\1" * 64)
    frame = jpeg_cases.segment(0xC2, struct.pack(">BHHB", 8, 8, 8, 1) + b"\1\x11\0")
    scan = (
        lambda first, high, low: jpeg_cases.segment(0xDA, bytes([1, 1, 0, first, first, high << 4 | low]))
        + b"\x7f"
    )
    bits = [(0, 13)] + [(low + 1, low) for low in range(12, -1, -1)]
    scans = [scan(coefficient, high, low) for coefficient in range(64) for high, low in bits]
    return b"\xff\xd8" + quantisation + frame + table(0) + table(0x10) + b"".join(scans) + b"\xff\xd9"


def bombs():
    """Sizes of thousands of megapixels in a few bytes."""
    rgb, small = drawing.rgb8(), Image.fromarray(drawing.rgb8())
    header = png.SIGNATURE + png.header(60000, 60000)
    pixels = png.chunk(b"IDAT", zlib.compress(bytes(1000))) + png.chunk(b"IEND")
    yield BadCase("60000-by-60000.png", header + pixels, REFUSED)
    yield BadCase("60000-by-60000-header.png", header, REFUSED)
    yield BadCase(
        "60000-by-60000-interlaced.png",
        png.SIGNATURE + png.header(60000, 60000, interlaced=True) + pixels,
        REFUSED,
    )
    yield BadCase("65500-by-65500.jpg", with_size(jpeg_cases.save(small), 65500, 65500), REFUSED)
    yield BadCase(
        "65535-by-65535.gif",
        other_cases.on_screen(other_cases.save(other_cases.palette_image(), "GIF"), 65535, 65535),
        REFUSED,
    )
    lossless = other_cases.save(small, "WEBP", lossless=True)
    at = lossless.index(b"VP8L") + 9
    yield BadCase("16384-by-16384.webp", lossless[:at] + b"\xff\xff\xff\x0f" + lossless[at + 4 :], REFUSED)
    animated = other_cases.save(small, "WEBP", save_all=True, append_images=[small.rotate(180)])
    at = animated.index(b"VP8X") + 12
    yield BadCase("canvas-of-16777216.webp", animated[:at] + b"\xff" * 6 + animated[at + 6 :], REFUSED)
    avif = other_cases.save(small, "AVIF", quality=90)
    at = avif.index(b"ispe") + 8
    yield BadCase(
        "60000-by-60000.avif", avif[:at] + struct.pack(">II", 60000, 60000) + avif[at + 8 :], REFUSED
    )
    huge = tiff.encode(rgb, strip_rows=100)
    for tag, side in ((256, rgb.shape[1]), (257, rgb.shape[0]), (278, 100)):
        huge = huge.replace(struct.pack("<HHII", tag, 4, 1, side), struct.pack("<HHII", tag, 4, 1, 60000))
    yield BadCase("60000-by-60000.tif", huge, REFUSED)
    yield BadCase(
        "2147483647-by-2147483647.bmp",
        bmp.assemble(bmp.info_header(2**31 - 1, 2**31 - 1, 24), b"", b"abc"),
        REFUSED,
    )
    yield BadCase("1000000000-by-1000000000.ppm", b"P6 1000000000 1000000000 255\nabc", REFUSED)


def unsupported():
    """Pictures of allowed formats, of kinds that are not read."""
    rgb = drawing.rgb8()
    image = Image.fromarray(rgb)
    for compression in ("zstd", "lzma"):
        yield BadCase(f"{compression}.tif", other_cases.save(image, "TIFF", compression=compression), REFUSED)
    yield BadCase("planes-tiles.tif", tiff.encode(rgb, planar=True, tile=16), REFUSED)
    for mode in ("YCbCr", "LAB"):
        yield BadCase(
            f"{mode.lower()}.tif", other_cases.save(Image.merge(mode, image.split()), "TIFF"), REFUSED
        )
    yield BadCase("floats.tif", other_cases.save(image.convert("F"), "TIFF"), REFUSED)
    yield BadCase("signed.tif", tiff.encode(rgb, sample_format=2), REFUSED)
    yield BadCase("five-channels.tif", tiff.encode(np.dstack([rgb, rgb[:, :, :2]]), extra=0), REFUSED)
    jpeg = jpeg_cases.save(image)
    at = jpeg.index(b"\xff\xc0")
    yield BadCase("lossless.jpg", jpeg[: at + 1] + b"\xc3" + jpeg[at + 2 :], REFUSED)
    yield BadCase("12-bit.jpg", jpeg[: at + 4] + b"\x0c" + jpeg[at + 5 :], REFUSED)
    yield BadCase("jpeg-inside.bmp", bmp.assemble(bmp.info_header(22, 15, 24, 4), b"", jpeg), REFUSED)


def foreign():
    box = lambda brand: b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1" + brand + bytes(200)
    yield BadCase("empty.jpg", b"", REFUSED)
    yield BadCase(
        "drawing.svg",
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        REFUSED,
    )
    yield BadCase("drawing-named.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", REFUSED)
    yield BadCase("document.pdf", b"%PDF-1.7\n" + bytes(99), REFUSED)
    yield BadCase("phone.heic", box(b"heic"), REFUSED)
    yield BadCase("icon.ico", b"\0\0\1\0\1\0\x10\x10" + bytes(99), REFUSED)
    yield BadCase("layers.psd", b"8BPS\0\1" + bytes(99), REFUSED)
    yield BadCase("notes.jpg", b"not a picture, only notes\n", REFUSED)
    yield BadCase("page.png", b"<!DOCTYPE html><html><body>404 Not Found</body></html>", REFUSED)
    yield BadCase("archive.jpg", b"PK\3\4" + bytes(99), REFUSED)
    yield BadCase("new.jxl", b"\xff\x0a" + bytes(99), REFUSED)
    yield BadCase("new.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99), REFUSED)
    yield BadCase("film.mp4", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(99), REFUSED)
    yield BadCase("film.avi", b"RIFF\0\1\0\0AVI LIST" + bytes(99), REFUSED)
    yield BadCase(
        "map.pam", b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcd", REFUSED
    )
    yield BadCase(
        "pointer.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", REFUSED
    )
    yield BadCase("zeros.png", bytes(1000), REFUSED)


def cases():
    for family in (truncated, damaged, bombs, unsupported, foreign):
        yield from family()
