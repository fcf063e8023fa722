"""Reads PyTorch checkpoint files, zip and legacy, without torch and without running code from the file.

Only the handful of globals that a state dict needs are known to the unpickler. Training checkpoints hold more, such as the options of the run: every other
class or function becomes an inert object, which is never called and keeps nothing. No tensor may reach beyond its storage, and no storage beyond the file, so a
hostile file cannot make this program allocate more than the file's own size.
"""

import collections
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001

# safetensors' name of a type, and a numpy type of the same size to carry its bits
STORAGE_TYPES = {
    "DoubleStorage": ("F64", np.uint64), "FloatStorage": ("F32", np.uint32), "HalfStorage": ("F16", np.uint16),
    "BFloat16Storage": ("BF16", np.uint16), "LongStorage": ("I64", np.uint64), "IntStorage": ("I32", np.uint32),
    "ShortStorage": ("I16", np.uint16), "CharStorage": ("I8", np.uint8), "ByteStorage": ("U8", np.uint8), "BoolStorage": ("BOOL", np.uint8),
}


class BadCheckpoint(Exception):
    """The file is not a checkpoint, is damaged, or asks for something that a state dict does not need."""


class StorageType:
    def __init__(self, name):
        self.dtype, self.bits = STORAGE_TYPES[name]


class Tensor:
    """A tensor whose bits are known once the storages have been read."""

    def __init__(self, storage, offset, shape, stride):
        self.storage, self.offset, self.shape, self.stride = storage, offset, tuple(shape), tuple(stride)

    @property
    def dtype(self):
        return self.storage.type.dtype

    def bits(self):
        """The elements in row-major order, as unsigned integers of the element's size."""
        data, shape = self.storage.data, self.shape
        elements = int(np.prod(shape, dtype=object)) if shape else 1
        if any(extent < 0 for extent in shape) or any(step < 0 for step in self.stride) or len(shape) != len(self.stride):
            raise BadCheckpoint(f"a tensor has the shape {shape} and the strides {self.stride}")
        last = self.offset + sum((extent - 1) * step for extent, step in zip(shape, self.stride))
        if self.offset < 0 or (elements > 0 and last >= data.size) or elements > data.size:
            raise BadCheckpoint(f"a tensor of shape {shape} reaches beyond its storage of {data.size} elements")
        if elements == 0:
            return np.zeros(shape, data.dtype)
        strides = [step * data.itemsize for step in self.stride]
        return np.ascontiguousarray(np.lib.stride_tricks.as_strided(data[self.offset:], shape, strides, writeable=False))


class Storage:
    def __init__(self, storage_type, key, elements):
        self.type, self.key, self.elements, self.data = storage_type, key, elements, None

    def fill(self, raw):
        if len(raw) != self.elements * np.dtype(self.type.bits).itemsize:
            raise BadCheckpoint(f"storage {self.key} should hold {self.elements} elements; the file has {len(raw)} bytes for it: truncated?")
        self.data = np.frombuffer(raw, self.type.bits)


def rebuild_tensor(storage, offset, shape, stride, *_):
    if not isinstance(storage, Storage):
        raise BadCheckpoint("a tensor without a storage")
    numbers = (offset, *shape, *stride) if isinstance(shape, tuple) and isinstance(stride, tuple) else (None,)
    if not all(isinstance(number, int) for number in numbers):
        raise BadCheckpoint("a tensor whose offset, shape or strides are not numbers")
    return Tensor(storage, offset, shape, stride)


def rebuild_parameter(tensor, *_):
    return tensor


