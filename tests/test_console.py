"""`quotewise chat` in a process of its own: line by line without a terminal, and with one."""

import re

import pytest
from article_library import jsonl
from quotewise_command import exit_status, in_terminal, new_home, printed, run

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
NO_ARTICLES = "There are no articles yet: add some with `quotewise add FILE` or `/add FILE`.\n"


def chat(home, *lines, flags=()):
    return printed(home, "chat", *flags, input="\n".join(lines))


@pytest.fixture(scope="module")
def home(tmp_path_factory, copies):
    return new_home(tmp_path_factory.mktemp("console") / "home", copies)


@pytest.fixture(scope="module")
def filled(home, tmp_path_factory):
    """The home of a library with one article, added through the console itself."""
    article = {"id": "pier", "title": "Pier opens", "text": TEXT}
    path = jsonl(tmp_path_factory.mktemp("articles"), article, name="pier news.jsonl")
    added = f"added  {path}: Pier opens  [pier]\n1 added\n"
    shown = chat(home, "/articles", ASKED, f'/add "{path}"', "/articles")
    assert shown == NO_ARTICLES * 2 + added + "pier  Pier opens  (4 paragraphs)\n"
    return home


def test_help_lists_the_commands_and_quit_ends_the_chat(home):
    shown = chat(home, "/help", "", "   ", "/quit", "/help")
    assert shown.startswith("Type a question, or:\n  /add SOURCE...    add articles: ")
    assert shown.endswith("\n  /quit             leave (so does Ctrl-D)\n")


def test_what_cannot_be_done_is_refused_in_a_sentence_and_the_chat_goes_on(home, tmp_path):
    missing = f"{tmp_path}/x.txt"
    lines = ("/more", "/context 1", "/waffle", "/add", '/add "x', f"/add {missing}", "x" * 2_001)
    assert chat(home, *lines) == (
        "There is no answer yet to show more of: ask something first.\n"
        "There is no quote yet: ask something first.\n"
        "There is no command /waffle: /help lists those there are.\n"
        "Say what to add: /add with links, files or folders.\n"
        "A quotation mark is missing in that line.\n"
        f"failed  {missing}: there is no such file or folder; check the path.\n"
        "1 failed\n"
        "The question has 2,001 characters and at most 2,000 are read: ask it in a sentence or "
        "two.\n"
    )


@pytest.mark.parametrize("greeting", ["hi", "Hello there!", "what can you do?", "thanks", "help"])
def test_a_greeting_is_no_question_and_gets_some_to_ask(filled, greeting):
    assert chat(filled, greeting) == (
        "I answer questions with sentences of your articles, word for word.\n"
        "Ask one, such as these, or type /help.\n"
        "  What is said about “Pier opens”?\n"
    )


def test_an_article_is_searched_for_shown_removed_and_put_back(filled):
    lines = ("/articles PIER", "/articles owl", "/sources", "/remove pier", "/articles", "/undo")
    assert chat(filled, *lines, "/articles", "/undo") == (
        "pier  Pier opens  (4 paragraphs)\n"
        "No article has owl in its title, publisher, author or id.\n"
        "no publisher (1 article)\n"
        "removed  Pier opens; /undo puts it back.\n"
        f"{NO_ARTICLES}"
        "put back  Pier opens\n"
        "pier  Pier opens  (4 paragraphs)\n"
        "Nothing was removed here.\n"
    )
    shown = chat(filled, ASKED, "/show 1", "/open 1").removeprefix(FIRST)
    assert "Pier opens\nId: pier\n" in shown
    assert "[2] The ferry to Orle leaves the pier at six in the morning.\n" in shown
    assert shown.endswith("That article has no link: /show 1 prints it.\n")


def test_after_new_a_question_builds_on_none_before(filled):
    shown = chat(filled, ASKED, "/new", "Why then?", flags=("--risk", "90%"))
    assert "Understood as" not in shown
    assert "The next question builds on none before.\n" in shown


def test_a_question_is_answered_with_three_quotes_and_more_on_demand(filled):
    shown = chat(filled, ASKED, "/more", "/more")
    assert shown.startswith(FIRST)
    quotes = re.findall(r"^(\d)\. (.*)$", shown, flags=re.MULTILINE)
    assert [number for number, _ in quotes] == ["1", "2", "3", "4"]
    assert sorted(text for _, text in quotes) == sorted(TEXT.split("\n\n"))
    assert shown.endswith("That is all there is.\n")


def test_the_context_of_a_quote_is_its_paragraph_and_the_neighbours(filled):
    shown = chat(filled, ASKED, "/context 1", "/context 9", "/context one")
    count = len(re.findall(r"^\d\. ", shown, flags=re.MULTILINE))
    context = "Pier opens\n\n" + TEXT.partition("Dogs")[0]
    assert shown.startswith(FIRST)
    assert shown.endswith(context + f"Say which quote: /context 1 to /context {count}.\n" * 2)


def test_a_question_may_build_on_the_last_and_what_it_was_understood_as_is_shown(filled):
    shown = chat(filled, ASKED, "Why then?", "/more", flags=("--risk", "90%"))
    answers = shown.removeprefix(FIRST).split("Understood as: ")
    assert len(answers) == 2, "above the answer and not above more of it"
    understood, quotes = answers[1].split("\n\n", 1)
    assert understood.endswith("Why then?")
    assert re.findall(r"^(\d)\. ", quotes, flags=re.MULTILINE) == ["1", "2", "3", "4"]


