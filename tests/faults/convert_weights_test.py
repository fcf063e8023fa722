#!/usr/bin/env python3
"""models/convert_weights.py on the checkpoints that people have, and on hostile, damaged and unfitting ones. Needs no torch."""

import argparse
import collections
import datetime
import functools
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import tracemalloc
import unittest
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
MODELS = TESTS.parent / "models"
sys.path += [str(MODELS), str(TESTS / "support")]
from checkpoint_names import rename
from name_fit import fit_names
from name_lists import collapse, expand
from position_embedding import resample
from pytorch_file import BadCheckpoint, Inert, read_pytorch_file
from safetensors_file import ArrayTensor, write_safetensors
from torch_files import FakeStorage, FakeTensor, dumps, legacy_file, zip_file
from training_checkpoint import find_state_dict

FIXTURE = json.loads((TESTS / "fixtures/checkpoints.json").read_text())


def example():
    """A transposed matrix, a half-precision vector behind an offset, and what should be read."""
    matrix = np.arange(6, dtype=np.float32)
    half = np.arange(5, dtype=np.float16)
    storages = [FakeStorage("0", matrix), FakeStorage("1", half)]
    content = collections.OrderedDict(weight=FakeTensor(storages[0], 0, (2, 3), (1, 2)), bias=FakeTensor(storages[1], 2, (3,), (1,)))
    return content, storages, {"weight": matrix.reshape(3, 2).T, "bias": half[2:]}


def manifest(model):
    return json.loads((MODELS / "manifests" / f"{model}.json").read_text())


def numbered(names, storage, first=0, positions=None):
    """A tensor of one element for each name, which holds the number of the name; a position embedding has one for each position."""
    sizes = {name: positions if positions and re.search("pos(ition)?_embed", name) else 1 for name in names}
    content = collections.OrderedDict()
    for name, size in sizes.items():
        content[name] = FakeTensor(storage, first, (1, size, 1) if size > 1 else (1,), (0, 1, 0) if size > 1 else (1,))
        first += size
    return content


