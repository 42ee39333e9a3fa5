"""The real `quotewise` in a process of its own: what it prints, where, and its exit status."""

import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from article_library import jsonl, reader_with
from quotewise_command import (
    QUOTEWISE,
    as_json,
    environment,
    exit_status,
    in_terminal,
    new_home,
    printed,
    run,
    with_defect,
)

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
MILL_SHOWN = f"1. {MILL['text']}\n   Mill sold (paragraph 1)\n"
PIER_LINE = "pier  Pier opens, The Kelm Post, Ada Fenn, 8 October 2018  (2 paragraphs)\n"
MILL_LINE = "mill  Mill sold  (1 paragraph)\n"
BOUGHT = "Who bought the old paper mill at Orr?"
WHOLE = "Everything is as it should be.\n"


home = pytest.fixture(lambda empty_home: empty_home)


@pytest.fixture(scope="module")
def filled(tmp_path_factory, copies):
    """A home with two articles, for all tests that only read."""
    folder = tmp_path_factory.mktemp("filled")
    home = new_home(folder / "home", copies)
    assert printed(home, "add", "--quiet", jsonl(folder, PIER, MILL)) == ""
    return home


def assert_refused(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"quotewise: {sentence}\n")


# -- help


def processor_time_of_children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


def test_help_is_instant_and_lists_the_commands():
    times = []
    for _ in range(2):
        started = processor_time_of_children()
        shown = printed(None, "--help")
        times.append(processor_time_of_children() - started)
    assert min(times) < 0.5
    listed = shown.partition("Commands:")[2].partition("Settings:")[0]
    commands = re.findall(r"^  ([a-z]+)  ", listed, flags=re.MULTILINE)
    expected = "add articles ask backup chat completion doctor evaluate feed mcp migrate proof"
    expected += " rebuild remove restore schema show telegram verify watch"
    assert commands == expected.split()
    assert "QUOTEWISE_HOME" in shown


def imported_by(home: Path | None, *arguments: str) -> set[str]:
    done = run(home, *arguments, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"\| +([a-z_]+)$", done.stderr, flags=re.MULTILINE))


def test_help_imports_nothing_heavy():
    heavy = {"torch", "faiss", "numpy", "tantivy", "onnxruntime", "sentence_transformers"}
    heavy |= {"sqlalchemy", "mcp"}
    assert imported_by(None, "--help") & heavy == set()


def test_answering_imports_no_torch_once_the_model_is_copied(filled):
    imported = imported_by(filled, "ask", BOUGHT)
    assert "onnxruntime" in imported
    assert imported & {"torch", "sentence_transformers", "transformers", "sklearn"} == set()


# -- add, articles, show, remove, verify, rebuild


def test_an_article_is_added_updated_shown_and_removed(home, tmp_path):
    news = jsonl(tmp_path, PIER, {"id": "owls"}, MILL)
    done = run(home, "add", news)
    assert done.stdout == (
        f"added  {news}: Pier opens, The Kelm Post, Ada Fenn, 8 October 2018  [pier]\n"
        f"failed  {news} line 2: `text` is missing; every article needs its text.\n"
        f"added  {news}: Mill sold  [mill]\n"
        "2 added, 1 failed\n"
    )
    assert (done.returncode, done.stderr) == (1, ""), "one failed, though the others are in"
    assert printed(home, "articles") == PIER_LINE + MILL_LINE
    later = PIER | {"text": "The pier is closed."}
    lines = printed(home, "add", jsonl(tmp_path, later, MILL)).splitlines()
    assert [line.split()[0] for line in lines] == ["updated", "unchanged", "1"]
    assert lines[-1] == "1 updated, 1 unchanged"
    assert printed(home, "remove", "pi") == "removed  Pier opens [pier]\n"
    assert printed(home, "articles") == MILL_LINE
    gone = "There is no article with the id 'pier': look it up in the list of articles."
    assert_refused(run(home, "show", "pier"), gone)


def test_files_of_a_folder_that_are_not_read_are_counted_by_kind(home, tmp_path):
    folder = tmp_path / "news"
    (folder / "north").mkdir(parents=True)
    (folder / "swans.txt").write_text("Two swans nest by the lock. They came in May.")
    skipped = ("a.rtf", "north/b.CSV", "north/c.csv", "README", "d.\x1b[2J")
    for name in (*skipped, ".hidden.csv", "~$swans.docx", ".~lock.swans.odt#"):
        (folder / name).write_text("x")
    first, second, total = printed(home, "add", folder).splitlines()
    assert first == ("5 files of other kinds were left out (without an ending, .�[2j, .csv, .rtf)")
    assert second.startswith("added  ") and total == "1 added"
    assert printed(home, "add", "--quiet", folder) == ""
    once = printed(home, "watch", "--once", folder)
    assert once.splitlines() == [first, "Everything is in step."]


