"""The real `quotewise` in a process of its own: what it prints, where, and its exit status."""

import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pexpect
import pytest
from shelf import reader_with
from telegram_bot import IMPORTED_FROM, QUOTEWISE, new_home

from bot.cli import SAMPLES
from retrieval.evaluation import Figures
from retrieval.search.calibration import Calibration

FERRY = "The ferry to Orle leaves the pier at six in the morning."
PIER = {
    "id": "pier",
    "title": "Pier opens",
    "text": f"The pier at Kelm opens on Friday.\n\n{FERRY}",
    "url": "https://post.example/pier",
    "source": "The Kelm Post",
    "author": "Ada Fenn",
    "published": "2018-10-08",
}
MILL = {
    "id": "mill",
    "title": "Mill sold",
    "text": "The brewer Anna Brand bought the old paper mill at Orr for two million crowns.",
}
MILL_SHOWN = (
    "1. The brewer Anna Brand bought the old paper mill at Orr for two million crowns.\n"
    "   Mill sold (paragraph 1)\n"
)
PIER_LINE = "pier  Pier opens, The Kelm Post, Ada Fenn, 8 October 2018  (2 paragraphs)\n"
MILL_LINE = "mill  Mill sold  (1 paragraph)\n"
BOUGHT = "Who bought the old paper mill at Orr?"
TOO_LONG = (
    "The question has 10,000 characters and at most 2,000 are read: ask it in a sentence or two."
)


