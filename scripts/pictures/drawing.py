"""The picture that every file shows: no symmetry, smooth and sharp parts, all of the 8- and 16-bit range."""

import numpy as np

WIDTH, HEIGHT = 22, 15


def rgb16(width=WIDTH, height=HEIGHT):
    """uint16 [H, W, 3]: a gradient a channel, a dark frame at the left and a bright block at the lower right."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    u, v = x / max(1, width - 1), y / max(1, height - 1)
    planes = np.stack([u, v, (u + 2 * v) / 3], axis=-1) * 65535
    planes[:, : max(1, width // 8)] = [9000, 30000, 51000]
    planes[height * 2 // 3 :, width * 2 // 3 :] = [65535, 65000, 500]
    return np.rint(planes).astype(np.uint16)


def rgb8(width=WIDTH, height=HEIGHT):
    return (rgb16(width, height) >> 8).astype(np.uint8)


def grey16(width=WIDTH, height=HEIGHT):
    return (rgb16(width, height).astype(np.uint32).sum(axis=-1) // 3).astype(np.uint16)


def grey8(width=WIDTH, height=HEIGHT):
    return (grey16(width, height) >> 8).astype(np.uint8)


def alpha16(width=WIDTH, height=HEIGHT):
    """Transparent at the top, opaque at the bottom, all between; the colours below it stay what they are."""
    return np.repeat(np.linspace(0, 65535, height).astype(np.uint16)[:, None], width, axis=1)


def alpha8(width=WIDTH, height=HEIGHT):
    return (alpha16(width, height) >> 8).astype(np.uint8)


def indices(colours, width=WIDTH, height=HEIGHT):
    """uint8 [H, W]: every index below `colours`."""
    return (grey8(width, height).astype(np.int64) * colours // 256).astype(np.uint8)


def palette(colours):
    """uint8 [colours, 3], no two alike and none grey."""
    k = np.arange(colours)
    return np.stack(
        [k * 255 // max(1, colours - 1), 255 - k * 97 % 256, (k * 53 + 20) % 256], axis=-1
    ).astype(np.uint8)
