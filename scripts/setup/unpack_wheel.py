"""Unpacks the native parts of wheels, every file checked against the SHA-256 in its wheel's RECORD.

usage: unpack_wheel.py DESTINATION WHEEL...
Of torch: lib, include, share and torch.libs; of NVIDIA's wheels: lib. Prints the number of files and bytes.
"""

import base64
import csv
import hashlib
import io
import os
import re
import sys
import zipfile

WANTED = re.compile(r"(torch/(lib|include|share)|torch\.libs|nvidia/(.+/)?lib)/.+")


def recorded_hashes(archive):
    """Name -> digest from the RECORD of a wheel."""
    names = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
    if len(names) != 1:
        raise ValueError("it has no RECORD")
    rows = csv.reader(io.StringIO(archive.read(names[0]).decode("utf-8")))
    return {name: hash.removeprefix("sha256=") for name, hash, _size in rows if hash.startswith("sha256=")}


def copy_checked(source, target, expected):
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(1 << 20):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    actual = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    if actual != expected:
        raise ValueError(f"{target.name} is not what the wheel's RECORD says: the download is damaged")
    return size


def unpack(wheel, destination):
    files = size = 0
    root = os.path.realpath(destination)
    with zipfile.ZipFile(wheel) as archive:
        hashes = recorded_hashes(archive)
        for entry in archive.infolist():
            if entry.is_dir() or not WANTED.fullmatch(entry.filename):
                continue
            path = os.path.realpath(os.path.join(root, entry.filename))
            if not path.startswith(root + os.sep) or entry.filename not in hashes:
                raise ValueError(f"{entry.filename} is not in the wheel's RECORD, or leads out of its folder")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as target:
                size += copy_checked(source, target, hashes[entry.filename])
            files += 1
    return files, size


def main():
    destination, *wheels = sys.argv[1:]
    totals = (0, 0)
    for wheel in wheels:
        try:
            files, size = unpack(wheel, destination)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            sys.exit(f"{os.path.basename(wheel)}: {error}")
        totals = (totals[0] + files, totals[1] + size)
    print(*totals)


main()
