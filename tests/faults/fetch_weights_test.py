#!/usr/bin/env python3
"""models/fetch_weights.py against a small server that speaks like Hugging Face and like download.pytorch.org: interrupted, damaged and missing files."""

import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np

MODELS = Path(__file__).resolve().parents[2] / "models"


def safetensors(values):
    header = json.dumps({"fc.weight": {"dtype": "F32", "shape": list(values.shape), "data_offsets": [0, values.nbytes]}}).encode()
    return len(header).to_bytes(8, "little") + header + values.tobytes()


class Hub(http.server.BaseHTTPRequestHandler):
    """Serves `files`; breaks the connection after `break_after` bytes, once."""

    files = {}
    break_after = None
    requests = []
    protocol_version = "HTTP/1.1"

    def answer(self, with_body):
        body = self.files.get(self.path)
        if body is None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.send_header("X-Error-Code", "RepoNotFound")
            self.end_headers()
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        Hub.requests.append((self.command, self.path, start))
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(body) - start))
        if "Range" in self.headers:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        if not with_body:
            return
        if Hub.break_after is not None:
            self.wfile.write(body[start:start + Hub.break_after])
            Hub.break_after = None
            self.close_connection = True
            return
        self.wfile.write(body[start:])

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def log_message(self, *_):
        pass


class FetchWeights(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.folder = Path(tempfile.mkdtemp(prefix="sightline-test-"))
        for program in MODELS.glob("*.py"):
            shutil.copy(program, self.folder)
        (self.folder / "manifests").mkdir()
        self.serve(np.arange(300_000, dtype=np.float32).reshape(300, 1000))
        Hub.break_after, Hub.requests = None, []
        self.target = self.folder / "weights" / "tiny.test.safetensors"

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)

    def serve(self, values):
        self.values = values
        manifest = {"id": "tiny.test", "short_name": "Tiny", "names": ["tiny.test", "Tiny", "tiny"], "groups": ["all"], "licence": "mit", "tensor_bytes": values.nbytes,
                    "tensors": ["fc.weight"], "source": {"huggingface": "timm/tiny.test", "file": "model.safetensors"}}
        self.write_manifest(manifest)
        self.write_manifest({**manifest, "id": "torchvision_tiny", "short_name": "", "names": ["torchvision_tiny"], "groups": [], "source": {"url": f"{self.address}/tiny.pth"}})
        Hub.files = {"/timm/tiny.test/resolve/main/model.safetensors": safetensors(values)}

    def write_manifest(self, manifest):
        (self.folder / "manifests" / f"{manifest['id']}.json").write_text(json.dumps(manifest))

    def fetch(self, *names):
        environment = {**os.environ, "HF_ENDPOINT": self.address, "HF_HOME": str(self.folder / "hf"), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            environment.pop(proxy, None)
        return subprocess.run([sys.executable, self.folder / "fetch_weights.py", *names, "--to", self.folder / "weights"], env=environment, capture_output=True,
                              text=True, timeout=120)

    def assert_fetched(self, process):
        self.assertEqual(process.returncode, 0, process.stderr)
        raw = self.target.read_bytes()
        self.assertEqual(raw[-self.values.nbytes:], self.values.tobytes())
        digest = hashlib.sha256(raw).hexdigest()
        self.assertEqual((self.folder / "weights/SHA256SUMS").read_text(), f"{digest}  tiny.test.safetensors\n")

    def test_fetches_by_id_short_name_and_group_once(self):
        self.assert_fetched(self.fetch("tiny.test"))
        requests = len(Hub.requests)
        for name in ("Tiny", "all", "tiny"):
            self.assert_fetched(self.fetch(name))
        self.assertEqual(len(Hub.requests), requests, "what is there is not asked for again")

    def test_a_damaged_file_is_fetched_again(self):
        self.assert_fetched(self.fetch("tiny.test"))
        with open(self.target, "r+b") as stream:
            stream.seek(5000)
            stream.write(b"damaged")
        self.assert_fetched(self.fetch("tiny.test"))

    def test_an_interrupted_download_is_resumed(self):
        self.serve(np.arange(7_500_000, dtype=np.float32).reshape(7500, 1000))  # huggingface_hub keeps what came in blocks of 10 MB
        Hub.break_after = 25_000_000
        process = self.fetch("tiny.test")
        if process.returncode != 0:  # huggingface_hub may have gone on by itself
            self.assertIn("run the same command again", process.stderr)
            process = self.fetch("tiny.test")
        self.assert_fetched(process)
        self.assertTrue(any(start > 0 for command, _, start in Hub.requests if command == "GET"), Hub.requests)

    def test_an_interrupted_checkpoint_is_resumed_at_its_bytes(self):
        Hub.files["/tiny.pth"] = b"x" * 3_000_000
        Hub.break_after = 2_000_000
        self.assertNotEqual(self.fetch("torchvision_tiny").returncode, 0)
        process = self.fetch("torchvision_tiny")
        self.assertIn(("GET", "/tiny.pth", 2_000_000), Hub.requests)
        self.assertIn("torchvision_tiny", process.stderr)  # not a checkpoint: refused by the conversion, the others go on
        self.assertEqual(process.returncode, 1)

    def test_wrong_content_and_names_are_refused(self):
        Hub.files["/timm/tiny.test/resolve/main/model.safetensors"] = safetensors(self.values[:100])
        process = self.fetch("tiny.test")
        self.assertEqual(process.returncode, 1)
        self.assertIn("tiny.test has 1200000", process.stderr)
        self.assertFalse(self.target.exists())
        self.assertIn("'big' is neither a model nor a group", self.fetch("big").stderr)
        Hub.files.clear()
        shutil.rmtree(self.folder / "weights")
        self.assertEqual(self.fetch("tiny.test").returncode, 1)


class Manifests(unittest.TestCase):
    def test_every_manifest_is_complete(self):
        manifests = [json.loads(path.read_text()) for path in (MODELS / "manifests").glob("*.json")]
        self.assertGreater(len(manifests), 90)
        for manifest in manifests:
            self.assertTrue(manifest["source"].get("huggingface") or manifest["source"]["url"].startswith("https://download.pytorch.org/"), manifest["id"])
            self.assertTrue(manifest["licence"] and manifest["published"], manifest["id"])
            self.assertGreater(manifest["tensor_bytes"], 4 * manifest["parameters"] - 1, manifest["id"])

    def test_they_are_the_registrys(self):
        listed = subprocess.run([os.environ["SIGHTLINE_PROGRAM"], "models", "--json"], capture_output=True, text=True, check=True)
        for spec in json.loads(listed.stdout):
            manifest = json.loads((MODELS / "manifests" / f"{spec['id']}.json").read_text())
            self.assertEqual({key: manifest[key] for key in spec if key in manifest}, {key: spec[key] for key in spec if key in manifest})


if __name__ == "__main__":
    unittest.main()
