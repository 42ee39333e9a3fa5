"""The real `quotewise` in a process of its own: what it prints, where, and its exit status."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli import SAMPLES
from retrieval.evaluation import Figures

QUOTEWISE = Path(sys.executable).with_name("quotewise")

PIER = {
    "id": "pier",
    "title": "Pier opens",
    "text": "The pier at Kelm opens on Friday.\n\nThe ferry to Orle leaves it at six.",
    "url": "https://post.example/pier",
    "source": "The Kelm Post",
    "author": "Ada Fenn",
    "published": "2018-10-08",
}
MILL = {
    "id": "mill",
    "title": "Mill sold",
    "text": "The Brand family has sold the old paper mill to a brewer.",
}
MILL_SHOWN = (
    "1. The Brand family has sold the old paper mill to a brewer.\n   Mill sold (paragraph 1)\n"
)
PIER_LINE = "pier  Pier opens, The Kelm Post, Ada Fenn, 8 October 2018  (2 paragraphs)\n"
MILL_LINE = "mill  Mill sold  (1 paragraph)\n"
BOUGHT = "Who bought the paper mill?"
TOO_LONG = (
    "The question has 10,000 characters and at most 2,000 are read: ask it in a sentence or two."
)


def run(
    home: Path | None, *arguments: str | bytes, input: str | bytes = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run quotewise with no environment but a home; what it prints comes back as text."""
    variables = {"PATH": os.defpath, "LANG": "C.UTF-8", **environment}
    if home:
        variables.setdefault("QUOTEWISE_HOME", str(home))
    done = subprocess.run(
        [QUOTEWISE, *arguments],
        input=input.encode() if isinstance(input, str) else input,
        capture_output=True,
        env=variables,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def jsonl(path: Path, *lines: object) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return str(path)


def new_home(folder: Path, copies: Path) -> Path:
    folder.mkdir()
    (folder / "models").symlink_to(copies)
    return folder


@pytest.fixture
def home(tmp_path, copies):
    """An empty home whose model is copied already."""
    return new_home(tmp_path / "home", copies)


@pytest.fixture(scope="module")
def filled(tmp_path_factory, copies):
    """A home with two articles, for all tests that only read."""
    folder = tmp_path_factory.mktemp("filled")
    home = new_home(folder / "home", copies)
    done = run(home, "add", "--quiet", jsonl(folder / "news.jsonl", PIER, MILL))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return home


def failed_in_a_sentence(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"quotewise: {sentence}\n")


# -- help


def test_help_is_instant_and_lists_the_commands():
    times = []
    for _ in range(2):
        started = time.perf_counter()
        done = run(None, "--help")
        times.append(time.perf_counter() - started)
    assert (done.returncode, done.stderr) == (0, "")
    assert min(times) < 1.5
    listed = re.findall(r"^  ([a-z]+)  ", done.stdout.partition("Commands:")[2], flags=re.MULTILINE)
    assert (
        listed
        == "add articles ask chat evaluate feed proof rebuild remove show telegram verify"
        " watch".split()
    )
    assert "QUOTEWISE_HOME" in done.stdout


def imported_by(home: Path | None, *arguments: str) -> set[str]:
    done = run(home, *arguments, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"\| +([a-z_]+)$", done.stderr, flags=re.MULTILINE))


def test_help_imports_nothing_heavy():
    heavy = {"torch", "faiss", "numpy", "tantivy", "onnxruntime", "sentence_transformers"}
    assert imported_by(None, "--help") & heavy == set()


def test_answering_imports_no_torch_once_the_model_is_copied(filled):
    imported = imported_by(filled, "ask", BOUGHT)
    assert "onnxruntime" in imported
    assert imported & {"torch", "sentence_transformers", "transformers", "sklearn"} == set()


def test_the_version_is_told():
    assert re.fullmatch(r"quotewise, version \d+\.\d+\.\d+\n", run(None, "--version").stdout)


