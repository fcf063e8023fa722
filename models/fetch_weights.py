#!/usr/bin/env python3
"""Fetches published weights, on a machine with a network, for compute nodes without one.

    models/fetch_weights.py thesis vgg16.tv_in1k torchvision_alexnet [--to models/weights]

Names are those of `sightline models`: ids, short names or groups (thesis, focus, lite). Each becomes FOLDER/ID.safetensors, with its line in FOLDER/SHA256SUMS.
timm's come from Hugging Face (HF_ENDPOINT names a mirror), torchvision's from download.pytorch.org and are converted. What is there is checked against its
checksum and not fetched again; an interrupted download is resumed by the same command. models/manifests/ says where each comes from and under which licence.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALLED = (HERE.parent / "requirements.txt").exists()  # in a source tree that file lies in setup/


class Failed(Exception):
    pass


def manifests():
    return {path.stem: json.loads(path.read_text()) for path in sorted((HERE / "manifests").glob("*.json"))}


def choose(names, known):
    """Names, short names and groups -> manifests."""
    chosen = {}
    for name in names:
        found = [each for each in known.values() if name in each["names"] or name in each["groups"]]
        if not found:
            raise Failed(f"'{name}' is neither a model nor a group (thesis, focus, lite); 'sightline models' lists them")
        chosen.update({each["id"]: each for each in found})
    return list(chosen.values())


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_sums(folder):
    file = folder / "SHA256SUMS"
    return dict(reversed(line.split(maxsplit=1)) for line in file.read_text().splitlines()) if file.exists() else {}


def write_sums(folder, sums):
    aside = folder / "SHA256SUMS.partial"
    aside.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())))
    os.replace(aside, folder / "SHA256SUMS")


def fetch_huggingface(source, folder):
    """-> the downloaded file, below folder/.download."""
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(source["huggingface"], source["file"], local_dir=folder / ".download" / source["huggingface"].replace("/", "--")))


def fetch_url(url, folder):
    """Resumes at the bytes that are there."""
    target = folder / ".download" / url.rsplit("/", 1)[1]
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return target
    partial = target.with_name(target.name + ".partial")
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=60) as response:
        with open(partial, "ab" if response.status == 206 else "wb") as stream:
            while block := response.read(1 << 20):
                stream.write(block)
        total = response.headers.get("Content-Range", "").rpartition("/")[2] or response.headers.get("Content-Length")
    if total and partial.stat().st_size != int(total):
        raise Failed(f"{url}: {partial.stat().st_size} of {total} bytes came; run the same command again")
    os.replace(partial, target)
    return target


def check(path, manifest):
    """A safetensors file of about the right size: its tensors are what the manifest says."""
    with open(path, "rb") as stream:
        header = stream.read(int.from_bytes(stream.read(8), "little"))
    end = max(tensor["data_offsets"][1] for name, tensor in json.loads(header).items() if name != "__metadata__")
    if path.stat().st_size != 8 + len(header) + end:
        raise Failed(f"{path}: is truncated")
    # Old files lack the 8-byte counters of BatchNorm; half precision is half as large.
    if end > manifest["tensor_bytes"] or end < 0.49 * manifest["tensor_bytes"]:
        raise Failed(f"{path}: holds {end} bytes of tensors, {manifest['id']} has {manifest['tensor_bytes']}")


def fetch(manifest, folder, sums):
    target = folder / f"{manifest['id']}.safetensors"
    if target.exists() and sums.get(target.name) == sha256(target):
        print(f"{target}: is there")
        return
    print(f"{target}: {manifest['tensor_bytes'] / 1e6:.0f} MB, {manifest['licence']}", flush=True)
    source = manifest["source"]
    if "huggingface" in source:
        checkpoint = fetch_huggingface(source, folder)
    else:
        checkpoint = fetch_url(source["url"], folder)
    converted = checkpoint.with_name("converted.safetensors")  # some files have older names for their tensors
    subprocess.run([sys.executable, HERE / "convert_weights.py", checkpoint, "--model", manifest["id"], "--output", converted], check=True)
    check(converted, manifest)
    os.replace(converted, target)
    checkpoint.unlink()
    sums[target.name] = sha256(target)
    write_sums(folder, sums)


def use_own_python():
    """Goes on with the Python that setup/setup.sh made where this one lacks what it takes."""
    own = HERE.parent / ".deps/python/bin/python"
    if importlib.util.find_spec("huggingface_hub") or Path(sys.prefix) == own.parent.parent:
        return
    if not own.exists():
        sys.exit(f"fetch_weights: {sys.executable} lacks huggingface_hub; {'' if INSTALLED else 'run setup/setup.sh, or '}pip install huggingface_hub numpy")
    os.execv(own, [own, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", help="ids, short names or groups")
    parser.add_argument("--to", type=Path, default=Path("models/weights") if INSTALLED else HERE / "weights", metavar="FOLDER")
    arguments = parser.parse_args()
    use_own_python()
    mistakes = []
    try:
        chosen = choose(arguments.models, manifests())
    except Failed as error:
        sys.exit(f"fetch_weights: {error}")
    arguments.to.mkdir(parents=True, exist_ok=True)
    sums = read_sums(arguments.to)
    for manifest in chosen:
        try:
            fetch(manifest, arguments.to, sums)
        except Exception as error:  # the other models are fetched all the same
            mistakes.append(f"{manifest['id']}: {error}")
    if mistakes:
        sys.exit("fetch_weights: not fetched; run the same command again:\n  " + "\n  ".join(mistakes))


if __name__ == "__main__":
    main()
