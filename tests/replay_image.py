"""Whether the image is small and works, without Docker: `python tests/replay_image.py`.

Does what the Dockerfile's stages do, in a temporary folder in place of a container: the packages of
the lock file are installed into an empty environment, the models are copied by this environment,
and then a question is answered with the image's variables. Prints the size, and exits with 1 if it
is over 450 MB, if the answer is missing, or if a package that loads the original models is there.
"""

import os
import runpy
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from dockerfile_parse import DockerfileParser
from packaging.utils import canonicalize_name
from quotewise_command import QUOTEWISE

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "bot" / "samples" / "articles.jsonl"
MOST_MB = 450
ASKED = "What was the 28-foot dam built to power?"


def left_out() -> set[str]:
    """The packages that load the original models."""
    return runpy.run_path(str(ROOT / "docker" / "lock.py"))["LEFT_OUT"]


def steps(stage: str) -> list[tuple[str, str]]:
    """The steps of a stage; that without a name is called ``."""
    found: dict[str, list[tuple[str, str]]] = {}
    for step in DockerfileParser(str(ROOT / "docker" / "Dockerfile")).structure:
        name, value = step["instruction"], step["value"]
        if name == "FROM":
            current = found.setdefault(value.partition(" AS ")[2], [])
        elif name != "COMMENT":
            current.append((name, value))
    return found[stage]


def image_variables() -> dict[str, str]:
    """The environment variables that the image sets."""
    values = [value for name, value in steps("") if name == "ENV"]
    return dict(pair.split("=", 1) for pair in shlex.split(" ".join(values)))


def main() -> int:
    """Install, measure, ask, and return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        places = {"/opt/quotewise": f"{here}/quotewise", "/opt/models": f"{here}/models"}
        for name, value in steps("packages"):
            if name == "RUN":
                for place, path in places.items():
                    value = value.replace(place, path)
                value = value.replace("requirements.lock", "docker/requirements.lock")
                command = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}; '
                command += 'pip() { python -m pip "$@"; }; ' + value
                bash = ["bash", "-euo", "pipefail", "-c", command]
                subprocess.run(bash, cwd=ROOT, env={**os.environ, "PIP_QUIET": "2"}, check=True)
        made = {"QUOTEWISE_HOME": f"{here}/made", "QUOTEWISE_MODEL_COPIES": f"{here}/models"}
        copying = {**os.environ, **made}
        subprocess.run([QUOTEWISE, "ask"], stdin=subprocess.DEVNULL, env=copying, check=True)
        image = image_variables()
        image |= {"QUOTEWISE_HOME": f"{here}/data", "QUOTEWISE_MODEL_COPIES": f"{here}/models"}
        image["PATH"] = os.defpath
        size = int(subprocess.check_output(["du", "-sm", here / "quotewise"]).split()[0])
        print(f"{size} MB installed")
        command = here / "quotewise" / "bin" / "quotewise"
        for arguments in (["add", "--quiet", SAMPLES], ["ask", ASKED], ["verify"]):
            printed = subprocess.check_output([command, *arguments], env=image, cwd=here, text=True)
            print(printed, end="")
            if arguments[0] == "ask" and "paper mill" not in printed:
                return 1
        infos = (here / "quotewise").glob("lib/*/site-packages/*.dist-info")
        installed = {canonicalize_name(info.name.partition("-")[0]) for info in infos}
        return int(size > MOST_MB or bool(installed & left_out()))


if __name__ == "__main__":
    sys.exit(main())