def test_a_dash_adds_what_comes_on_standard_input(home):
    added = printed(home, "add", "-", input="Two swans nest by the lock. They came in May.\n")
    assert re.fullmatch(r"added  -: Two swans nest by the lock\.  \[\w{16}\]\n1 added\n", added)
    (article,) = as_json(home, "articles", "--json")
    assert (article["origin"], article["published"], article["paragraphs"]) == (None, None, 1)


@pytest.mark.parametrize(
    ("notes", "seen"),
    [(44, "44/45"), (300, r"[1-9]\d*/301"), (0, "0/1")],
    ids=["all read", "some read", "none read"],
)
def test_articles_said_to_be_added_when_ctrl_c_is_pressed_are_stored(home, tmp_path, notes, seen):
    texts = [{"text": f"Boat {n} came in.\n\nIt had {n + 7} eels aboard."} for n in range(notes)]
    sources = [jsonl(tmp_path, *texts)] if texts else []
    child = in_terminal(home, "add", *sources, "-", width=200)  # waits for what is typed
    child.expect(seen)
    child.sendintr()
    child.expect(r"Stopped: (\d+) of (\d+) added\.\r\n")
    added, total = map(int, child.match.groups())
    assert (exit_status(child), total) == (130, notes + 1)
    assert added == len(as_json(home, "articles", "--json")) if added else notes == 0
    assert notes != 44 or added == 44


