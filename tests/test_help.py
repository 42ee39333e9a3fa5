"""What `--help` shows: whole sentences at any width, settings once, examples that are true."""

import os
import re
import shutil
import subprocess
from itertools import chain

import click
import pytest
from generated_documents import pdf
from quotewise_command import QUOTEWISE, environment, exit_status, in_terminal, printed, run

from bot.cli import SAMPLES, quotewise
from bot.help import EXAMPLES
from bot.settings import Setting

WIDTHS = (50, 80, 120)
SETTINGS = "--home --database --vectors --library --model --reader --allow-hosts --risk".split()


def commands_of(group: click.Group, path: str = "") -> dict[str, click.Command]:
    """All commands of a group by what is typed for them, and the group itself."""
    found: dict[str, click.Command] = {path: group}
    for name, command in group.commands.items():
        inner = f"{path} {name}".strip()
        is_group = isinstance(command, click.Group)
        found |= commands_of(command, inner) if is_group else {inner: command}
    return found


COMMANDS = commands_of(quotewise)


@pytest.fixture
def help_of(monkeypatch, capsys):
    """What a command prints with --help in a terminal of some width."""

    def shown(path: str, width: int = 80) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        arguments = [*path.split(), "--help"]
        assert quotewise.main(arguments, "quotewise", standalone_mode=False, obj={}) == 0
        return capsys.readouterr().out

    return shown


def section(shown: str, heading: str) -> str:
    """The lines of a section, as one line."""
    lines = shown.partition(f"\n{heading}:\n")[2].partition("\n\n")[0]
    return " ".join(lines.split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path or "quotewise")
def test_help_fits_the_terminal(help_of, path, width):
    shown, _, examples = help_of(path, width).partition("\nExamples:\n")
    assert [line for line in shown.splitlines() if len(line) > width] == []
    assert [line for line in examples.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["", "feed"])
def test_a_list_of_commands_has_the_whole_first_sentence_of_each(help_of, path, width):
    listed = section(help_of(path, width), "Commands")
    group = COMMANDS[path]
    assert isinstance(group, click.Group)
    for name, command in group.commands.items():
        sentence = " ".join((command.help or "").partition("\n\n")[0].split())
        assert sentence.endswith(".")
        assert f"{name} {sentence}" in listed


def test_the_settings_are_described_in_the_help_of_quotewise_alone(help_of):
    shown = help_of("")
    assert re.findall(r"--[a-z-]+", section(shown, "Settings")) == SETTINGS
    assert not set(SETTINGS) & set(re.findall(r"--[a-z-]+", section(shown, "Options")))
    for path, command in COMMANDS.items():
        if path and any(isinstance(option, Setting) for option in command.params):
            options = section(help_of(path), "Options")
            assert not set(SETTINGS) & set(re.findall(r"--[a-z-]+", options))
            assert "Settings such as --library: see quotewise --help." in help_of(path)


# -- examples


def test_every_command_has_examples(help_of):
    assert set(EXAMPLES) == set(COMMANDS)
    for path in COMMANDS:
        examples = help_of(path).partition("\nExamples:\n")[2].splitlines()
        assert [line.strip() for line in examples] == EXAMPLES[path]
        assert all(f"quotewise {path}".strip() in line for line in examples)


# They need the network, a server, a token, or somebody who ends them.
NOT_RUN = re.compile(r"(?:https|postgresql)://|quotewise telegram|quotewise watch notes/")
RUN = sorted(line for line in {*chain(*EXAMPLES.values())} if not NOT_RUN.search(line))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, stocked):
    """A folder with the files that the examples name, and a home with the samples."""
    folder = tmp_path_factory.mktemp("examples")
    stocked(folder / "home")
    (folder / "notes").mkdir()
    (folder / "notes" / "swans.txt").write_text("Two swans nest by the lock. They came in May.")
    (folder / "letter.txt").write_text("The mill at Orr was sold on Monday. Nobody was asked.")
    (folder / "report.pdf").write_bytes(pdf("The harbour at Kelm was dredged in the spring."))
    (folder / "questions.txt").write_text("Who found the moon beyond Neptune?\nWho was hurt?\n")
    (folder / "feeds.opml").write_text(
        '<opml version="2.0"><body><outline text="Post" type="rss" '
        'xmlUrl="https://news.example/feed.xml"/></body></opml>'
    )
    shutil.copy(SAMPLES, folder / "articles.jsonl")
    (folder / "bot").symlink_to(SAMPLES.parent.parent)
    (folder / ".config" / "fish" / "completions").mkdir(parents=True)
    answer = ("--export", folder / "answer.json", "Who found the moon beyond Neptune?")
    printed(folder / "home", "ask", *answer)
    printed(folder / "home", "backup", folder / "backup.zip")
    return folder


@pytest.mark.parametrize("example", RUN)
def test_each_example_does_what_it_says(folder, example, tmp_path):
    shutil.copytree(folder, tmp_path / "here", symlinks=True)
    home = tmp_path / "here" / "home"
    path = os.pathsep.join([str(QUOTEWISE.parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", example],
        cwd=tmp_path / "here",
        env=environment(home, HOME=str(tmp_path / "here"), PATH=path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    silent = ("> ", "--quiet", "chat --samples", "quotewise mcp")
    is_silent = any(words in example for words in silent)
    assert bool(done.stdout) != is_silent
    if example.startswith('quotewise ask "'):
        assert done.stdout.startswith("1. ")
    if target := re.search(r"> (?:~/)?(\S+)$", example):
        assert (tmp_path / "here" / target[1]).stat().st_size


# -- exit statuses


def test_the_exit_statuses_are_as_documented(help_of, folder):
    home = folder / "home"
    documented = "0 Done. 1 Something failed; a line says what. 2 The command line was not "
    documented += "understood. 130 Interrupted by Ctrl-C."
    assert section(help_of(""), "Exit status") == documented
    assert run(home, "articles").returncode == 0
    assert run(home, "show", "nothing").returncode == 1
    assert run(home, "add", folder / "nothing.txt").returncode == 1
    for wrong in (["nothing"], ["articles", "--nothing"], ["ask", "--limit", "0", "Why?"], []):
        done = run(home, *wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Usage: quotewise" in done.stderr
    child = in_terminal(home, "add", "-")
    child.expect("0/1")
    child.sendintr()
    assert exit_status(child) == 130
