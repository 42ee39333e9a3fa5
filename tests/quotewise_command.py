"""The real `quotewise` in a process of its own, with no environment but what a test gives."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect

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


def in_terminal(
    home: Path | None, *arguments: str, width: int = 120, cwd: Path | None = None, **more: str
) -> pexpect.spawn:
    """Quotewise in a terminal of so many columns."""
    return pexpect.spawn(
        str(QUOTEWISE),
        list(arguments),
        env=environment(home, **more),
        encoding="utf-8",
        timeout=60,
        dimensions=(40, width),
        cwd=cwd and str(cwd),
    )


def exit_status(child: pexpect.spawn) -> int | None:
    """The exit status of what ran in a terminal, after it has ended."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def printed(home: Path | None, *arguments: str | Path, **more: Any) -> str:
    """What a command prints that succeeds without a message."""
    done = run(home, *arguments, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def with_defect(folder: Path) -> dict[str, str]:
    """Variables for a process that cannot show a line about an article; it logs to the folder."""
    (folder / "sitecustomize.py").write_text(
        "import bot.rendering.terminal as r\ndef broken(kept): raise ZeroDivisionError('oh')\n"
        "r.article_line = broken\n"
    )
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path, "TMPDIR": str(folder)}


def as_json(home: Path | None, *arguments: str | Path, **more: Any) -> list[dict[str, Any]]:
    """The JSON objects that a command prints, one a line."""
    return [json.loads(line) for line in printed(home, *arguments, **more).splitlines()]


def new_home(folder: Path, copies: Path) -> Path:
    """An empty home whose model is copied already."""
    folder.mkdir()
    (folder / "models").symlink_to(copies)
    return folder