class InFolder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sightline-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.storage = FakeStorage("0", np.arange(5000, dtype=np.float32))

    def convert(self, content, model, *options, name="checkpoint.pth", write=zip_file):
        """Runs the program on a file with this content (None = the file that is there)."""
        if content is not None:
            (self.folder / name).write_bytes(write(content, [self.storage]))
        command = [sys.executable, MODELS / "convert_weights.py", self.folder / name, "--model", model, "--output", self.folder / "out.safetensors", *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def output(self):
        """name -> values of what was written."""
        raw = (self.folder / "out.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", raw[:8])
        header = json.loads(raw[8:8 + length])
        types = {"F32": np.float32, "F16": np.float16}
        return {name: np.frombuffer(raw[8 + length:][slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
                for name, entry in header.items() if name != "__metadata__"}

    def assert_converted(self, process, names, first=0):
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual({name: int(values.flat[0]) for name, values in self.output().items()}, {name: first + number for number, name in enumerate(names)})

    def assert_refused(self, process, *texts, code=3):
        self.assertEqual(process.returncode, code, process.stderr)
        self.assertNotIn("Traceback", process.stderr)
        for text in texts:
            self.assertIn(text, process.stderr)
        self.assertFalse((self.folder / "out.safetensors").exists())


class Files(InFolder):
    def read(self, data):
        path = self.folder / "checkpoint.pth"
        path.write_bytes(data)
        return find_state_dict(read_pytorch_file(path), None, path).tensors

    def test_both_formats_with_strides_offsets_and_half_precision(self):
        content, storages, expected = example()
        for write in (legacy_file, zip_file):
            for wrapped in (content, {"state_dict": content, "epoch": 3}):
                tensors = self.read(write(wrapped, storages))
                self.assertEqual(set(tensors), set(expected))
                for name, values in expected.items():
                    np.testing.assert_array_equal(tensors[name].bits().view(values.dtype), values)

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


    def test_a_claimed_length_allocates_nothing(self):
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        claims = {"BINUNICODE": b"X" + struct.pack("<I", 2**32 - 1), "BINUNICODE8": b"\x8d" + struct.pack("<Q", 2**33), "BINBYTES": b"B" + struct.pack("<I", 2**32 - 1),
                  "BINBYTES8": b"\x8e" + struct.pack("<Q", 2**33), "BYTEARRAY8": b"\x96" + struct.pack("<Q", 2**29), "LONG4": b"\x8b" + struct.pack("<i", 2**31 - 1)}
        for opcode, claim in claims.items():
            with self.subTest(opcode), self.assertRaises(BadCheckpoint):
                self.read(zip_file(None, [], claim + b"short."))
            self.assertLess(tracemalloc.get_traced_memory()[1], 100e6, opcode)
            tracemalloc.reset_peak()


class Hostile(InFolder):
    """A checkpoint may name any class or function; nothing of it is imported, called or kept."""

    def setUp(self):
        super().setUp()
        self.witness = self.folder / "ran"
        self.names = expand(manifest("resnet18.tv_in1k")["tensors"])

    def calls(self):
        """Ways in which pickles call: name -> an object for the entry `args`."""
        command = f"touch {self.witness}"
        reduce = type("Reduce", (), {"__reduce__": lambda self: (os.system, (command,))})
        new = type("New", (), {"__reduce__": lambda self: (eval, (f"open({str(witness)!r}, 'w')",))})
        state = type("State", (), {"__reduce__": lambda self: (functools.partial, (os.system,), (os.system, (command,), {}, None))})
        items = type("Items", (), {"__reduce__": lambda self: (collections.Counter, (), None, iter([os.system]), iter([(command, os.system)]))})
        nested = type("Nested", (), {"__reduce__": lambda self: (functools.partial(os.system, command), ())})
        witness = self.witness
        return {"REDUCE of os.system": reduce(), "REDUCE of eval": new(), "BUILD of a partial": state(), "items": items(),
                "a call of what a call made": nested(),
                "a namespace": argparse.Namespace(lr=0.1, run=reduce(), when=datetime.date(2020, 1, 1), where=Path("/tmp"))}

    def opcodes(self):
        """Calls that Python's own pickler does not write in protocol 2."""
        module, text = os.system.__module__.encode(), f"touch {self.witness}".encode()
        return {"INST": b"(V" + text + b"\ni" + module + b"\nsystem\n.", "OBJ": b"(c" + module + b"\nsystem\nV" + text + b"\no.",
                "NEWOBJ": b"c" + module + b"\nsystem\n(V" + text + b"\nt\x81.", "NEWOBJ_EX": b"c" + module + b"\nsystem\n(V" + text + b"\nt}\x92.",
                "STACK_GLOBAL": b"\x8c" + bytes([len(module)]) + module + b"\x8c\x06system\x93(V" + text + b"\ntR.",
                "getattr": b"c__builtin__\ngetattr\n(c" + module + b"\nsystem\nV__call__\ntR(V" + text + b"\ntR."}

    def test_nothing_of_the_options_runs(self):
        weights = numbered(self.names, self.storage)
        for way, options in self.calls().items():
            for write in (zip_file, legacy_file):
                with self.subTest(way=way, write=write.__name__):
                    self.assert_converted(self.convert({"epoch": 3, "args": options, "state_dict": weights}, "resnet18.tv_in1k", write=write), self.names)
                    self.assertIsInstance(read_pytorch_file(self.folder / "checkpoint.pth")["args"], Inert)
                    self.assertFalse(self.witness.exists())

    def test_no_opcode_calls(self):
        for opcode, call in self.opcodes().items():
            with self.subTest(opcode=opcode):
                pickled = dumps({"state_dict": numbered(self.names, self.storage), "args": "HERE"})
                self.assertEqual(pickled.count(b"X\x04\x00\x00\x00HERE"), 1)
                pickled = pickled.replace(b"X\x04\x00\x00\x00HERE", call[:-1])
                (self.folder / "checkpoint.pth").write_bytes(zip_file(None, [self.storage], pickled))
                self.assert_converted(self.convert(None, "resnet18.tv_in1k"), self.names)
                self.assertFalse(self.witness.exists())

    def test_a_call_in_the_place_of_a_tensor_is_refused(self):
        for way, value in self.calls().items():
            with self.subTest(way=way):
                self.assert_refused(self.convert({"conv1.weight": value}, "resnet18.tv_in1k"), "no dict of tensors", "conv1.weight (")
                self.assertFalse(self.witness.exists())

    def test_an_inert_object_keeps_nothing_and_no_state_reaches_a_tensor(self):
        tampering = b"}V" + b"shape\nV9\nsb."  # BUILD with {"shape": "9"}
        tensor = FakeTensor(self.storage, 3, (2,), (1,))
        for pickled in (dumps({"weight": tensor}), dumps(collections.OrderedDict(weight=tensor))):
            position = pickled.rindex(b"R") + 1  # after the call that makes the tensor
            (self.folder / "a.pth").write_bytes(zip_file(None, [self.storage], pickled[:position] + tampering[:-1] + pickled[position:]))
            self.assertEqual(read_pytorch_file(self.folder / "a.pth")["weight"].shape, (2,))
        inert = Inert("os.system")
        inert["key"] = os.system
        inert.append(os.system)
        self.assertFalse(callable(inert) or hasattr(inert, "__dict__"))
        self.assertEqual(Inert.__slots__, ("name",))


class Training(InFolder):
    """What training programs save around a state dict."""

    def setUp(self):
        super().setUp()
        self.names = expand(manifest("resnet18.tv_in1k")["tensors"])
        self.weights = numbered(self.names, self.storage)
        self.average = numbered(self.names, self.storage, 1000)

    def prefixed(self, *prefixes):
        return collections.OrderedDict((prefixes[number % len(prefixes)] + name, tensor) for number, (name, tensor) in enumerate(self.weights.items()))

    def test_averaged_weights_are_taken_or_not_and_the_report_says_it(self):
        args = argparse.Namespace(model="resnet18", lr=0.1)
        for entry, average in (("state_dict", "state_dict_ema"), ("model", "model_ema")):  # timm's, DeiT's
            checkpoint = {"epoch": 3, "args": args, entry: self.weights, average: self.average, "optimizer": {"state": {0: {"step": self.weights["fc.bias"]}}}}
            process = self.convert(checkpoint, "resnet18.tv_in1k")
            self.assert_converted(process, self.names, 1000)
            self.assertIn(f"entry '{average}' (--entry also takes {entry})", process.stdout)
            process = self.convert(checkpoint, "resnet18.tv_in1k", "--entry", entry)
            self.assert_converted(process, self.names)
            self.assertIn(f"entry '{entry}' (--entry also takes {average})", process.stdout)

    def test_an_entry_of_any_name_is_found_and_a_choice_is_asked_for(self):
        process = self.convert({"model_state_dict": self.weights, "optimizer_state_dict": {"state": {}}}, "resnet18.tv_in1k")
        self.assert_converted(process, self.names)
        (self.folder / "out.safetensors").unlink()
        two = {"teacher": self.weights, "student": self.average}
        self.assert_refused(self.convert(two, "resnet18.tv_in1k"), "several entries with tensors; --entry takes one of teacher, student")
        self.assert_refused(self.convert(two, "resnet18.tv_in1k", "--entry", "net"), "no entry 'net' with tensors; --entry takes one of teacher, student")
        self.assert_converted(self.convert(two, "resnet18.tv_in1k", "--entry", "student"), self.names, 1000)

    def test_what_training_puts_before_the_names(self):
        hyper_parameters = type("AttributeDict", (dict,), {})
        hyper_parameters.__module__, hyper_parameters.__qualname__ = __name__, "AttributeDict"
        sys.modules[__name__].AttributeDict = hyper_parameters
        lightning = {"pytorch-lightning_version": "2.4.0", "hyper_parameters": hyper_parameters(lr=0.1), "state_dict": self.prefixed("model.")}
        for content in (lightning, self.prefixed("_orig_mod."), self.prefixed("module."), self.prefixed("module._orig_mod."),
                        {"state_dict": self.prefixed("model._orig_mod.")}, self.prefixed("net.backbone.")):
            self.assert_converted(self.convert(content, "resnet18.tv_in1k"), self.names)
        self.assertIn("without the prefix 'net.backbone.'", self.convert(None, "resnet18.tv_in1k").stdout)
        compiled_in_part = {name.replace("layer1.", "layer1._orig_mod."): tensor for name, tensor in self.weights.items()}
        self.assert_converted(self.convert(compiled_in_part, "resnet18.tv_in1k"), self.names)

    def test_tensors_beside_the_model_need_a_word(self):
        content = {"state_dict": {**self.prefixed("model."), "criterion.weight": self.weights["fc.bias"]}}
        self.assert_refused(self.convert(content, "resnet18.tv_in1k"), "102 of 103 names begin with 'model.' (--prefix model. takes only those)")
        for prefix in ("model.", "model"):
            self.assert_converted(self.convert(content, "resnet18.tv_in1k", "--prefix", prefix), self.names)
        (self.folder / "out.safetensors").unlink()
        self.assert_refused(self.convert(content, "resnet18.tv_in1k", "--prefix", "net."), "no name in the file begins with 'net.'", "model.", code=2)

    def test_a_pickled_module_is_refused_with_the_lines_that_save_its_weights(self):
        class Net:
            def __init__(self, weights):
                self._parameters = weights

        Net.__qualname__ = "Net"
        sys.modules[__name__].Net = Net
        for content, place in ((Net(self.weights), ""), ({"epoch": 3, "model": Net(self.weights)}, "['model']")):
            for write in (zip_file, legacy_file):
                self.assert_refused(self.convert(content, "resnet18.tv_in1k", write=write), f"a whole pickled object of the class {__name__}.Net",
                                    f"import torch; model = torch.load('{self.folder / 'checkpoint.pth'}', weights_only=False){place}\n",
                                    "torch.save(model.state_dict(), 'state_dict.pth')")

    def test_a_file_without_weights_lists_what_it_holds(self):
        self.assert_refused(self.convert({"epoch": 3, "args": argparse.Namespace()}, "resnet18.tv_in1k"), "epoch (int), args (argparse.Namespace)")


class Parts(InFolder):
    """Checkpoints in several files with an index."""

    def setUp(self):
        super().setUp()
        self.names = expand(manifest("resnet18.tv_in1k")["tensors"])
        self.index = self.folder / "model.safetensors.index.json"

    def write(self, ending, weight_map=None):
        self.index.write_text(json.dumps({"weight_map": weight_map or {name: f"part-{number % 2}.{ending}" for number, name in enumerate(self.names)}}))

    def write_parts(self):
        for part in range(2):
            tensors = {name: ArrayTensor("F32", np.array([number], np.float32).view(np.uint32)) for number, name in enumerate(self.names) if number % 2 == part}
            write_safetensors(self.folder / f"part-{part}.safetensors", {name: (tensor, (1,)) for name, tensor in tensors.items()}, {})
        self.write("safetensors")

    def test_safetensors_and_bin(self):
        self.write_parts()
        self.assert_converted(self.convert(None, "resnet18.tv_in1k", name=self.index.name), self.names)
        weights = numbered(self.names, self.storage)
        for part in range(2):
            (self.folder / f"part-{part}.bin").write_bytes(zip_file(dict(list(weights.items())[part::2]), [self.storage]))
        self.write("bin")
        self.assert_converted(self.convert(None, "resnet18.tv_in1k", name=self.index.name), self.names)

    def test_one_file_of_any_ending(self):
        for name in ("pytorch_model.bin", "last.ckpt", "weights.pt"):
            self.assert_converted(self.convert(numbered(self.names, self.storage), "resnet18.tv_in1k", name=name), self.names)

    def test_an_index_that_does_not_fit_its_parts_is_refused(self):
        self.write_parts()
        self.write("", {name: "part-0.safetensors" for name in self.names})
        self.assert_refused(self.convert(None, "resnet18.tv_in1k", name=self.index.name), "the index and", "part-0.safetensors disagree about the tensor")
        self.write("", {name: "../part-0.safetensors" for name in self.names})
        self.assert_refused(self.convert(None, "resnet18.tv_in1k", name=self.index.name), "named without a folder")
        self.write("", {name: "part-7.safetensors" for name in self.names})
        self.assert_refused(self.convert(None, "resnet18.tv_in1k", name=self.index.name), "part-7.safetensors is missing")
        self.index.write_text("{}")
        self.assert_refused(self.convert(None, "resnet18.tv_in1k", name=self.index.name), "weight_map")

    def test_a_damaged_safetensors_file_is_refused(self):
        self.write_parts()
        data = (self.folder / "part-0.safetensors").read_bytes()
        for size in (0, 7, 100, len(data) - 2):
            (self.folder / "cut.safetensors").write_bytes(data[:size])
            self.assert_refused(self.convert(None, "resnet18.tv_in1k", name="cut.safetensors"), "not a safetensors file")


class Positions(InFolder):
    def test_values_are_timms(self):
        """Within 1e-6 of values up to 1: timm computes in float32, this in float64 between float32 ends."""
        for case in FIXTURE["positions"]:
            tokens, channels = np.arange(case["old"] ** 2 + case["before"])[:, None], np.arange(2)
            embedding = np.sin(1.0 + 2 * tokens + 5 * channels).astype(np.float32)[None]
            resampled = resample(ArrayTensor("F32", embedding.view(np.uint32)), case["new"] ** 2 + case["before"])
            self.assertEqual(resampled.shape, (1, case["new"] ** 2 + case["before"], 2))
            np.testing.assert_allclose(resampled.bits().view(np.float32).ravel(), case["values"], rtol=0, atol=1e-6)

    def test_half_precision_stays_and_is_rounded_to_nearest(self):
        embedding = np.sin(np.arange(25 * 2)).astype(np.float32).reshape(1, 25, 2)
        wanted = resample(ArrayTensor("F32", embedding.astype(np.float16).astype(np.float32).view(np.uint32)), 9).bits().view(np.float32)
        half = resample(ArrayTensor("F16", embedding.astype(np.float16).view(np.uint16)), 9)
        np.testing.assert_array_equal(half.bits().view(np.float16), wanted.astype(np.float16))
        brain = (embedding.view(np.uint32) >> 16).astype(np.uint16)  # bfloat16: the upper half of float32
        wanted = resample(ArrayTensor("F32", brain.astype(np.uint32) << 16), 9).bits().view(np.float32)
        got = (resample(ArrayTensor("BF16", brain), 9).bits().astype(np.uint32) << 16).view(np.float32)
        np.testing.assert_allclose(got, wanted, rtol=2.0 ** -8, atol=0)

    def test_another_input_size_needs_the_option(self):
        for model, old, new in (("deit_tiny_patch16_224.fb_in1k", 24 * 24 + 1, 14 * 14 + 1), ("deit3_small_patch16_224.fb_in1k", 24 * 24, 14 * 14)):
            content = numbered(expand(manifest(model)["tensors"]), self.storage, positions=old)
            self.assert_refused(self.convert(content, model), "24 x 24", "14 x 14", "--weights.resample-positions")
            for option in ("--weights.resample-positions", "--resample-positions"):
                process = self.convert(content, model, option)
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertIn("positions resampled from 24 x 24 to 14 x 14", process.stdout)
                self.assertEqual(self.output()["pos_embed"].shape, (1, new, 1))
            (self.folder / "out.safetensors").unlink()

    def test_grids_that_are_not_comparable_are_refused(self):
        names = expand(manifest("deit_tiny_patch16_224.fb_in1k")["tensors"])
        for positions in (196, 198, 576):
            process = self.convert(numbered(names, self.storage, positions=positions), "deit_tiny_patch16_224.fb_in1k", "--resample-positions")
            self.assert_refused(process, f"pos_embed has {positions} positions, the model 197")


class Names(InFolder):
    def test_every_publishers_names_become_timms(self):
        """The names are real, see make_checkpoint_fixtures.py, which also compares what the models compute."""
        for case in FIXTURE["publishers"]:
            with self.subTest(publisher=case["publisher"]):
                tensors = {name: ArrayTensor("F32", np.zeros(1, np.uint32)) for name in expand(case["names"])}
                fit = fit_names(tensors, manifest(case["model"]), [])
                self.assertEqual((fit.missing, fit.extra, fit.prefix), ([], [], ""))
                self.assertIn("Hugging Face" if "transformers" in case["publisher"] else "torchvision", fit.source)

    def test_queries_keys_and_values_are_joined_in_this_order(self):
        case = next(case for case in FIXTURE["publishers"] if case["publisher"] == "transformers ViT in its files")
        names = expand(case["names"])
        self.assertEqual(self.convert(numbered(names, self.storage, positions=197), case["model"]).returncode, 0)
        numbers = {name: number + (196 if number > names.index("vit.embeddings.position_embeddings") else 0) for number, name in enumerate(names)}
        layer = "vit.encoder.layer.3.attention.attention"
        np.testing.assert_array_equal(self.output()["blocks.3.attn.qkv.bias"], [numbers[f"{layer}.{part}.bias"] for part in ("query", "key", "value")])

    def test_hugging_face_models_that_lack_or_have_something_are_named_so(self):
        case = next(case for case in FIXTURE["publishers"] if case["publisher"] == "transformers ViT in its files")
        names = [name for name in expand(case["names"]) if not name.startswith("classifier")]
        for prefix in ("vit.", ""):  # the model without its classifier, as ViTModel saves it
            content = numbered([name.replace("vit.", prefix) for name in names], self.storage, positions=197)
            self.assert_refused(self.convert(content, case["model"]), "read as Hugging Face ViT names", "\n    2 missing: head.{bias,weight}\n")
        distilled = numbered([name.replace("vit.", "deit.") for name in expand(case["names"])], self.storage, positions=198)
        distilled["deit.embeddings.distillation_token"] = distilled["classifier.bias"]
        self.assert_refused(self.convert(distilled, case["model"]), "read as Hugging Face ViT names", "\n    1 not of this model: dist_token\n")

    def test_older_names_of_torchvisions_vit(self):
        case = next(case for case in FIXTURE["publishers"] if case["publisher"] == "torchvision vit_b_16")
        names = [name.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2.") for name in expand(case["names"])]
        self.assertEqual(self.convert(numbered(names, self.storage, positions=197), case["model"]).returncode, 0)
        self.assertEqual(set(self.output()), set(expand(manifest(case["model"])["tensors"])))

    def test_deit3_of_its_authors(self):
        names = expand(manifest("deit3_small_patch16_224.fb_in1k")["tensors"])
        content = numbered([name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2") for name in names], self.storage, positions=196)
        self.assertEqual(self.convert({"model": content}, "deit3_small_patch16_224.fb_in1k").returncode, 0)
        self.assertEqual(set(self.output()), set(names))

    def test_the_source_is_named_truly(self):
        for model, source in (("vit_base_patch16_224.augreg_in1k", "timm"), ("resnet18.tv_in1k", "timm or torchvision ResNet"), ("resnet18d.ra2_in1k", "timm")):
            content = numbered(expand(manifest(model)["tensors"]), self.storage, positions=manifest(model).get("positions"))
            self.assertIn(f", from {source} names\n", self.convert(content, model).stdout)

    def test_a_mismatch_shows_the_nearest_reading_and_both_lists(self):
        content = {f"model.{name}": tensor for name, tensor in numbered(expand(manifest("resnet50.a1_in1k")["tensors"]), self.storage).items()}
        self.assert_refused(self.convert(content, "resnet18.tv_in1k"), "do not fit resnet18.tv_in1k", "all 267 names begin with 'model.'",
                            "102 of the 102 that the model needs are there", "they are those of --model resnet50",
                            "\n    165 not of this model: layer{1-4}.{0-1}.bn3.{bias,running_mean,running_var,weight}, ")
        vit = numbered(expand(manifest("deit_tiny_patch16_224.fb_in1k")["tensors"]), self.storage)
        vit["dist_token"] = vit["head_dist.weight"] = vit["head.bias"]
        self.assert_refused(self.convert(vit, "deit_tiny_patch16_224.fb_in1k"), "152 of the 152", "\n    2 not of this model: dist_token, head_dist.weight\n")
        self.assert_refused(self.convert(numbered(["a.weight", "b.weight"], self.storage), "deit_tiny_patch16_224.fb_in1k"),
                            "0 of the 152 that the model needs are there", "\n    152 missing: ", "blocks.{0-11}.attn.{proj,qkv}.{bias,weight}",
                            "\n    2 not of this model: {a,b}.weight\n")

    def test_a_wrong_option_ends_with_2(self):
        content = numbered(expand(manifest("resnet18.tv_in1k")["tensors"]), self.storage)
        self.assert_refused(self.convert(content, "resnet81"), "--model: 'resnet81' is not a model; did you mean 'resnet18'?", code=2)
        self.assert_converted(self.convert(content, "resnet18"), list(content))  # any name that the program takes
        self.assertIn("resnet18.tv_in1k", (self.folder / "out.safetensors").read_bytes()[:200].decode(errors="replace"))
        os.replace(self.folder / "out.safetensors", self.folder / "in.safetensors")
        self.assert_refused(self.convert(None, "resnet18", "--entry", "model", name="in.safetensors"), "--entry names a part of a PyTorch file", code=2)
        self.assert_refused(self.convert(None, "resnet18", "--output", self.folder / "no/out.safetensors", name="in.safetensors"), "no folder", code=2)
        self.assert_refused(self.convert(None, "resnet18", name="none.pth"), "none.pth")

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

    def test_lists_of_names_are_short_and_lose_nothing(self):
        self.assertEqual(collapse(["a.0.w", "a.1.w", "a.0.b", "a.1.b", "norm"]), ["a.{0-1}.{b,w}", "norm"])
        self.assertEqual(expand(["layer{9-11}.{b,w}"]), ["layer9.b", "layer9.w", "layer10.b", "layer10.w", "layer11.b", "layer11.w"])
        for path in (MODELS / "manifests").glob("*.json"):
            names = expand(json.loads(path.read_text())["tensors"])
            self.assertEqual(sorted(expand(collapse(names))), sorted(set(names)), path.name)
            self.assertGreater(len(names), 15, path.name)


if __name__ == "__main__":
    unittest.main()
