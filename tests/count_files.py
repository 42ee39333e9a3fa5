"""Print the files of the product that a plain question and an HTML article enter.

    python tests/count_files.py

A file counts if one of its functions is called between the start of a `quotewise` command and its
end: `quotewise add page.html` and then `quotewise ask "…"`, each in a new process with a library in
a temporary folder. What a file runs while it is imported does not count. Parsers, which the sandbox
runs in a process of their own, run in the command's process here and count as well.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parent.parent
PARAGRAPHS = (
    "The harbour office opened a new pier for the ferries on Monday, after two years of work.",
    "Twelve boats can lie along it at once, the harbour master said in her speech to the crews.",
    "The town paid nine million crowns for it, most of which came from the fund for coasts.",
    "Fishermen had asked for a longer pier since the storm of 2019, which sank four boats.",
    "A crane and an ice house will follow next spring, once the old quay has been taken down.",
    "Until then the ferry to the northern islands leaves from the beach, as it did last summer.",
)
PAGE = (
    "<html><head><title>New pier opens</title></head><body><article><h1>New pier opens</h1>"
    "<p>By Jane Doe</p><p>5 October 2026</p>"
    + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    + "</article></body></html>"
)
QUESTION = "How much did the town pay for the pier?"


def entered(arguments: list[str]) -> list[str]:
    """Run a command in this process and return the files of the product that it enters."""
    from bot.cli import main
    from retrieval.sources import sandbox

    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        # Bodies of classes and modules run while they are imported.
        if event == "call" and code.co_flags & CO_OPTIMIZED and code.co_name[0] != "<":
            called.add(code)

    sandbox._sandbox.call = sandbox._reply  # type: ignore[method-assign]
    sys.argv = ["quotewise", *arguments]
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        main()
    except SystemExit as end:
        assert not end.code, f"quotewise {arguments[0]} failed"
    finally:
        sys.setprofile(None)
    files = {Path(code.co_filename) for code in called}
    ours = [file.relative_to(ROOT) for file in files if file.is_relative_to(ROOT)]
    return sorted(str(file) for file in ours if file.parts[0] in ("bot", "retrieval"))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with open(os.dup(2), "w") as report:  # a command closes its own streams
            json.dump(entered(sys.argv[1:]), report)
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        page, other = Path(folder) / "page.html", Path(folder) / "other.txt"
        page.write_text(PAGE)
        other.write_text("The ferry to the island leaves at nine.")
        environment = os.environ | {"QUOTEWISE_HOME": f"{folder}/home", "PYTHONPATH": str(ROOT)}

        def run(*arguments: str) -> str:
            command = [sys.executable, *arguments]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stderr

        # The model is prepared at the first start, which would take minutes with a profiler.
        run("-c", "from bot.cli import main; main()", "add", str(other))
        for command in (["add", str(page)], ["ask", QUESTION]):
            files = json.loads(run(__file__, *command).splitlines()[-1])
            print(f"quotewise {command[0]}: {len(files)} files", *files, sep="\n  ")