def test_without_articles_the_list_says_how_to_add_some(home):
    empty = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`.\n"
    assert printed(home, "articles") == printed(home, "ask", BOUGHT) == empty
    assert printed(home, "articles", "--json") == ""


def test_indexes_are_verified_and_rebuilt(home, tmp_path):
    printed(home, "add", jsonl(tmp_path, PIER, MILL))
    assert printed(home, "verify") == WHOLE
    assert printed(home, "rebuild") == "The indexes have been made again.\n"
    assert printed(home, "verify") == WHOLE
    assert MILL_SHOWN in printed(home, "ask", BOUGHT)


# -- ask


def test_a_question_is_answered_with_quotes(filled):
    assert printed(filled, "ask", "--limit", "1", BOUGHT) == f"{MILL_SHOWN}\n"


def test_an_answer_as_json_is_one_object_on_one_line(filled):
    asked = "At what time does the ferry to Orle leave the pier?"
    (answer,) = as_json(filled, "ask", "--json", asked)
    assert list(answer) == (
        "question understood status answered confidence silence limits quotes closest agreement"
        " timeline took_ms".split()
    )
    first = (answer["quotes"] or answer["closest"])[0]
    assert first["text"] == FERRY == PIER["text"][first["start"] : first["end"]]
    known = {key: value for key, value in PIER.items() if key != "text"}
    assert first["article"] == {"library": "main", **known}
    assert first["link"] == (
        "https://post.example/pier#:~:text=The%20ferry%20to%20Orle%20leaves%20the%20pier%20at%20six%20in%20the%20morning."
    )


def test_a_line_that_cannot_be_asked_does_not_stop_the_others(filled):
    too_long = "The question has 10,000 characters and at most 2,000 are read: ask it in a "
    too_long += "sentence or two."
    lines = f"{'x' * 10_000}\n\n  \n{BOUGHT}\n"
    done = run(filled, "ask", "--limit", "1", input=lines)
    asked = f"› {'x' * 10_000}\n› {BOUGHT}\n"
    assert (done.returncode, done.stdout.startswith(asked)) == (1, True)
    assert MILL_SHOWN in done.stdout
    assert done.stderr == f"quotewise: {too_long}\n"
    done = run(filled, "ask", "--json", input=lines)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"question": "x" * 10_000, "error": too_long}
    assert second["quotes"][0]["article"]["id"] == "mill"
    assert (done.returncode, done.stderr) == (1, "")


def test_a_question_in_another_encoding_is_answered(filled):
    latin = "Who bought the old paper mill at Orr, a café?".encode("latin-1")
    assert MILL_SHOWN in printed(filled, "ask", "--limit", "1", latin)
    assert MILL_SHOWN in printed(filled, "ask", "--limit", "1", input=latin)


def test_where_no_article_is_close_nothing_is_quoted_until_more_is_asked_for(filled):
    question = "Who painted the ceiling of the Sistine Chapel?"
    assert printed(filled, "ask", question) == "No article here speaks of that.\n"
    (answer,) = as_json(filled, "ask", "--json", question)
    assert answer["silence"] == "nothing"
    chat = printed(filled, "chat", input=f"{question}\n/more\n")
    assert chat.startswith("No article here speaks of that.\n1. ")


def test_a_probable_answer_has_a_caveat_and_a_higher_risk_lifts_it(home, tmp_path):
    printed(home, "add", jsonl(tmp_path, PIER, MILL))
    # Whatever the reader says is probable, at a risk of 1 in 11.
    probable = Calibration(((0, 0), (1, 1)), ((0.0,) * 10,), "a test")
    reader = reader_with(tmp_path / "reader", probable)
    assert printed(home, "ask", BOUGHT, QUOTEWISE_READER=reader).startswith("Probably:\n\n1. ")
    (fields,) = as_json(home, "ask", "--json", "--reader", reader, BOUGHT)
    assert (fields["status"], fields["answered"], fields["closest"]) == ("probable", False, [])
    assert printed(home, "ask", "--risk", "10%", BOUGHT, QUOTEWISE_READER=reader).startswith("1. ")


# -- settings


def test_settings_come_before_or_after_the_command_or_from_the_environment(filled, tmp_path):
    listed = PIER_LINE + MILL_LINE
    elsewhere = {"QUOTEWISE_HOME": str(tmp_path / "empty")}
    assert printed(filled, "articles") == listed
    assert printed(None, "--home", filled, "articles", **elsewhere) == listed
    assert printed(None, "articles", "--home", filled, **elsewhere) == listed
    assert printed(filled, "articles", QUOTEWISE_LIBRARY="other").startswith("There are no")
    assert printed(filled, "articles", "--library", "main", QUOTEWISE_LIBRARY="o") == listed


def test_without_settings_the_data_is_in_the_users_own_folder(tmp_path):
    assert run(None, "articles", XDG_DATA_HOME=str(tmp_path)).returncode == 0
    assert (tmp_path / "quotewise" / "catalog.sqlite").is_file()


def test_two_libraries_never_see_each_other(home, tmp_path):
    printed(home, "add", jsonl(tmp_path, PIER), "--library", "one")
    printed(home, "--library", "two", "add", jsonl(tmp_path, MILL))
    assert printed(home, "articles", "--library", "one") == PIER_LINE
    assert printed(home, "articles", "--library", "two") == MILL_LINE
    (answer,) = as_json(home, "ask", "--json", "--library", "one", BOUGHT)
    assert {one["article"]["id"] for one in answer["quotes"] + answer["closest"]} == {"pier"}
    assert run(home, "remove", "mill", "--library", "one").returncode == 1


def test_a_setting_that_makes_no_sense_is_refused_with_what_to_do(filled):
    risk = "The risk should be the share of questions without an answer that may get one all the "
    risk += "same, such as 0.05 or 5%, and '1.5' is none."
    assert_refused(run(filled, "ask", "--risk", "1.5", BOUGHT), risk)
    assert_refused(run(filled, "telegram", QUOTEWISE_RISK="1.5"), risk)


def test_the_old_model_answers_until_rebuild_has_embedded_everything(home, tmp_path, other_model):
    printed(home, "add", jsonl(tmp_path, PIER, MILL))
    waits = (
        f"quotewise: The model {other_model} has read 0 of 2 articles; all-MiniLM-L6-v2 answers "
        "until it has read all. `quotewise rebuild` lets it read them.\n"
    )
    asked = run(home, "ask", "--limit", "3", BOUGHT, QUOTEWISE_MODEL=other_model)
    assert (asked.returncode, asked.stderr) == (0, waits)
    assert asked.stdout == printed(home, "ask", "--limit", "3", BOUGHT)
    assert printed(home, "rebuild", "--model", other_model) == (
        f"The model {other_model} has read all articles and answers from now on.\n"
        "The indexes have been made again.\n"
    )
    assert printed(home, "verify", "--model", other_model) == WHOLE


# -- what goes wrong


def test_a_defect_is_reported_politely_and_written_to_a_file(filled, tmp_path):
    done = run(filled, "articles", **with_defect(tmp_path))
    (log,) = tmp_path.glob("quotewise-*.log")
    assert_refused(
        done,
        "something is wrong with Quotewise itself (ZeroDivisionError: oh). Nothing you added is "
        f"lost. Please report it with {log}.",
    )
    assert log.read_text().startswith("Traceback (most recent call last):\n")
    assert log.read_text().endswith("\nZeroDivisionError: oh\n")


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
    printed(home, "add", jsonl(folder, SHEEP))
    return home


def redirected(
    home: Path, *arguments: str, variables: dict[str, str] | None = None, **streams: object
) -> subprocess.CompletedProcess[bytes]:
    """What quotewise does where its streams are redirected, and what it writes as bytes."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(
        [QUOTEWISE, *arguments],
        env=environment(home) | (variables or {}),
        **({} if "input" in streams else {"stdin": subprocess.DEVNULL}) | pipes | streams,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "encoding", "text"),
    [(CP1252, "cp1252", ESCAPED), (NO_LOCALE, "utf-8", SHEEP["text"])],
)
def test_text_is_printed_where_the_encoding_lacks_its_characters(sheep, variables, encoding, text):
    done = redirected(sheep, "ask", "Who took the train?", variables=variables)
    assert (done.returncode, done.stderr) == (0, b"")
    assert text in done.stdout.decode(encoding)


def test_json_messages_and_opml_are_whole_in_any_encoding(sheep):
    done = redirected(sheep, "show", "sheep", "--json", variables=CP1252)
    assert json.loads(done.stdout.decode("utf-8"))["text"] == SHEEP["text"]
    question = ("Who took the train to Łódź?" * 100).encode()
    done = redirected(sheep, "ask", input=question, variables=CP1252)
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert done.stderr.startswith(b"quotewise: The question has ")
    done = redirected(sheep, "feed", "list", "--opml", variables=CP1252)
    assert ElementTree.fromstring(done.stdout).tag == "opml"


def test_a_question_is_read_as_utf_8_where_no_locale_is_set(sheep):
    question = "Who took the “Zürich” train to Łódź?"
    done = redirected(sheep, "ask", "--json", input=question.encode(), variables=NO_LOCALE)
    assert json.loads(done.stdout)["question"] == question


FULL = b"quotewise: the output cannot be written: the disk is full.\n"


@pytest.mark.parametrize("arguments", [["articles", "--json"], ["ask", BOUGHT]])
@pytest.mark.parametrize("buffered", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_full_disk_under_output_is_reported_in_a_sentence(filled, tmp_path, arguments, buffered):
    with open("/dev/full", "wb") as full:
        variables = {"TMPDIR": str(tmp_path), **buffered}
        done = redirected(filled, *arguments, stdout=full, variables=variables)
    assert (done.returncode, done.stderr) == (1, FULL)
    assert list(tmp_path.iterdir()) == [], "it is no defect"


def test_a_full_disk_under_the_output_loses_no_article(home, tmp_path):
    with open("/dev/full", "wb") as full:
        done = redirected(home, "add", jsonl(tmp_path, PIER, MILL), stdout=full)
    assert (done.returncode, done.stderr) == (1, FULL)
    assert printed(home, "articles") == PIER_LINE + MILL_LINE
    done = run(home, "ask", BOUGHT, "--export", "/dev/full")
    assert (done.returncode, done.stderr) == (1, FULL.decode())


def test_a_closed_output_is_reported_and_a_reader_that_left_is_not(filled):
    command = ["/bin/sh", "-c", f"{QUOTEWISE} articles >&-"]
    done = subprocess.run(command, env=environment(filled), capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"quotewise: the output cannot be written: Bad file descriptor.\n"
    reading, writing = os.pipe()
    os.close(reading)
    done = redirected(filled, "ask", BOUGHT, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_nothing_is_stored_for_the_runtimes_telemetry(filled, tmp_path):
    assert run(filled, "ask", BOUGHT, HOME=str(tmp_path)).returncode == 0
    assert not [str(path) for path in tmp_path.rglob("*") if path.is_file()]


def test_a_set_is_measured_as_a_table(home, tmp_path):
    jsonl(tmp_path, PIER, MILL)
    question = {"question": BOUGHT, "answers": ["brewer"], "article_ids": ["mill"]}
    question |= {"answerable": True}
    halves = (question | {"half": "report"}, question | {"half": "fit"})
    jsonl(tmp_path, *halves, name="questions.jsonl")
    shown = printed(home, "evaluate", tmp_path, "--half", "report")
    rows = dict(re.findall(r"│ ([a-z0-9 ]+?) +│ ([\d.–]+)(?: ± [\d.]+)? +│\n", shown))
    *names, errors, risks = Figures.__dataclass_fields__
    assert list(rows) == [name.replace("_", " ") for name in names]
    assert (errors, risks) == ("two_standard_errors", "risks")
    risks = re.findall(r"^│ (0\.\d\d)0 +│", shown, flags=re.MULTILINE)
    assert risks == ["0.01", "0.02", "0.05", "0.10", "0.20"]
    assert (rows["questions"], rows["article at 1"], rows["auroc"]) == ("1", "1.000", "–")
    assert [path.name for path in home.iterdir()] == ["models"], "a set leaves nothing behind"