def test_a_wrong_command_is_told_of_with_status_2():
    done = run(None, "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("Error: No such command 'nonsense'.\n")


# -- add, articles, show, remove, verify, rebuild


def test_an_article_is_added_updated_shown_and_removed(home, tmp_path):
    news = jsonl(tmp_path / "news.jsonl", PIER, {"id": "owls"}, MILL)
    done = run(home, "add", news)
    assert done.stdout == (
        f"added  {news}: Pier opens, The Kelm Post, Ada Fenn, 8 October 2018  [pier]\n"
        f"failed  {news} line 2: `text` is missing; every article needs its text.\n"
        f"added  {news}: Mill sold  [mill]\n"
        "2 added, 1 failed\n"
    )
    assert (done.returncode, done.stderr) == (1, ""), "one failed, though the others are in"
    assert run(home, "articles").stdout == PIER_LINE + MILL_LINE

    later = PIER | {"text": "The pier is closed."}
    done = run(home, "add", jsonl(tmp_path / "news.jsonl", later, MILL))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["updated", "unchanged", "1"]
    assert done.stdout.endswith("\n1 updated, 1 unchanged\n")

    done = run(home, "remove", "pi")
    assert (done.returncode, done.stdout, done.stderr) == (0, "removed  Pier opens [pier]\n", "")
    assert run(home, "articles").stdout == MILL_LINE
    failed_in_a_sentence(
        run(home, "show", "pier"),
        "There is no article with the id 'pier': `quotewise articles` lists them.",
    )


def test_a_file_that_is_not_there_fails_alone(home, tmp_path):
    (tmp_path / "swans.txt").write_text("Two swans nest by the lock. They came in May.")
    missing, there = str(tmp_path / "none.txt"), str(tmp_path / "swans.txt")
    done = run(home, "add", "--quiet", missing, there)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == f"failed  {missing}: there is no such file or folder; check the path.\n"
    assert run(home, "articles").stdout.endswith("  Two swans nest by the lock.  (1 paragraph)\n")


def test_a_dash_adds_what_comes_on_standard_input(home):
    done = run(home, "add", "-", input="Two swans nest by the lock. They came in May.\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"added  -: Two swans nest by the lock\.  \[\w{16}\]\n1 added\n", done.stdout
    )
    (kept,) = map(json.loads, run(home, "articles", "--json").stdout.splitlines())
    assert (kept["origin"], kept["published"], kept["paragraphs"]) == (None, None, 1)


def test_without_articles_the_list_says_how_to_add_some(home):
    told = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`.\n"
    assert run(home, "articles").stdout == told
    assert run(home, "articles", "--json").stdout == ""
    assert run(home, "ask", BOUGHT).stdout == told


def test_articles_are_listed_as_json_a_line_each(filled):
    first, second = map(json.loads, run(filled, "articles", "--json").stdout.splitlines())
    assert list(first) == (
        "id title url source author published origin library added sha256 paragraphs".split()
    )
    assert {key: first[key] for key in PIER if key != "text"} == {
        key: value for key, value in PIER.items() if key != "text"
    }
    assert (first["library"], first["paragraphs"]) == ("main", 2)
    assert (second["id"], second["url"], second["paragraphs"]) == ("mill", None, 1)


def test_an_article_is_shown_with_its_paragraphs_numbered(filled):
    shown = run(filled, "show", "pier").stdout
    assert shown.startswith("Pier opens\nId: pier\nPublisher: The Kelm Post\nAuthor: Ada Fenn\n")
    paragraphs = (
        "\n[1] The pier at Kelm opens on Friday.\n\n[2] The ferry to Orle leaves it at six."
    )
    assert shown.rstrip("\n").endswith(paragraphs)


def test_an_article_as_json_says_where_its_paragraphs_are(filled):
    shown = json.loads(run(filled, "show", "pier", "--json").stdout)
    assert shown["text"] == PIER["text"]
    assert [one["number"] for one in shown["paragraphs"]] == [1, 2]
    assert [shown["text"][one["start"] : one["end"]] for one in shown["paragraphs"]] == (
        PIER["text"].split("\n\n")
    )


@pytest.mark.parametrize("command", ["show", "remove"])
def test_an_unknown_id_is_told_of_in_a_sentence(filled, command):
    failed_in_a_sentence(
        run(filled, command, "nope"),
        "There is no article with the id 'nope': `quotewise articles` lists them.",
    )


def test_indexes_are_verified_and_made_again(home, tmp_path):
    run(home, "add", jsonl(tmp_path / "news.jsonl", PIER, MILL))
    verified = (0, "Everything is as it should be.\n", "")
    done = run(home, "verify")
    assert (done.returncode, done.stdout, done.stderr) == verified
    done = run(home, "rebuild")
    assert (done.returncode, done.stdout) == (0, "The indexes have been made again.\n")
    done = run(home, "verify")
    assert (done.returncode, done.stdout, done.stderr) == verified
    assert run(home, "ask", BOUGHT).stdout.startswith(MILL_SHOWN)


# -- ask


def test_a_question_is_answered_with_quotes(filled):
    done = run(filled, "ask", "--limit", "1", BOUGHT)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{MILL_SHOWN}\n", "")


def test_an_answer_as_json_is_one_object_on_one_line(filled):
    done = run(filled, "ask", "--json", "When does the ferry to Orle leave?")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    answer = json.loads(done.stdout)
    assert list(answer) == "question answered confidence quotes closest took_ms".split()
    first = (answer["quotes"] or answer["closest"])[0]
    assert first["text"] == "The ferry to Orle leaves it at six."
    assert first["text"] == PIER["text"][first["start"] : first["end"]]
    assert first["article"] == {key: value for key, value in PIER.items() if key != "text"}
    assert first["link"] == (
        "https://post.example/pier#:~:text=The%20ferry%20to%20Orle%20leaves%20it%20at%20six."
    )


def test_questions_on_standard_input_are_answered_a_line_each(filled):
    done = run(filled, "ask", "--json", "--limit", "1", input=f"{BOUGHT}\n\n  \nWhen?\n")
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["question"] for answer in answers] == [BOUGHT, "When?"]
    assert [len(answer["quotes"] or answer["closest"]) for answer in answers] == [1, 1]


def test_a_line_that_cannot_be_asked_does_not_keep_the_others_from_it(filled):
    lines = f"{'x' * 10_000}\n{BOUGHT}\n"
    done = run(filled, "ask", "--limit", "1", input=lines)
    assert (done.returncode, done.stdout) == (1, f"{MILL_SHOWN}\n")
    assert done.stderr == f"quotewise: {TOO_LONG}\n"
    done = run(filled, "ask", "--json", input=lines)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"question": "x" * 10_000, "error": TOO_LONG}
    assert second["quotes"][0]["article"]["id"] == "mill"
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question_is_refused_in_a_sentence(filled, question):
    failed_in_a_sentence(
        run(filled, "ask", question),
        "The question is empty: type what you would like to know.",
    )


def test_a_question_of_10000_characters_is_refused_in_a_sentence(filled):
    failed_in_a_sentence(run(filled, "ask", "why " * 2_499 + "why?"), TOO_LONG)


def test_a_question_in_another_encoding_is_answered_all_the_same(filled):
    latin = "Did the café buy the paper mill?".encode("latin-1")
    done = run(filled, "ask", "--limit", "1", latin)
    assert (done.returncode, done.stderr) == (0, "")
    assert MILL_SHOWN in done.stdout
    done = run(filled, "ask", "--limit", "1", input=latin)
    assert (done.returncode, done.stderr) == (0, "")
    assert MILL_SHOWN in done.stdout


@pytest.mark.parametrize("limit", ["0", "21", "x"])
def test_a_limit_outside_1_to_20_is_refused(limit):
    done = run(None, "ask", "--limit", limit, "When?")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for '--limit'" in done.stderr


# -- settings


def test_settings_stand_before_or_after_the_command_or_in_the_environment(filled, tmp_path):
    listed = PIER_LINE + MILL_LINE
    elsewhere = {"QUOTEWISE_HOME": str(tmp_path / "empty")}
    assert run(filled, "articles").stdout == listed
    assert run(None, "--home", str(filled), "articles", **elsewhere).stdout == listed
    assert run(None, "articles", "--home", str(filled), **elsewhere).stdout == listed
    assert run(filled, "articles", QUOTEWISE_LIBRARY="other").stdout.startswith("There are no")
    assert run(filled, "articles", "--library", "main", QUOTEWISE_LIBRARY="o").stdout == listed


def test_without_settings_the_data_is_in_the_users_own_folder(tmp_path):
    assert run(None, "articles", XDG_DATA_HOME=str(tmp_path)).returncode == 0
    assert (tmp_path / "quotewise" / "catalog.sqlite").is_file()


def test_two_libraries_never_see_each_other(home, tmp_path):
    pier, mill = jsonl(tmp_path / "p.jsonl", PIER), jsonl(tmp_path / "m.jsonl", MILL)
    assert run(home, "add", pier, "--library", "one").returncode == 0
    assert run(home, "--library", "two", "add", mill).returncode == 0
    assert run(home, "articles", "--library", "one").stdout == PIER_LINE
    assert run(home, "articles", "--library", "two").stdout == MILL_LINE
    answer = json.loads(run(home, "ask", "--json", "--library", "one", BOUGHT).stdout)
    assert {one["article"]["id"] for one in answer["quotes"] + answer["closest"]} == {"pier"}
    assert run(home, "remove", "mill", "--library", "one").returncode == 1


def test_a_model_that_is_not_there_is_told_of_in_a_sentence(home, tmp_path):
    none = tmp_path / "none"
    none.mkdir()
    done = run(home, "ask", "When?", "--model", str(none), HF_HUB_OFFLINE="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"quotewise: The model {none} could not be loaded: " in done.stderr
    assert "Traceback" not in done.stderr


# -- what goes wrong


def test_a_defect_is_told_of_politely_and_written_to_a_file(filled, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import bot.rendering as r\ndef broken(kept): raise ZeroDivisionError('oh')\n"
        "r.article_line = broken\n"
    )
    done = run(filled, "articles", PYTHONPATH=str(tmp_path), TMPDIR=str(tmp_path))
    (log,) = tmp_path.glob("quotewise-*.log")
    failed_in_a_sentence(
        done,
        "something is wrong with Quotewise itself (ZeroDivisionError: oh). Nothing you added is "
        f"lost. Please report it with {log}.",
    )
    assert log.read_text().startswith("Traceback (most recent call last):\n")
    assert log.read_text().endswith("\nZeroDivisionError: oh\n")


@pytest.mark.parametrize("arguments", [["articles"], ["articles", "--json"], ["ask", BOUGHT]])
def test_a_reader_who_has_gone_away_is_no_error_to_shout_about(filled, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [QUOTEWISE, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        env={"PATH": os.defpath, "QUOTEWISE_HOME": str(filled)},
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_nothing_is_kept_for_the_runtimes_telemetry(filled, tmp_path):
    done = run(filled, "ask", BOUGHT, HOME=str(tmp_path))
    assert done.returncode == 0
    assert not [str(path) for path in tmp_path.rglob("*") if path.is_file()]


# -- evaluate


def test_a_set_is_measured_as_json(home):
    done = run(home, "evaluate", "--json", str(SAMPLES.parent))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found) == ["set", *Figures.__dataclass_fields__]
    assert (found["set"], found["articles"], found["questions"]) == ("samples", 12, 40)
    assert found["exact_quotes"] == 1.0
    assert [path.name for path in home.iterdir()] == ["models"], "a set leaves nothing behind"


def test_a_set_is_measured_as_a_table(home, tmp_path):
    jsonl(tmp_path / "articles.jsonl", PIER, MILL)
    question = {"question": BOUGHT, "answers": ["brewer"], "article_ids": ["mill"]}
    jsonl(tmp_path / "questions.jsonl", question | {"answerable": True})
    done = run(home, "evaluate", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    rows = dict(re.findall(r"│ ([a-z0-9 ]+?) +│ ([\d.–]+) +│", done.stdout))
    assert list(rows) == [name.replace("_", " ") for name in Figures.__dataclass_fields__]
    assert (rows["answer in quote at 1"], rows["auroc"]) == ("1.000", "–")


def test_a_folder_without_a_set_is_not_measured(home, tmp_path):
    done = run(home, "evaluate", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"quotewise: {tmp_path / 'questions.jsonl'} cannot be read (")
    assert done.stderr.count("\n") == 1
