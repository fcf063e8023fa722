"""Writes what torch.save writes, in both of its formats, without torch."""

import collections
import io
import pickle
import struct
import sys
import types
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))
from pytorch_file import LEGACY_MAGIC, LEGACY_PROTOCOL

# Stand-ins with torch's names, so that pickle writes what torch.save writes.
torch = types.ModuleType("torch")
torch_utils = types.ModuleType("torch._utils")


def _rebuild_tensor_v2(*_):
    raise AssertionError("only its name is pickled")


class FloatStorage:
    pass


class HalfStorage:
    pass


_rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
torch_utils._rebuild_tensor_v2 = _rebuild_tensor_v2
for storage_class in (FloatStorage, HalfStorage):
    storage_class.__module__, storage_class.__qualname__ = "torch", storage_class.__name__
    setattr(torch, storage_class.__name__, storage_class)
sys.modules.update({"torch": torch, "torch._utils": torch_utils})


class FakeStorage:
    def __init__(self, key, values):
        self.key, self.values = key, values
        self.type = HalfStorage if values.dtype == np.float16 else FloatStorage


class FakeTensor:
    def __init__(self, storage, offset, shape, stride):
        self.arguments = (storage, offset, shape, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return _rebuild_tensor_v2, self.arguments


class Pickler(pickle.Pickler):
    def persistent_id(self, item):
        return ("storage", item.type, item.key, "cpu", item.values.size) if isinstance(item, FakeStorage) else None


def dumps(content):
    stream = io.BytesIO()
    Pickler(stream, protocol=2).dump(content)
    return stream.getvalue()


def legacy_file(content, storages):
    parts = [pickle.dumps(LEGACY_MAGIC, 2), pickle.dumps(LEGACY_PROTOCOL, 2), pickle.dumps({"little_endian": True}, 2), dumps(content),
             pickle.dumps([storage.key for storage in storages], 2)]
    for storage in storages:
        parts.append(struct.pack("<q", storage.values.size) + storage.values.tobytes())
    return b"".join(parts)


def zip_file(content, storages, pickled=None):
    """pickled: bytes in the place of what `content` pickles to."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickled or dumps(content))
        archive.writestr("archive/byteorder", b"little")
        for storage in storages:
            archive.writestr(f"archive/data/{storage.key}", storage.values.tobytes())
    return stream.getvalue()
