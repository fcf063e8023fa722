"""The pictures of a run, in the folder or the tar archives that it read them from."""

import io
import os
import struct
from functools import cached_property
from pathlib import Path

import google_crc32c
from PIL import Image

INDEX = "images.index"
INDEX_MARK = b"sightline archive index 1\n"


class Pictures:
    """Pictures by their relative paths.

    `where`: the folder, the CSV whose folder it is, or None. `index`: the program's index of the archives (src/images/archive_index.hpp); missing where pictures
    are not in archives.
    """

    def __init__(self, where, index):
        where = Path(where) if where else None
        self.folder = where.parent if where and where.is_file() else where
        self.index = Path(index)

    @cached_property
    def archived(self):
        """path -> (archive, offset, size) of every picture in archives; empty without an index."""
        return read_index(self.index) if self.index.is_file() else {}

    def read(self, path):
        """The picture as RGB. Raises OSError when it is not there."""
        path = str(path)
        if path not in self.archived:
            if not self.folder:
                raise FileNotFoundError(f"{path}: no folder of pictures is known")
            return Image.open(self.folder / path).convert("RGB")
        archive, offset, size = self.archived[path]
        with open(archive, "rb") as file:
            file.seek(offset)
            return Image.open(io.BytesIO(file.read(size))).convert("RGB")


def read_index(file):
    """path -> (archive, offset, size). Empty for a damaged file, and one of another version."""
    data = file.read_bytes()
    at = len(INDEX_MARK) + 4  # behind the checksum
    if not data.startswith(INDEX_MARK) or len(data) < at or struct.pack("<I", google_crc32c.value(data[at:])) != data[at - 4:at]:
        return {}

    def number(form):
        nonlocal at
        (value,) = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        return value

    def text():
        nonlocal at
        length = number("<Q")
        at += length
        return data[at - length:at]

    archives = [(os.fsdecode(text()), number("<Q"), number("<q"))[0] for _ in range(number("<Q"))]
    found = {}
    for _ in range(number("<Q")):
        path, _label, archive, offset, size = text(), text(), number("<I"), number("<Q"), number("<Q")
        found[os.fsdecode(path)] = (archives[archive], offset, size)
    return found