class Inert:
    """Stands for a class or function that a state dict does not need, and for every object made with it. It can be filled like any object; it keeps nothing."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def ignore(self, *_):
        pass

    __setitem__ = append = extend = add = ignore


class RestrictedUnpickler(pickle._Unpickler):
    """The pure Python unpickler, whose memo is a dict: a hostile index cannot make it allocate.

    A pickle calls functions with the opcodes REDUCE, NEWOBJ, NEWOBJ_EX, OBJ and INST; all end in `call` here. BUILD sets attributes or calls __setstate__; no
    tensor needs it, and it does nothing here.
    """

    GLOBALS = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor"): rebuild_tensor,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
        ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
        ("torch._utils", "_rebuild_parameter_with_state"): rebuild_parameter,
    }

    def __init__(self, stream, storages):
        super().__init__(stream, encoding="utf-8")
        self.storages = storages

    def find_class(self, module, name):
        if module == "torch" and name in STORAGE_TYPES:
            return StorageType(name)
        return self.GLOBALS.get((module, name)) or Inert(f"{module}.{name}")

    def call(self, function, arguments):
        if isinstance(function, Inert):
            return function
        if any(function is known for known in self.GLOBALS.values()):
            return function(*arguments)
        raise BadCheckpoint("calls something that is neither a class nor a function")

    def load_reduce(self):
        arguments, function = self.stack.pop(), self.stack.pop()
        self.append(self.call(function, arguments))

    def load_newobj_ex(self):
        self.stack.pop()  # the keyword arguments: nothing that is called here takes any
        self.load_reduce()

    def _instantiate(self, function, arguments):  # of OBJ and INST
        self.append(self.call(function, arguments))

    def load_build(self):
        self.stack.pop()

    def load_bytearray8(self):  # Python's own one allocates what the file claims before it reads
        (size,) = struct.unpack("<Q", self.read(8))
        self.append(bytearray(self.read(size)))

    dispatch = {**pickle._Unpickler.dispatch, pickle.REDUCE[0]: load_reduce, pickle.NEWOBJ[0]: load_reduce, pickle.NEWOBJ_EX[0]: load_newobj_ex,
                pickle.BUILD[0]: load_build, pickle.BYTEARRAY8[0]: load_bytearray8}

    def persistent_load(self, pid):
        if isinstance(pid, tuple) and len(pid) >= 2 and pid[0] == "module" and isinstance(pid[1], Inert):
            return pid[1]  # a class of a whole pickled module, with its source code, as torch wrote it before 1.6
        if not (isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and isinstance(pid[1], StorageType)):
            kind = pid[1].name if isinstance(pid, tuple) and len(pid) >= 2 and isinstance(pid[1], Inert) else "an unknown kind"
            raise BadCheckpoint(f"holds a storage of {kind}; known are torch.{', '.join(STORAGE_TYPES)}")
        key, elements = str(pid[2]), pid[4]
        if len(pid) > 5 and pid[5] is not None:
            raise BadCheckpoint("storage views are not supported")
        if not isinstance(elements, int) or elements < 0:
            raise BadCheckpoint("a storage without a size")
        return self.storages.setdefault(key, Storage(pid[1], key, elements))


def read_legacy(stream):
    storages = {}

    def load():
        return RestrictedUnpickler(stream, storages).load()

    if load() != LEGACY_MAGIC or load() != LEGACY_PROTOCOL:
        raise BadCheckpoint("neither a zip nor a legacy PyTorch file")
    if not load().get("little_endian", True):
        raise BadCheckpoint("a big-endian file")
    content = load()
    for key in load():
        if key not in storages:
            raise BadCheckpoint(f"storage {key} belongs to no tensor")
        storage = storages[key]
        (elements,) = struct.unpack("<q", stream.read(8))
        if elements != storage.elements:
            raise BadCheckpoint(f"storage {key} has {elements} elements, its tensor says {storage.elements}")
        size = elements * np.dtype(storage.type.bits).itemsize
        remaining = Path(stream.name).stat().st_size - stream.tell()
        if not 0 <= size <= remaining:
            raise BadCheckpoint(f"storage {key} needs {size} bytes, the file has {remaining} left: truncated?")
        storage.fill(stream.read(size))
    return content, storages


def read_zip(path):
    storages = {}
    with zipfile.ZipFile(path) as archive:
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise BadCheckpoint("a zip file without one data.pkl")
        folder = pickles[0][: -len("data.pkl")]
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder") != b"little":
            raise BadCheckpoint("a big-endian file")
        file_size = Path(path).stat().st_size
        for item in archive.infolist():
            if item.file_size > file_size:
                raise BadCheckpoint(f"{item.filename} is compressed; PyTorch never compresses")
        with archive.open(pickles[0]) as stream:
            content = RestrictedUnpickler(stream, storages).load()
        for key, storage in storages.items():
            storage.fill(archive.read(f"{folder}data/{key}"))
    return content, storages


def read_pytorch_file(path):
    """What the file holds, with Tensor for tensors and Inert for what is not needed. Raises BadCheckpoint with a sentence about what is wrong."""
    try:
        if zipfile.is_zipfile(path):
            content, storages = read_zip(path)
        else:
            with open(path, "rb") as stream:
                content, storages = read_legacy(stream)
        for storage in storages.values():
            if storage.data is None:
                raise BadCheckpoint(f"storage {storage.key} is missing: truncated?")
        return content
    except BadCheckpoint:
        raise
    except Exception as error:  # whatever a damaged pickle or zip makes the standard library raise
        raise BadCheckpoint(f"damaged or not a PyTorch file ({type(error).__name__}: {error})") from error
