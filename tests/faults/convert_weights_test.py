#!/usr/bin/env python3
"""models/convert_weights.py on zip and legacy checkpoints, strides, hostile and truncated files. Needs no torch."""

import collections
import io
import json
import pickle
import random
import struct
import subprocess
import sys
import tempfile
import types
import unittest
import zipfile
from pathlib import Path

import numpy as np

MODELS = Path(__file__).resolve().parents[2] / "models"
sys.path.insert(0, str(MODELS))
from checkpoint_names import rename
from pytorch_file import LEGACY_MAGIC, LEGACY_PROTOCOL, BadCheckpoint, read_state_dict

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


def zip_file(content, storages):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", dumps(content))
        archive.writestr("archive/byteorder", b"little")
        for storage in storages:
            archive.writestr(f"archive/data/{storage.key}", storage.values.tobytes())
    return stream.getvalue()


def example():
    """A transposed matrix, a half-precision vector behind an offset, and what should be read."""
    matrix = np.arange(6, dtype=np.float32)
    half = np.arange(5, dtype=np.float16)
    storages = [FakeStorage("0", matrix), FakeStorage("1", half)]
    content = collections.OrderedDict(weight=FakeTensor(storages[0], 0, (2, 3), (1, 2)), bias=FakeTensor(storages[1], 2, (3,), (1,)))
    return content, storages, {"weight": matrix.reshape(3, 2).T, "bias": half[2:]}


class Convert(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sightline-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def read(self, data):
        path = self.folder / "checkpoint.pth"
        path.write_bytes(data)
        return read_state_dict(path)

    def test_both_formats_with_strides_offsets_and_half_precision(self):
        content, storages, expected = example()
        for write in (legacy_file, zip_file):
            for wrapped in (content, {"state_dict": content, "epoch": 3}):
                tensors = self.read(write(wrapped, storages))
                self.assertEqual(set(tensors), set(expected))
                for name, values in expected.items():
                    np.testing.assert_array_equal(tensors[name].bits().view(values.dtype), values)

    def test_command_writes_safetensors(self):
        content, storages, expected = example()
        (self.folder / "a.pth").write_bytes(zip_file(content, storages))
        subprocess.run([sys.executable, MODELS / "convert_weights.py", self.folder / "a.pth", "--model", "x", "--output", self.folder / "a.safetensors"],
                       check=True, capture_output=True)
        raw = (self.folder / "a.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", raw[:8])
        header = json.loads(raw[8:8 + length])
        begin, end = header["weight"]["data_offsets"]
        np.testing.assert_array_equal(np.frombuffer(raw[8 + length:][begin:end], np.float32).reshape(2, 3), expected["weight"])
        self.assertEqual(header["bias"]["dtype"], "F16")

    def test_names_of_other_publishers(self):
        class Shaped:
            def __init__(self, *shape):
                self.shape = shape

        def renamed(model, **shapes):
            return {name: shape for name, (_, shape) in rename({name: Shaped(*shape) for name, shape in shapes.items()}, model)[0].items()}

        self.assertEqual(renamed("vgg16.tv_in1k", **{"features.0.weight": (64, 3, 3, 3), "classifier.0.weight": (4096, 25088), "classifier.0.bias": (4096,),
                                                     "classifier.3.weight": (4096, 4096), "classifier.6.weight": (9, 4096)}),
                         {"features.0.weight": (64, 3, 3, 3), "pre_logits.fc1.weight": (4096, 512, 7, 7), "pre_logits.fc1.bias": (4096,),
                          "pre_logits.fc2.weight": (4096, 4096, 1, 1), "head.fc.weight": (9, 4096)})
        self.assertEqual(renamed("torchvision_vgg16", **{"classifier.0.weight": (4096, 25088)}), {"classifier.0.weight": (4096, 25088)})
        self.assertEqual(renamed("densenet121.tv_in1k", **{"features.denseblock1.denselayer2.norm.1.weight": (96,)}),
                         {"features.denseblock1.denselayer2.norm1.weight": (96,)})
        self.assertEqual(renamed("swin_tiny_patch4_window7_224.ms_in1k", **{"layers.0.downsample.reduction.weight": (192, 384), "head.weight": (9, 768),
                                                                            "layers.0.blocks.1.attn_mask": (64, 49, 49)}),
                         {"layers.1.downsample.reduction.weight": (192, 384), "head.fc.weight": (9, 768)})
        with self.assertRaisesRegex(BadCheckpoint, "torchvision's names"):
            renamed("mobilenetv3_large_100.ra_in1k", **{"features.0.0.weight": (16, 3, 3, 3)})

    def test_code_in_the_file_is_refused_and_not_run(self):
        class Evil:
            def __reduce__(self):
                return exec, (f"open({str(self_folder / 'ran')!r}, 'w')",)

        self_folder = self.folder
        for data in (zip_file({"weight": Evil()}, []), legacy_file({"weight": Evil()}, [])):
            with self.assertRaisesRegex(BadCheckpoint, "exec"):
                self.read(data)
        self.assertFalse((self.folder / "ran").exists())

    def test_tensors_beyond_their_storage_are_refused(self):
        storage = FakeStorage("0", np.zeros(4, np.float32))
        for offset, shape, stride in ((0, (5,), (1,)), (2, (3,), (1,)), (0, (2, 2), (1, 3)), (0, (10**12,), (0,)), (-1, (1,), (1,)), (0, (2,), (-1,))):
            with self.subTest(shape=shape, stride=stride), self.assertRaises(BadCheckpoint):
                self.read(zip_file({"weight": FakeTensor(storage, offset, shape, stride)}, [storage]))["weight"].bits()

    def test_truncated_and_flipped_files_are_refused_or_read(self):
        content, storages, _ = example()
        chance = random.Random(1)
        for write in (legacy_file, zip_file):
            data = write(content, storages)
            for size in range(0, len(data), 5):
                with self.assertRaises(BadCheckpoint):
                    self.read(data[:size])
            for _ in range(200):
                flipped = bytearray(data)
                flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
                try:
                    for tensor in self.read(bytes(flipped)).values():
                        tensor.bits()
                except BadCheckpoint:
                    continue


if __name__ == "__main__":
    unittest.main()
