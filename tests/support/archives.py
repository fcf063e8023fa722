"""Tar archives of pictures in the forms in which users have them."""

import io
import tarfile


def pack(path, members, **options):
    """A tar archive of (name, bytes)."""
    with tarfile.open(path, "w", **options) as archive:
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def members(folder):
    """(name, bytes) of every picture below a folder, last name first."""
    return [(str(path.relative_to(folder)), path.read_bytes()) for path in sorted(folder.rglob("*.*"), reverse=True)]


def pack_class_folders(path, folder):
    """A tar archive of tar archives: one for each folder in `folder`, as ILSVRC2012_img_train.tar."""
    inner = [(f"{name.name}.tar", pack(path.with_suffix(".inner"), members(name)).read_bytes()) for name in sorted(folder.iterdir())]
    path.with_suffix(".inner").unlink()
    return pack(path, inner)
