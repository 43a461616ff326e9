"""Numbers that the tests in TypeScript draw alike, so that golden files hold no inputs."""

import struct


def draws(seed):
    """Numbers in [0, 1): mulberry32."""
    state = seed & 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        value = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
        value ^= (value + ((value ^ (value >> 7)) * (value | 61) & 0xFFFFFFFF)) & 0xFFFFFFFF
        yield (value ^ (value >> 14)) / 2**32


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]
