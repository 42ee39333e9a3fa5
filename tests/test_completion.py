"""Shells complete commands, options, ids and publishers, through the real command."""

import shutil
from pathlib import Path

import pexpect
import pytest
from quotewise_command import QUOTEWISE, environment, printed, run

IDS = ["ferry-collision", "ferry-hits-pier", "ferry-inquiry"]
PUBLISHERS = [
    "Fieldnote Monthly",
    "Northfield Courier",
    "Saturday Terrace",
    "Tesk Valley Record",
    "The Harbour Post",
    "Velmouth Standard",
]
HEAVY = ("onnxruntime", "torch", "faiss", "tantivy", "sentence_transformers", "telegram")


@pytest.fixture(scope="module")
def home(tmp_path_factory, stocked):
    return stocked(tmp_path_factory.mktemp("completion") / "home")


def completed(home: Path | None, *words: str, shell: str = "zsh", **more: str) -> list[str]:
    """What the command offers a shell for the last word, and nothing on standard error."""
    variables = {"COMP_WORDS": " ".join(["quotewise", *words]), "COMP_CWORD": str(len(words))}
    if shell == "fish":
        variables["COMP_CWORD"] = words[-1]
    done = run(home, _QUOTEWISE_COMPLETE=f"{shell}_complete", **variables, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def values(home: Path | None, *words: str) -> list[str]:
    """The completions alone: zsh gets three lines for each."""
    return completed(home, *words)[1::3]


@pytest.mark.parametrize(
    "words",
    [("show", "fe"), ("remove", "fe"), ("ask", "--article", "fe"), ("show", "--json", "fe")],
)
def test_ids_are_completed(home, words):
    assert values(home, *words) == IDS


def test_publishers_are_completed_and_quoted_in_bash(home):
    assert values(home, "ask", "--source", "") == PUBLISHERS
    assert values(home, "chat", "--source", "The") == ["The Harbour Post"]
    (line,) = completed(home, "ask", "--source", "Nor", shell="bash")
    assert line == "plain,'Northfield Courier'"
    (line,) = completed(home, "ask", "--source", "Nor", shell="fish")
    assert line == "plain,Northfield Courier"


def test_no_publisher_is_completed_of_an_article_without_one(home, tmp_path):
    (tmp_path / "letter.txt").write_text("Two swans nest by the lock. They came in May.")
    printed(home, "add", "--quiet", "--library", "letters", tmp_path / "letter.txt")
    assert values(home, "--library", "letters", "ask", "--source", "") == []


def test_files_folders_commands_options_and_choices_are_completed(home):
    assert completed(home, "add", "a")[0] == "file"
    assert completed(home, "watch", "a")[0] == "dir"
    assert values(home, "re") == ["rebuild", "remove", "restore"]
    assert values(home, "feed", "") == ["add", "list", "poll", "remove"]
    assert values(home, "ask", "--li") == ["--limit", "--links", "--library"]
    assert values(home, "schema", "e") == ["export", "evaluate"]


def test_the_settings_before_a_completed_word_count(home):
    assert values(None, "--home", str(home), "show", "fe") == IDS
    assert values(None, "show", "--home", str(home), "fe") == IDS
    assert values(home, "--library", "other", "show", "") == []


def test_ids_in_a_database_are_completed(home, tmp_path, databases):
    database = {"QUOTEWISE_DATABASE": databases.new()}
    printed(None, "migrate", home, database["QUOTEWISE_DATABASE"])
    assert completed(tmp_path, "show", "fe", **database)[1::3] == IDS
    wrong = {"QUOTEWISE_DATABASE": database["QUOTEWISE_DATABASE"].replace("quotewise_", "no_")}
    assert completed(tmp_path, "show", "fe", **wrong) == [""]


def test_completion_loads_no_model_and_is_silent_without_a_library(home, tmp_path):
    words = {"COMP_WORDS": "quotewise show fe", "COMP_CWORD": "2"}
    variables = {"_QUOTEWISE_COMPLETE": "bash_complete", "PYTHONPROFILEIMPORTTIME": "1"}
    done = run(home, **words, **variables)
    assert done.stdout.split() == [f"plain,{id}" for id in IDS]
    assert not [name for name in HEAVY if f" {name}\n" in done.stderr]
    assert values(tmp_path, "show", "") == []
    assert list(tmp_path.iterdir()) == [], "no library is made"
    assert values(tmp_path / "none", "show", "") == []
    shutil.copytree(home, tmp_path / "damaged", symlinks=True)
    (tmp_path / "damaged" / "catalog.sqlite").write_bytes(b"no catalog" * 1000)
    assert values(tmp_path / "damaged", "show", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell):
    script = printed(None, "completion", shell)
    assert f"_QUOTEWISE_COMPLETE={shell}_complete" in script
    assert run(None, "completion", "tcsh").returncode == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes_with_tab(home, tmp_path):
    (tmp_path / "letter.txt").write_text("Two swans nest by the lock.")
    path = f"{QUOTEWISE.parent}:{environment(None)['PATH']}"
    bash = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile"],
        env=environment(home, PATH=path, PS1="$ ", TERM="dumb"),
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=40,
        dimensions=(24, 160),
    )
    bash.expect_exact("$ ")
    bash.sendline('eval "$(quotewise completion bash)"')
    bash.expect_exact("$ ")
    for typed, line in (
        ("quotewise sho\tferry-inq\t", "quotewise show ferry-inquiry "),
        ("quotewise ask --source 'The H\t", "quotewise ask --source 'The Harbour Post' "),
        ('quotewise ask --source "The H\t', 'quotewise ask --source "The Harbour Post" '),
        ("quotewise add let\t", "quotewise add letter.txt "),
    ):
        bash.send(typed)
        bash.expect_exact(line)
        bash.sendcontrol("u")
    bash.send("quotewise show ferry-inq\t | head -1")
    bash.expect_exact("ferry-inquiry  | head -1")
    bash.sendline("")
    bash.expect_exact("Ferry valve was fitted back to front")
    bash.close(force=True)
