"""WebP, GIF, AVIF, BMP and netpbm."""

import io

import numpy as np
import pyvips
from PIL import Image

import avif
import bmp
import drawing
from case import Case
from jpeg_cases import LARGE, exif


def save(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def rgba():
    return Image.fromarray(np.dstack([drawing.rgb8(), drawing.alpha8()]))


def webp_cases():
    rgb, small = Image.fromarray(drawing.rgb8(*LARGE)), Image.fromarray(drawing.rgb8())
    other = Image.fromarray(255 - drawing.rgb8())
    yield Case("lossy.webp", save(rgb, "WEBP", quality=90), 3)
    yield Case("lossless.webp", save(small, "WEBP", lossless=True), 1)
    yield Case("lossy-alpha.webp", save(rgba(), "WEBP", quality=90, exact=True), 3)
    yield Case("lossless-alpha.webp", save(rgba(), "WEBP", lossless=True, exact=True), 1)
    yield Case(
        "animated.webp",
        save(small, "WEBP", lossless=True, save_all=True, append_images=[other], duration=100),
        1,
    )
    for orientation in range(1, 9):
        yield Case(
            f"orientation-{orientation}.webp", save(small, "WEBP", lossless=True, exif=exif(orientation)), 1
        )
    yield Case("orientation-6-lossy.webp", save(rgb, "WEBP", quality=90, exif=exif(6)), 3)
    yield Case("orientation-6-alpha.webp", save(rgba(), "WEBP", lossless=True, exact=True, exif=exif(6)), 1)
    yield Case("bytes-behind.webp", save(small, "WEBP", lossless=True) + b"bytes that belong to nobody", 1)
    yield Case("one-pixel.webp", save(Image.fromarray(drawing.rgb8(1, 1)), "WEBP", lossless=True), 1)


def palette_image(colours=64):
    image = Image.fromarray(drawing.indices(colours), "P")
    image.putpalette(drawing.palette(colours).tobytes())
    return image


def on_screen(gif, width, height):
    """The same frame at the top left of a larger screen."""
    return gif[:6] + width.to_bytes(2, "little") + height.to_bytes(2, "little") + gif[10:]


def gif_cases():
    image, other = palette_image(), palette_image()
    other.putpalette((255 - drawing.palette(64)).tobytes())
    yield Case("palette.gif", save(image, "GIF", interlace=0))
    yield Case("interlaced.gif", save(image, "GIF", interlace=1))
    yield Case("two-colours.gif", save(palette_image(2), "GIF"))
    yield Case("grey.gif", save(Image.fromarray(drawing.grey8()), "GIF"))
    yield Case("transparent.gif", save(image, "GIF", transparency=5))
    yield Case("animated.gif", save(image, "GIF", save_all=True, append_images=[other], duration=100))
    yield Case(
        "animated-transparent.gif",
        save(image, "GIF", transparency=5, save_all=True, append_images=[other], disposal=2),
    )
    yield Case("part-of-screen.gif", on_screen(save(image, "GIF"), 27, 19))
    yield Case("part-of-screen-transparent.gif", on_screen(save(image, "GIF", transparency=5), 27, 19))
    row = image.crop((0, 0, drawing.WIDTH, 1))
    yield Case("part-of-wide-screen.gif", on_screen(save(row, "GIF"), 2100, 1))
    yield Case("bytes-behind.gif", save(image, "GIF") + b"bytes that belong to nobody")
    yield Case("one-pixel.gif", save(Image.fromarray(drawing.rgb8(1, 1)), "GIF"))


def avif_cases():
    rgb, small = Image.fromarray(drawing.rgb8(*LARGE)), Image.fromarray(drawing.rgb8())
    yield Case("444.avif", save(rgb, "AVIF", quality=90, subsampling="4:4:4"), 3)
    yield Case("420.avif", save(rgb, "AVIF", quality=90, subsampling="4:2:0"), 3)
    yield Case("422.avif", save(rgb, "AVIF", quality=90, subsampling="4:2:2"), 3)
    yield Case(
        "420-limited-range.avif", save(rgb, "AVIF", quality=90, subsampling="4:2:0", range="limited"), 3
    )
    yield Case("420-alpha.avif", save(rgba(), "AVIF", quality=90, subsampling="4:2:0"), 3)
    even = Image.fromarray(drawing.rgb8(24, 16))
    odd = Image.fromarray(drawing.rgb8())
    for orientation in range(1, 9):
        block = exif(orientation)[6:]
        yield Case(f"420-orientation-{orientation}.avif", save(odd, "AVIF", quality=95, exif=block), 3)
    even_sides = save(even, "AVIF", quality=95, exif=exif(6)[6:])
    yield Case("420-orientation-6-even.avif", even_sides, 3)
    yield Case(
        "grey.avif", save(Image.fromarray(drawing.grey8(*LARGE)), "AVIF", quality=90, subsampling="4:0:0"), 1
    )
    yield Case("alpha.avif", save(rgba(), "AVIF", quality=90, subsampling="4:4:4"), 3)
    yield Case(
        "animated.avif",
        save(small, "AVIF", save_all=True, append_images=[small.rotate(180)], duration=100),
        3,
    )
    for orientation in range(1, 9):
        block = exif(orientation)[6:]
        yield Case(
            f"orientation-{orientation}.avif",
            save(small, "AVIF", quality=95, subsampling="4:4:4", exif=block),
            3,
        )
    turned = save(rgba(), "AVIF", quality=95, subsampling="4:4:4", exif=exif(6)[6:])
    yield Case("orientation-6-alpha.avif", turned, 3)
    yield Case("bytes-behind.avif", save(small, "AVIF", quality=95) + b"bytes that belong to nobody", 3)
    deep = pyvips.Image.new_from_array(drawing.rgb16(), interpretation="rgb16").cast("ushort")
    for depth in (10, 12):
        data = deep.heifsave_buffer(compression="av1", bitdepth=depth, Q=95, subsample_mode="off")
        yield Case(f"{depth}-bit-444.avif", data, 3)
        data = deep.heifsave_buffer(compression="av1", bitdepth=depth, Q=95, subsample_mode="on")
        yield Case(f"{depth}-bit-420.avif", avif.with_colours(data), 3)


def bmp_cases():
    rgb, grey = drawing.rgb8(), drawing.grey8()
    bgr, opaque = rgb[:, :, ::-1], np.full(grey.shape, 255, np.uint8)
    bits = lambda shift, depth, channel: (rgb[:, :, channel].astype(np.uint32) >> (8 - depth)) << shift
    fivesix = bits(11, 5, 0) | bits(5, 6, 1) | bits(0, 5, 2)
    for depth in (1, 4, 8):
        rows, colours = drawing.indices(2**depth), drawing.palette(2**depth)
        yield Case(f"palette-{depth}.bmp", bmp.encode(rows, depth, colours))
        yield Case(f"core-header-{depth}.bmp", bmp.encode_core(rows, depth, colours))
    yield Case("few-colours.bmp", bmp.encode(drawing.indices(20), 8, drawing.palette(20)))
    for depth, compression in ((8, bmp.RLE8), (4, bmp.RLE4)):
        rows, colours = drawing.indices(16), drawing.palette(16)
        runs = bmp.encode_runs(rows, depth)
        yield Case(f"rle-{depth}.bmp", bmp.encode(rows, depth, colours, data=runs, compression=compression))
    yield Case("555.bmp", bmp.encode(bits(10, 5, 0) | bits(5, 5, 1) | bits(0, 5, 2), 16))
    yield Case("565.bmp", bmp.encode(fivesix, 16, masks=(0xF800, 0x7E0, 0x1F)))
    yield Case("rgb-24.bmp", bmp.encode(bgr, 24))
    yield Case("core-header-24.bmp", bmp.encode_core(bgr, 24))
    yield Case("top-down.bmp", bmp.encode(bgr, 24, top_down=True))
    yield Case("rgb-32.bmp", bmp.encode(np.dstack([bgr, opaque // 5]), 32))
    # Pillow knows some orders of masks only.
    other_order = bmp.encode(np.dstack([rgb, opaque]), 32, masks=(0xFF, 0xFF00, 0xFF0000))
    yield Case("bit-fields-32.bmp", other_order, 1, rgb, rgb)
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    for size in (56, 108, 124):
        yield Case(
            f"alpha-{size}.bmp",
            bmp.encode(np.dstack([bgr, drawing.alpha8()]), 32, masks=masks, header_size=size),
        )
    yield Case("bytes-behind.bmp", bmp.encode(bgr, 24) + b"bytes that belong to nobody")
    yield Case("one-pixel.bmp", bmp.encode(bgr[:1, :1], 24))


def text(values):
    return (
        b"\n".join(b" ".join(b"%d" % value for value in row) for row in values.reshape(values.shape[0], -1))
        + b"\n"
    )


def netpbm_cases():
    rgb, grey = drawing.rgb8(), drawing.grey8()
    bits = (grey < 128).astype(np.uint8)
    size = b"%d %d" % (drawing.WIDTH, drawing.HEIGHT)
    yield Case("text.pbm", b"P1\n" + size + b"\n" + text(bits))
    yield Case(
        "text-without-spaces.pbm", b"P1\n# one digit a pixel\n" + size + b"\n" + text(bits).replace(b" ", b"")
    )
    yield Case("text.pgm", b"P2\n" + size + b"\n255\n" + text(grey))
    yield Case("text.ppm", b"P3 # a comment\n" + size + b" # another\n255\n" + text(rgb))
    yield Case("binary.pbm", b"P4\n" + size + b"\n" + np.packbits(bits, axis=1).tobytes())
    yield Case("binary.pgm", b"P5\n" + size + b"\n255\n" + grey.tobytes())
    yield Case("binary.ppm", b"P6\n# a comment\n" + size + b"\n255\n" + rgb.tobytes())
    yield Case("16-bit.pgm", b"P5 " + size + b" 65535\n" + drawing.grey16().astype(">u2").tobytes())
    yield Case("16-bit.ppm", b"P6 " + size + b" 65535\n" + drawing.rgb16().astype(">u2").tobytes())
    yield Case("text-16-bit.pgm", b"P2 " + size + b" 65535\n" + text(drawing.grey16()))
    yield Case("largest-15.pgm", b"P5 " + size + b" 15\n" + (grey >> 4).tobytes())
    yield Case(
        "largest-1000.pgm", b"P5 " + size + b" 1000\n" + (drawing.grey16() // 66).astype(">u2").tobytes()
    )
    yield Case("bytes-behind.ppm", b"P6 " + size + b" 255\n" + rgb.tobytes() + b"bytes that belong to nobody")
    yield Case("one-pixel.ppm", b"P6 1 1 255\n" + rgb[0, 0].tobytes())
