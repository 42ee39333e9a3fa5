"""The real `quotewise` in a process of its own, with no environment but what a test gives."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

QUOTEWISE = Path(sys.executable).with_name("quotewise")
IMPORTED_FROM = {name: os.environ[name] for name in ["PYTHONPATH"] if name in os.environ}
"""Where this process imports the code from; the command must be of the same tree."""


def environment(home: Path | None, **more: str) -> dict[str, str]:
    """The variables of a process that uses a home."""
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", **IMPORTED_FROM}
    return variables | ({"QUOTEWISE_HOME": str(home)} if home else {}) | more


def run(
    home: Path | None, *arguments: str | bytes | Path, input: str | bytes = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run quotewise; what it prints comes back as text. `more` are environment variables."""
    done = subprocess.run(
        [QUOTEWISE, *arguments],
        input=input.encode() if isinstance(input, str) else input,
        capture_output=True,
        env=environment(home, **more),
        timeout=300,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def printed(home: Path | None, *arguments: str | Path, **more: Any) -> str:
    """What a command prints that succeeds without a message."""
    done = run(home, *arguments, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def as_json(home: Path | None, *arguments: str | Path, **more: Any) -> list[dict[str, Any]]:
    """The JSON objects that a command prints, one a line."""
    return [json.loads(line) for line in printed(home, *arguments, **more).splitlines()]


def new_home(folder: Path, copies: Path) -> Path:
    """An empty home whose model is copied already."""
    folder.mkdir()
    (folder / "models").symlink_to(copies)
    return folder
