"""Which Python packages are missing, said once and with the command that installs them. Programs of this folder ask before they import anything else."""

import sys
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent  # PREFIX/share/sightline, or the source tree
MODULES = {"google-crc32c": "google_crc32c", "pillow": "PIL"}  # where a package's module has another name


def requirements():
    """The file that pip reads; in a source tree it lies in setup/."""
    installed = HOME / "requirements.txt"
    return installed if installed.exists() else HOME / "setup/requirements.txt"


def demand(program, *packages):
    """Ends with the code that the program has for faults, unless all packages can be imported."""
    missing = [package for package in packages if find_spec(MODULES.get(package, package)) is None]
    if missing:
        print(f"{program}: {sys.executable} has no {' and no '.join(missing)}. Install what is missing: {sys.executable} -m pip install -r {requirements()}; "
              "where pip refuses that: python3 -m venv ENV, ENV/bin/pip install -r the same file, and SIGHTLINE_PYTHON=ENV/bin/python", file=sys.stderr)
        sys.exit(4)
