"""The README's examples do what it says they do."""

import re
import shutil
from pathlib import Path

from click.testing import CliRunner

from bot.cli import quotewise

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_python_example_runs_and_quotes(copies, tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    shutil.copytree(copies, tmp_path / "my-articles" / "models")
    (tmp_path / "bot").symlink_to(ROOT / "bot")
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    printed = capsys.readouterr().out
    assert printed.count("added bot/samples/articles.jsonl") == 12
    assert "Fourteen people were injured" in printed


def test_the_dialogue_is_what_the_samples_answer(samples):
    (question, told) = re.search(r"```\n› (.*?)\n(.*?)```", README, flags=re.DOTALL).groups()
    answer = samples.answer(question)
    quoted = re.findall(r"^\d\. (.*)$", told, flags=re.MULTILINE)
    assert quoted == [quote.text for quote in answer.quotes[: len(quoted)]]
    assert quoted


def test_every_command_in_the_readme_exists():
    named = set(re.findall(r"^    quotewise (\w+)", README, flags=re.MULTILINE))
    assert named == set(quotewise.commands)


def test_every_file_in_the_readme_exists():
    named = set(re.findall(r"`((?:bot|retrieval|tests)/[\w/.]+)`", README))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_help_says_what_each_command_does():
    shown = CliRunner().invoke(quotewise, ["--help"], obj={}).output
    assert all(name in shown for name in quotewise.commands)