def run(
    home: Path | None, *arguments: str | bytes, input: str | bytes = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run quotewise with no environment but a home; what it prints comes back as text."""
    variables = {"PATH": os.defpath, "LANG": "C.UTF-8", **IMPORTED_FROM, **environment}
    if home:
        variables.setdefault("QUOTEWISE_HOME", str(home))
    done = subprocess.run(
        [QUOTEWISE, *arguments],
        input=input.encode() if isinstance(input, str) else input,
        capture_output=True,
        env=variables,
        timeout=300,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def jsonl(path: Path, *lines: object) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return str(path)


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


def processor_time_of_children() -> float:
    """Seconds that processes which have ended worked for: a busy machine makes them no more."""
    spent = os.times()
    return spent.children_user + spent.children_system


def test_help_is_instant_and_lists_the_commands():
    times = []
    for _ in range(2):
        started = processor_time_of_children()
        done = run(None, "--help")
        times.append(processor_time_of_children() - started)
    assert (done.returncode, done.stderr) == (0, "")
    assert min(times) < 0.5
    listed = re.findall(r"^  ([a-z]+)  ", done.stdout.partition("Commands:")[2], flags=re.MULTILINE)
    assert (
        listed
        == "add articles ask chat evaluate feed proof rebuild remove show telegram"
        " verify watch".split()
    )
    assert "QUOTEWISE_HOME" in done.stdout


def imported_by(home: Path | None, *arguments: str) -> set[str]:
    done = run(home, *arguments, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"\| +([a-z_]+)$", done.stderr, flags=re.MULTILINE))


def test_help_imports_nothing_heavy():
    heavy = {"torch", "faiss", "numpy", "tantivy", "onnxruntime", "sentence_transformers"}
    heavy.add("sqlalchemy")
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


def test_files_of_a_folder_that_are_not_read_are_counted_by_kind(home, tmp_path):
    folder = tmp_path / "news"
    (folder / "north").mkdir(parents=True)
    (folder / "swans.txt").write_text("Two swans nest by the lock. They came in May.")
    for name in ("a.rtf", "north/b.CSV", "north/c.csv", "README", "d.\x1b[2J"):
        (folder / name).write_text("x")
    for passed_over in (".hidden.csv", "~$swans.docx", ".~lock.swans.odt#"):
        (folder / passed_over).write_text("x")
    done = run(home, "add", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    first, second, total = done.stdout.splitlines()
    assert first == ("5 files of other kinds were left out (without an ending, .�[2j, .csv, .rtf)")
    assert second.startswith("added  ") and total == "1 added"
    assert run(home, "add", "--quiet", str(folder)).stdout == ""
    once = run(home, "watch", "--once", str(folder))
    assert once.stdout.splitlines() == [first, "Everything is in step."]


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


def notes(folder: Path, number: int) -> str:
    """A folder with so many small articles."""
    folder.mkdir()
    for n in range(number):
        (folder / f"note{n:03}.txt").write_text(f"Boat {n} came in.\n\nIt had {n + 7} eels aboard.")
    return str(folder)


def typed_add(home: Path, *arguments: str) -> pexpect.spawn:
    """`quotewise add` in a terminal; `-` reads what is typed there, and so waits."""
    variables = {"PATH": os.defpath, "LANG": "C.UTF-8", "TERM": "xterm", **IMPORTED_FROM}
    return pexpect.spawn(
        str(QUOTEWISE),
        ["add", "--home", str(home), *arguments],
        env=variables,
        encoding="utf-8",
        timeout=40,
        dimensions=(40, 200),
    )


def stopped_line(child: pexpect.spawn) -> tuple[int, int]:
    """How many of how many are said to be added when Ctrl-C is pressed."""
    child.sendintr()
    child.expect(r"Stopped: (\d+) of (\d+) added\.\r\n")
    added, total = child.match.groups()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    return int(added), int(total)


def test_articles_are_counted_as_they_are_read_and_ctrl_c_keeps_them(home, tmp_path):
    child = typed_add(home, "--quiet", notes(tmp_path / "notes", 44), "-")
    child.expect_exact("44/45")
    assert stopped_line(child) == (44, 45)
    assert len(run(home, "articles", "--json").stdout.splitlines()) == 44
    assert run(home, "verify").stdout == "Everything is as it should be.\n"


def test_whenever_ctrl_c_is_pressed_what_is_said_to_be_added_is_on_the_disk(home, tmp_path):
    child = typed_add(home, notes(tmp_path / "notes", 300), "-")
    child.expect(r"[1-9]\d*/301")
    added, total = stopped_line(child)
    assert total == 301
    assert len(run(home, "articles", "--json").stdout.splitlines()) == added


def test_ctrl_c_before_anything_is_read_adds_nothing(home):
    child = typed_add(home, "-")
    child.expect_exact("0/1")
    assert stopped_line(child) == (0, 1)


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
    paragraphs = f"\n[1] The pier at Kelm opens on Friday.\n\n[2] {FERRY}"
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
    assert MILL_SHOWN in run(home, "ask", BOUGHT).stdout


# -- ask


def test_a_question_is_answered_with_quotes(filled):
    done = run(filled, "ask", "--limit", "1", BOUGHT)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{MILL_SHOWN}\n", "")


def test_an_answer_as_json_is_one_object_on_one_line(filled):
    done = run(filled, "ask", "--json", "At what time does the ferry to Orle leave the pier?")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    answer = json.loads(done.stdout)
    assert list(answer) == (
        "question understood status answered confidence silence limits quotes closest agreement"
        " timeline took_ms".split()
    )
    first = (answer["quotes"] or answer["closest"])[0]
    assert first["text"] == FERRY
    assert first["text"] == PIER["text"][first["start"] : first["end"]]
    assert first["article"] == {
        "library": "main",
        **{key: value for key, value in PIER.items() if key != "text"},
    }
    assert first["link"] == (
        "https://post.example/pier#:~:text=The%20ferry%20to%20Orle%20leaves%20the%20pier%20at%20six%20in%20the%20morning."
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
    asked = f"› {'x' * 10_000}\n› {BOUGHT}\n"
    assert (done.returncode, done.stdout.startswith(asked)) == (1, True)
    assert MILL_SHOWN in done.stdout
    assert done.stderr == f"quotewise: {TOO_LONG}\n"
    done = run(filled, "ask", "--json", input=lines)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"question": "x" * 10_000, "error": TOO_LONG}
    assert second["quotes"][0]["article"]["id"] == "mill"
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("question", ["  \n", "?!"])
def test_a_question_without_words_is_refused_in_a_sentence(filled, question):
    failed_in_a_sentence(
        run(filled, "ask", question),
        "The question has no words: type what you would like to know.",
    )


def test_a_question_of_10000_characters_is_refused_in_a_sentence(filled):
    failed_in_a_sentence(run(filled, "ask", "why " * 2_499 + "why?"), TOO_LONG)


def test_a_question_in_another_encoding_is_answered_all_the_same(filled):
    latin = "Who bought the old paper mill at Orr, a café?".encode("latin-1")
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
    path = os.pathsep.join([str(tmp_path), *IMPORTED_FROM.values()])
    done = run(filled, "articles", PYTHONPATH=path, TMPDIR=str(tmp_path))
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
        env={"PATH": os.defpath, "QUOTEWISE_HOME": str(filled), **IMPORTED_FROM},
        timeout=300,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


SHEEP = {
    "id": "sheep",
    "title": "Sheep on the “Zürich” → Łódź train 😀",
    "text": "Forty sheep took the “Zürich” train to Łódź 😀 on Monday — nobody bought a ticket.",
    "url": "https://post.example/sheep",
}
ESCAPED = SHEEP["text"].replace("Łódź", "\\u0141ód\\u017a").replace("😀", "\\U0001f600")
CP1252 = {"PYTHONIOENCODING": "cp1252"}
NO_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.fixture(scope="module")
def sheep(tmp_path_factory, copies):
    """A home with an article that no old character set can write."""
    folder = tmp_path_factory.mktemp("sheep")
    home = new_home(folder / "home", copies)
    assert run(home, "add", jsonl(folder / "sheep.jsonl", SHEEP)).returncode == 0
    return home


def redirected(home: Path, *arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    """What quotewise gives for `> file` or `2> file`; variables are among the keywords."""
    names = [name for name in more if name.isupper()]
    variables = {name: more.pop(name) for name in names}
    return subprocess.run(
        [QUOTEWISE, "--home", str(home), *arguments],
        env={"PATH": os.defpath, **IMPORTED_FROM, **variables},
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        | more,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "encoding", "text"),
    [(CP1252, "cp1252", ESCAPED), (NO_LOCALE, "utf-8", SHEEP["text"])],
)
@pytest.mark.parametrize("arguments", [["ask", "Who took the train?"], ["show", "sheep"]])
def test_text_is_printed_where_the_encoding_lacks_its_characters(
    sheep, variables, encoding, text, arguments
):
    done = redirected(sheep, *arguments, **variables)
    assert (done.returncode, done.stderr) == (0, b"")
    assert text in done.stdout.decode(encoding)


@pytest.mark.parametrize("variables", [CP1252, NO_LOCALE])
def test_json_is_whole_in_any_encoding(sheep, variables):
    for arguments in (["show", "sheep"], ["ask", "Who took the train?"], ["articles"]):
        done = redirected(sheep, *arguments, "--json", **variables)
        assert (done.returncode, done.stderr) == (0, b"")
        fields = json.loads(done.stdout.decode("utf-8"))
        if arguments[0] == "ask":
            fields = (fields["quotes"] or fields["closest"])[0]
        assert SHEEP["text"] == fields.get("text", SHEEP["text"])
        assert SHEEP["title"] == fields.get("article", fields)["title"]


@pytest.mark.parametrize("variables", [CP1252, NO_LOCALE])
def test_a_message_is_printed_in_any_encoding(sheep, variables):
    question = "Who took the train to Łódź?" * 100
    done = redirected(sheep, "ask", stdin=None, input=question.encode(), **variables)
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert done.stderr.startswith(b"quotewise: The question has ")


def test_a_question_is_read_as_utf_8_where_no_locale_is_set(sheep):
    question = "Who took the “Zürich” train to Łódź?"
    done = redirected(sheep, "ask", "--json", stdin=None, input=question.encode(), **NO_LOCALE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["question"] == question


def test_a_list_of_feeds_is_written_in_the_encoding_that_it_names(sheep):
    done = redirected(sheep, "feed", "list", "--opml", **CP1252)
    assert (done.returncode, done.stderr) == (0, b"")
    assert ElementTree.fromstring(done.stdout).tag == "opml"


FULL = b"quotewise: the output cannot be written: the disk is full.\n"


@pytest.mark.parametrize(
    "arguments", [["articles"], ["articles", "--json"], ["ask", BOUGHT], ["--help"]]
)
@pytest.mark.parametrize("buffered", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_full_disk_under_the_output_is_told_in_a_sentence(filled, tmp_path, arguments, buffered):
    with open("/dev/full", "wb") as full:
        done = redirected(filled, *arguments, stdout=full, TMPDIR=str(tmp_path), **buffered)
    assert (done.returncode, done.stderr) == (1, FULL)
    assert list(tmp_path.iterdir()) == [], "there is nothing to report"


def test_a_full_disk_under_the_output_loses_no_article(home, tmp_path):
    with open("/dev/full", "wb") as full:
        done = redirected(home, "add", jsonl(tmp_path / "a.jsonl", PIER, MILL), stdout=full)
    assert (done.returncode, done.stderr) == (1, FULL)
    assert run(home, "articles").stdout == PIER_LINE + MILL_LINE


@pytest.mark.parametrize("arguments", ["articles", "ask 'Who bought the mill?'", "articles --json"])
def test_a_closed_output_is_told_in_a_sentence(filled, tmp_path, arguments):
    done = subprocess.run(
        ["/bin/sh", "-c", f"{QUOTEWISE} {arguments} >&-"],
        env={"PATH": os.defpath, "QUOTEWISE_HOME": str(filled), **IMPORTED_FROM},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"quotewise: the output cannot be written: Bad file descriptor.\n"


def test_what_the_system_refuses_is_no_defect(filled, tmp_path):
    with open("/dev/full", "wb") as full:
        done = redirected(filled, "ask", BOUGHT, "--export", "/dev/full", TMPDIR=str(tmp_path))
        assert redirected(filled, "show", "nope", stderr=full).returncode == 1
    assert (done.returncode, done.stderr) == (1, FULL)
    assert list(tmp_path.iterdir()) == []


def test_without_an_input_there_is_no_question(filled):
    done = subprocess.run(
        ["/bin/sh", "-c", f"{QUOTEWISE} ask <&-"],
        env={"PATH": os.defpath, "QUOTEWISE_HOME": str(filled), **IMPORTED_FROM},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_nothing_is_kept_for_the_runtimes_telemetry(filled, tmp_path):
    done = run(filled, "ask", BOUGHT, HOME=str(tmp_path))
    assert done.returncode == 0
    assert not [str(path) for path in tmp_path.rglob("*") if path.is_file()]


# -- another model


def test_the_old_model_answers_until_rebuild_has_let_the_new_one_read_all(
    tmp_path, copies, other_model
):
    home = new_home(tmp_path / "home", copies)
    run(home, "add", jsonl(tmp_path / "news.jsonl", PIER, MILL))
    waits = (
        f"quotewise: The model {other_model} has read 0 of 2 articles; all-MiniLM-L6-v2 answers "
        "until it has read all. `quotewise rebuild` lets it read them.\n"
    )
    asked = run(home, "ask", "--limit", "3", BOUGHT, QUOTEWISE_MODEL=other_model)
    assert (asked.returncode, asked.stderr) == (0, waits)
    assert asked.stdout == run(home, "ask", "--limit", "3", BOUGHT).stdout
    before = json.loads(run(home, "ask", "--json", BOUGHT).stdout)
    added = run(home, "add", "--quiet", jsonl(tmp_path / "a.jsonl", PIER), "--model", other_model)
    assert (added.returncode, added.stdout, added.stderr) == (0, "", waits)
    done = run(home, "rebuild", "--model", other_model)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"The model {other_model} has read all articles and answers from now on.\n"
        "The indexes have been made again.\n"
    )
    after = run(home, "ask", "--json", BOUGHT, QUOTEWISE_MODEL=other_model)
    assert (after.returncode, after.stderr) == (0, "")
    assert json.loads(after.stdout)["confidence"] != before["confidence"]
    assert run(home, "verify", "--model", other_model).stdout == "Everything is as it should be.\n"


def test_another_reader_answers_and_one_that_is_not_there_is_named(tmp_path, filled, tiny_models):
    reader = tiny_models.reader("cli-reader")
    command = ("ask", BOUGHT, "--limit", "20", "--json")
    plain = json.loads(run(filled, *command).stdout)
    done = run(filled, *command, QUOTEWISE_READER=reader)
    assert (done.returncode, done.stderr) == (0, "")
    other = json.loads(done.stdout)
    first, second = (one["quotes"] or one["closest"] for one in (plain, other))
    assert [one["score"] for one in first] != [one["score"] for one in second]
    done = run(filled, "ask", BOUGHT, "--reader", str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"quotewise: The reader {tmp_path / 'none'} could not be loaded ")
    assert done.stderr.count("\n") == 1


def test_the_setting_that_the_reader_replaced_is_refused_with_what_to_do(filled):
    failed_in_a_sentence(
        run(filled, "ask", BOUGHT, QUOTEWISE_RERANKER="some/model"),
        "QUOTEWISE_RERANKER is no longer a setting: unset it, or name a question-answering model "
        "in QUOTEWISE_READER.",
    )
    done = run(filled, "ask", BOUGHT, "--reranker", "some/model")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option '--reranker'. Did you mean '--reader'?" in done.stderr


# -- risk


def test_a_careful_person_gets_a_caveat_where_a_bold_one_gets_an_answer(filled):
    question = "At what time does the ferry to Orle leave the pier?"
    for told in (["ask", "--risk", "0.000001"], ["--risk", "0.0001%", "ask"]):
        careful = run(filled, *told, question)
        assert careful.stdout.startswith(("Probably:\n\n1. ", "Nothing here answers that. "))
        assert careful.returncode == 0, "the question could be asked"
    assert run(filled, "ask", question, QUOTEWISE_RISK="90%").stdout.startswith("1. The ferry to")
    careful = run(filled, "chat", "--risk", "0.000001", input=question)
    assert careful.stdout.startswith(("Probably:\n\n1. ", "Nothing here answers that. "))


def test_a_probable_answer_stands_below_a_caveat_and_the_command_succeeds(home, tmp_path):
    run(home, "add", jsonl(tmp_path / "news.jsonl", PIER, MILL))
    # Whatever the reader says is probable, at a risk of 1 in 11.
    probable = Calibration(((0, 0), (1, 1)), ((0.0,) * 10,), "a test")
    reader = reader_with(tmp_path / "reader", probable)
    done = run(home, "ask", BOUGHT, QUOTEWISE_READER=reader)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Probably:\n\n1. ")
    fields = json.loads(run(home, "ask", "--json", "--reader", reader, BOUGHT).stdout)
    assert (fields["status"], fields["answered"], fields["closest"]) == ("probable", False, [])
    bold = run(home, "ask", "--risk", "10%", BOUGHT, QUOTEWISE_READER=reader)
    assert bold.stdout.startswith("1. ")


def test_a_risk_that_makes_no_sense_is_told_of_in_a_sentence(filled):
    sentence = (
        "The risk should be the share of questions without an answer that may get one all the "
        "same, such as 0.05 or 5%, and '1.5' is none."
    )
    failed_in_a_sentence(run(filled, "ask", "--risk", "1.5", BOUGHT), sentence)
    failed_in_a_sentence(run(filled, "telegram", QUOTEWISE_RISK="1.5"), sentence)


def test_where_no_article_speaks_of_it_that_is_all_that_is_said_until_more_is_asked_for(filled):
    question = "Who painted the ceiling of the Sistine Chapel?"
    assert run(filled, "ask", question).stdout == "No article here speaks of that.\n"
    assert json.loads(run(filled, "ask", "--json", question).stdout)["silence"] == "nothing"
    told = run(filled, "chat", input=f"{question}\n/more\n").stdout
    assert told.startswith("No article here speaks of that.\n1. ")


# -- evaluate


def test_a_set_is_measured_as_json(home):
    done = run(home, "evaluate", "--json", str(SAMPLES.parent))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found) == ["set", *Figures.__dataclass_fields__]
    assert "answer_in_quote_at_1" in found["two_standard_errors"]
    assert (found["set"], found["articles"], found["questions"]) == ("samples", 12, 40)
    assert found["exact_quotes"] == 1.0
    assert [path.name for path in home.iterdir()] == ["models"], "a set leaves nothing behind"


def test_a_set_of_dialogues_is_measured_as_json(home, tmp_path):
    heading = ["Mill at Orr", "History"]
    first = {"question": "When was it built?", "standalone": "When was the mill at Orr built?"}
    next_ = {"question": "Why?", "standalone": "Why was the mill at Orr built?"}
    said = [*heading, first["question"], "It was built in 1802."]
    jsonl(
        tmp_path / "turns.jsonl",
        {"id": "a#1", "history": heading, **first},
        {"id": "a#2", "history": said, **next_},
    )
    done = run(home, "evaluate", "--json", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["articles"], found["dialogues"], found["questions"]) == (1, 1, 1)
    assert found["answer_at_1"] == found["understood"] == 1.0
    for options in (["--without-gold"], ["--half", "fit"], ["--by-kind"]):
        refused = run(home, "evaluate", *options, str(tmp_path))
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "holds dialogues, which are asked without --without-gold" in refused.stderr


def test_a_set_is_measured_as_a_table(home, tmp_path):
    jsonl(tmp_path / "articles.jsonl", PIER, MILL)
    question = {"question": BOUGHT, "answers": ["brewer"], "article_ids": ["mill"]}
    question |= {"answerable": True}
    jsonl(tmp_path / "questions.jsonl", question | {"half": "report"}, question | {"half": "fit"})
    done = run(home, "evaluate", str(tmp_path), "--half", "report", "--by-kind")
    assert (done.returncode, done.stderr) == (0, "")
    rows = dict(re.findall(r"│ ([a-z0-9 ]+?) +│ ([\d.–]+)(?: ± [\d.]+)? +│\n", done.stdout))
    *names, errors, risks = Figures.__dataclass_fields__
    assert list(rows) == [name.replace("_", " ") for name in names]
    assert (errors, risks) == ("two_standard_errors", "risks")
    assert re.findall(r"│ (\d+)% +│", done.stdout) == ["1", "2", "5", "10", "20"]
    assert (rows["questions"], rows["article at 1"], rows["auroc"]) == ("1", "1.000", "–")
    assert re.search(r"│ who +│ 1 +│ [01]\.000 ± 0\.000 +│", done.stdout)


def test_a_folder_without_a_set_is_not_measured(home, tmp_path):
    done = run(home, "evaluate", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"quotewise: {tmp_path / 'questions.jsonl'} cannot be read (")
    assert done.stderr.count("\n") == 1
