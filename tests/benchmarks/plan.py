#!/usr/bin/env python3
"""What 'sightline plan' says of five jobs against what they then take, on one rank: time, memory, bytes of the store. Goals: within 20 %, 10 %, 2 %.

    tests/benchmarks/run.sh plan [--photos FOLDER] [--images N]
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from scaling import ENVIRONMENT, link_photos, program_parser

JOBS = (("resnet18,tf_efficientnet_lite0", "gradcam", 8), ("resnet50", "gradcam,integratedgradients", 1), ("vit_base_patch16_224", "kernelshap", 0.25),
        ("densenet121,convnext_tiny", "lime,saliency", 0.25), ("deit_small_patch16_224,swin_tiny_patch4_window7_224", "smoothgrad,rise", 0.25))
BYTES = re.compile(r"\((\d+) bytes\) when done")
MEMORY = re.compile(r"memory ([\d.]+) (MB|GB) a rank")


def main():
    parser = program_parser(__doc__)
    parser.add_argument("--images", type=int, default=64, help="images of a job; the dearer ones take a part of them")
    arguments = parser.parse_args()
    print(f"{'job':<80} {'time':>24} {'memory':>24} {'store':>12}")
    with tempfile.TemporaryDirectory(prefix="sightline-plan-") as folder:
        for number, (models, methods, share) in enumerate(JOBS):
            images = link_photos(arguments.photos, Path(folder) / f"images{number}", max(8, int(arguments.images * share)))
            output = Path(folder) / f"run{number}"
            words = ["--models", models, "--weights", "synthetic:1", "--images", images, "--methods", methods, "--output", output]
            said = subprocess.run([arguments.program, "plan", *words], check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout
            with open(output / "tables/plan_efficiency.csv") as table:
                seconds = float(next(row for row in csv.DictReader(table) if row["ranks"] == "1")["seconds"])
            number, unit = MEMORY.search(said).groups()
            megabytes = float(number) * (1000 if unit == "GB" else 1)
            process = subprocess.Popen([arguments.program, "attribute", *words], env=ENVIRONMENT, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            assert status == 0, "the job failed"
            real = json.loads((output / "run.json").read_text())["stages"]["attribute"]["seconds"]
            size = (output / "explanations.h5").stat().st_size
            most = usage.ru_maxrss * 1024 / 1e6
            print(f"{models + ': ' + methods:<80} {seconds:6.1f} / {real:6.1f} s = {seconds / real:4.2f} {megabytes:6.0f} / {most:5.0f} MB = {megabytes / most:4.2f} "
                  f"{int(BYTES.search(said)[1]) / size:12.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
