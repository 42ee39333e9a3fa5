"""`quotewise chat` in a process of its own: line by line without a terminal, and with one."""

import json
import os
import re
import subprocess
from pathlib import Path

import pexpect
import pytest
from telegram_bot import IMPORTED_FROM, QUOTEWISE

TEXT = (
    "The pier at Kelm opens on Friday.\n\n"
    "The ferry to Orle leaves the pier at six in the morning.\n\n"
    "A ticket costs four crowns.\n\n"
    "Dogs ride free in winter."
)
ASKED = "At what time does the ferry to Orle leave the pier?"
FIRST = (
    "1. The ferry to Orle leaves the pier at six in the morning.\n   Pier opens (paragraph 2)\n\n"
)
COMMANDS = """Type a question, or:
  /add SOURCE... add articles: links, files or folders; names with spaces in quotation marks
  /articles      list the articles
  /more          more quotes for the last question
  /context N     the paragraph around quote N, with its neighbours
  /only ...      only some articles from now on: since DAY, until DAY, source NAME, article ID
  /all           all articles again, for the last question and those to come; or for a question
  /status        which model answers, and how far another is with reading
  /help          this list
  /quit          leave (so does Ctrl-D)
"""
NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`.\n"


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",  # pexpect is no terminal that says where its cursor is
        "QUOTEWISE_HOME": str(home),
        "QUOTEWISE_LIBRARY": "pier",
        **IMPORTED_FROM,
    }


def chat(home: Path, *lines: str, flags: tuple[str, ...] = ()) -> str:
    """What `quotewise chat` prints for these lines, where it ends well and without a warning."""
    done = subprocess.run(
        [QUOTEWISE, "chat", *flags],
        input="\n".join(lines),
        capture_output=True,
        env=environment(home),
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    told = "Reading the sample articles …\n" if flags and "Reading" in done.stderr else ""
    assert (done.returncode, done.stderr) == (0, told)
    assert "\x1b" not in done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def article(tmp_path_factory):
    path = tmp_path_factory.mktemp("articles") / "pier news.jsonl"
    path.write_text(json.dumps({"id": "pier", "title": "Pier opens", "text": TEXT}), "utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory, copies):
    folder = tmp_path_factory.mktemp("console")
    (folder / "models").symlink_to(copies)
    return folder


@pytest.fixture(scope="module")
def filled(home, article):
    """The home of a library with one article, added through the console itself."""
    told = f"added  {article}: Pier opens  [pier]\n1 added\n"
    list_of_one = "pier  Pier opens  (4 paragraphs)\n"
    printed = chat(home, "/articles", ASKED, f'/add "{article}"', "/articles")
    assert printed == NO_ARTICLES * 2 + told + list_of_one
    return home


def test_help_lists_the_commands_and_quit_ends_the_chat_before_the_lines_after_it(home):
    assert chat(home, "/help", "", "   ", "/quit", "/help") == COMMANDS
    assert chat(home, "/exit", "/help") == ""


def test_what_cannot_be_done_is_said_in_a_sentence_and_the_chat_goes_on(home, tmp_path):
    assert chat(
        home,
        "/more",
        "/context 1",
        "/nope",
        "/add",
        '/add "x',
        f"/add {tmp_path}/x.txt",
        "x" * 2_001,
    ) == (
        "There is no answer yet to show more of: ask something first.\n"
        "There is no quote yet to show around: ask something first.\n"
        "There is no command /nope: /help lists those there are.\n"
        "Say what to add: /add with links, files or folders.\n"
        "A quotation mark is missing in that line.\n"
        f"failed  {tmp_path}/x.txt: there is no such file or folder; check the path.\n"
        "1 failed\n"
        "The question has 2,001 characters and at most 2,000 are read: ask it in a sentence or "
        "two.\n"
    )


def test_a_question_is_answered_with_three_quotes_and_more_on_demand(filled):
    printed = chat(filled, ASKED, "/more", "/more")
    assert printed.startswith(FIRST)
    assert re.findall(r"^(\d)\. ", printed, flags=re.MULTILINE) == ["1", "2", "3", "4"]
    quoted = re.findall(r"^\d\. (.*)$", printed, flags=re.MULTILINE)
    assert sorted(quoted) == sorted(TEXT.split("\n\n"))
    assert printed.endswith("That is all there is.\n")


def test_the_context_of_a_quote_is_its_paragraph_and_the_neighbours(filled):
    printed = chat(filled, ASKED, "/context 1", "/context 9", "/context", "/context one")
    shown = len(re.findall(r"^\d\. ", printed, flags=re.MULTILINE))
    context = (
        "Pier opens\n\n"
        "The pier at Kelm opens on Friday.\n\n"
        "The ferry to Orle leaves the pier at six in the morning.\n\n"
        "A ticket costs four crowns.\n\n"
    )
    assert printed.startswith(FIRST)
    assert printed.endswith(context + f"Say which quote: /context 1 to /context {shown}.\n" * 3)


def test_samples_are_read_into_an_empty_library_only(filled, tmp_path, copies):
    assert chat(filled, "/articles", flags=("--samples",)) == "pier  Pier opens  (4 paragraphs)\n"
    (tmp_path / "models").symlink_to(copies)
    listed = chat(tmp_path, "/articles", flags=("--samples",)).splitlines()
    assert len(listed) == 12
    assert listed[0].startswith("ferry-collision  Fourteen injured as island ferry strikes pier, ")


# -- with a terminal


@pytest.fixture
def terminal(filled):
    """A chat in a terminal, where the prompt has appeared."""
    (filled / "history").unlink(missing_ok=True)
    child = pexpect.spawn(
        str(QUOTEWISE),
        ["chat"],
        env=environment(filled),
        encoding="utf-8",
        timeout=300,
        dimensions=(40, 120),
    )
    child.expect_exact("1 article. Ask, or type /help. Ctrl-D leaves.")
    wait_for_prompt(child)
    yield child
    child.close(force=True)


def wait_for_prompt(child):
    child.expect_exact("\x1b[?2004h")  # each prompt begins by asking for pastes in brackets
    child.expect_exact("›")


def status_at_end(child):
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_a_question_typed_is_answered_and_kept_in_the_history(terminal, filled):
    terminal.send(f"{ASKED}\r")
    terminal.expect_exact("(paragraph 2)")
    wait_for_prompt(terminal)
    terminal.send("\x04")
    assert status_at_end(terminal) == 0
    assert (filled / "history").read_text("utf-8").endswith(f"\n+{ASKED}\n")


def test_ctrl_c_drops_a_line_and_leaves_at_an_empty_one(terminal):
    terminal.send("What is half typed\x03")
    wait_for_prompt(terminal)
    terminal.send("/nope\r")
    terminal.expect_exact("There is no command /nope: /help lists those there are.")
    wait_for_prompt(terminal)
    terminal.send("\x03")
    assert status_at_end(terminal) == 0


def test_ctrl_c_stops_an_addition_and_the_chat_goes_on(terminal):
    terminal.send("/add -\r")
    terminal.expect_exact("0/1")
    terminal.sendintr()
    terminal.expect_exact("Stopped: 0 of 1 added.\r\n")
    wait_for_prompt(terminal)
    assert "Stopped" not in terminal.before
    terminal.send("\x04")
    assert status_at_end(terminal) == 0


# -- another model


def test_status_names_the_model_that_answers(filled):
    assert chat(filled, "/status") == "all-MiniLM-L6-v2 answers.\n"


def test_a_question_may_build_on_the_one_before_and_what_it_was_taken_for_is_shown(filled):
    printed = chat(filled, ASKED, "Why then?", "/more", flags=("--risk", "90%"))
    answers = printed.removeprefix(FIRST).split("Understood as: ")
    assert len(answers) == 2, "it stands above the answer and not above more of it"
    taken_for, shown = answers[1].split("\n\n", 1)
    assert taken_for.endswith("Why then?")
    assert re.findall(r"^(\d)\. ", shown, flags=re.MULTILINE) == ["1", "2", "3", "4"]