def test_a_number_names_the_article_of_a_quote_and_never_an_id_that_begins_so(empty_home, tmp_path):
    articles = [{"id": "9lives", "title": "A cat", "text": "A cat fell."}]
    articles.append({"id": "pier", "title": "Pier opens", "text": TEXT})
    printed(empty_home, "add", jsonl(tmp_path, *articles))
    shown = chat(empty_home, ASKED, "/remove 9", "/show 9", "/remove 1", "/show 9l")
    none = (
        "There is no quote 9: give the number of a quote of the last answer, or an id; /articles "
        "lists them.\n"
    )
    assert shown.startswith(f"{FIRST}{none * 2}removed  Pier opens; /undo puts it back.\nA cat\n")


@pytest.mark.parametrize("word", ["/exit", "quit", "Exit"])
def test_words_that_leave_other_programs_leave_this_one(filled, word):
    assert chat(filled, word, "/articles") == ""


def test_a_mistyped_command_is_guessed(filled):
    assert chat(filled, "/articel").endswith("lists those there are. Did you mean /articles?\n")


def test_samples_are_read_into_an_empty_library_only(filled, tmp_path, copies):
    assert chat(filled, "/articles", flags=("--samples",)) == "pier  Pier opens  (4 paragraphs)\n"
    done = run(new_home(tmp_path / "new", copies), "chat", "--samples", input="/articles")
    assert (done.returncode, done.stderr) == (0, "Reading the sample articles …\n")
    listed = done.stdout.splitlines()
    assert len(listed) == 12
    assert listed[0].startswith("ferry-collision  Fourteen injured as island ferry strikes pier, ")


@pytest.fixture
def terminal(filled):
    """A chat in a terminal, where the prompt has appeared."""
    (filled / "history").unlink(missing_ok=True)
    child = in_terminal(filled, "chat", PROMPT_TOOLKIT_NO_CPR="1")  # pexpect reports no cursor
    child.expect_exact("1 article. Ask, or type /help. Ctrl-D leaves.")
    wait_for_prompt(child)
    yield child
    child.close(force=True)


def wait_for_prompt(child):
    child.expect_exact("\x1b[?2004h")  # each prompt begins by asking for pastes in brackets
    child.expect_exact("›")


def test_a_question_typed_is_answered_and_stored_in_the_history(terminal, filled):
    terminal.send(f"{ASKED}\r")
    terminal.expect_exact("(paragraph 2)")
    wait_for_prompt(terminal)
    terminal.send("\x04")
    assert exit_status(terminal) == 0
    assert (filled / "history").read_text("utf-8").endswith(f"\n+{ASKED}\n")


def test_ctrl_c_drops_a_line_stops_an_addition_and_leaves_at_an_empty_line(terminal):
    terminal.send("What is half typed\x03")
    wait_for_prompt(terminal)
    terminal.send("/add -\r")
    terminal.expect_exact("0/1")
    terminal.sendintr()
    terminal.expect_exact("Stopped: 0 of 1 added.\r\n")
    wait_for_prompt(terminal)
    assert "Stopped" not in terminal.before
    terminal.send("\x03")
    terminal.expect_exact("Ctrl-C again leaves.")
    wait_for_prompt(terminal)
    terminal.send("\x03")
    terminal.expect_exact("Goodbye.")
    assert exit_status(terminal) == 0


def test_lines_go_on_below_their_words_and_the_title_leads_to_the_page(empty_home, tmp_path):
    article = {"id": "pier", "title": "Pier opens", "text": TEXT, "url": "https://kelm.example/"}
    printed(empty_home, "add", jsonl(tmp_path, article))
    for width in (40, 50, 120):
        child = in_terminal(empty_home, "ask", "--limit", "1", ASKED, width=width)
        assert exit_status(child) == 0
        plain = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[\d;]*m", "", child.before)
        first, *others = plain.strip().splitlines()
        assert " ".join(f"{first} {' '.join(others)}".split()) == " ".join(FIRST.split())
        assert max(map(len, (first, *others))) <= width
        assert first.startswith("1. The ferry")
        assert all(re.match(r"   \S", line) for line in others)
        assert "8;id=" in child.before and "https://kelm.example/#:~:text=" in child.before
        assert "https://" not in plain


def test_what_became_of_sources_is_broken_at_words(filled, tmp_path):
    name = "of a pier that nobody has ever seen.txt"
    child = in_terminal(filled, "add", name, width=44, cwd=tmp_path)
    assert exit_status(child) == 1
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", child.before)
    lines = [line.strip() for line in re.split(r"[\r\n]+", plain)]
    assert f"failed  {name}: there is no such file or folder" in " ".join(filter(None, lines))
    assert lines[-2].endswith("1 failed")


def test_asking_nothing_in_a_terminal_is_a_mistake_that_says_what_to_do(filled):
    child = in_terminal(filled, "ask")
    child.expect_exact("Error: Give a question, such as")
    assert exit_status(child) == 2


def test_tab_completes_commands_and_ids(terminal):
    terminal.send("/sho\t")
    terminal.expect_exact("w")
    terminal.send(" pi\t\r")
    terminal.expect_exact("[2] ")
    wait_for_prompt(terminal)


def test_articles_are_a_table_in_a_terminal(terminal):
    terminal.send("/articles pier\r")
    terminal.expect(r"publisher.*published.*pier.*Pier opens")
    wait_for_prompt(terminal)
    terminal.send("/articles owl\r")
    terminal.expect_exact("No article has owl in its title")
    wait_for_prompt(terminal)
    terminal.setwinsize(40, 50)
    terminal.send("/articles pier\r")
    terminal.expect("title.*published.*Pier opens")
    assert "publisher" not in terminal.after
