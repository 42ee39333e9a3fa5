"""`quotewise proof`: every quote is checked by hash and place, and only the exact truth passes."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import example_quotes
import pytest
from answers10000 import proven
from article_library import BAKERY, HARBOUR, add, refusal, rows
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli import quotewise
from bot.rendering.fields import answer_fields, export_fields
from retrieval import Answer, AnswerStatus, Article, Quote, QuotewiseError
from retrieval.proof import LARGEST, WHAT_TO_GIVE, Checked, Texts, Verdict, checked, read
from retrieval.records import Agreement, Difference, Span
from retrieval.text.segmentation import quoted

ROOT = Path(__file__).parent.parent
PRICES = "The ferry leaves at six.\n\nA ticket costs four crowns, or 5 € ‘with a dog’ 🦢."
PIER = replace(example_quotes.PIER, text=PRICES, pages=(0, 26))
COPY = replace(PIER, id="copy", source="Tesk Valley Record", url=None, published=None, pages=())
NOTE = Article("note", "A note", "Two swans nest by the lock.", published=datetime(2020, 1, 2, 3))
PRICE = quoted(PIER, Span(26, len(PIER.text)))
SWANS = quoted(NOTE, Span(0, len(NOTE.text)))
PRICED = replace(PRICE, also_in=(COPY,), answer=Span(15, 26))  # four crowns
ANSWER = Answer("Q?", AnswerStatus.ANSWER, 0.9, (PRICED, SWANS))
HASH = re.compile(r"SHA-256 [0-9a-f]{64}")
Fields = dict[str, Any]


def exported(answer: Answer = ANSWER) -> Fields:
    """What `ask --export` writes, as it comes back from a file."""
    fields: Fields = json.loads(json.dumps(export_fields(answer)))
    return fields


def results(fields: object, texts: Texts | None = None) -> list[Checked]:
    """What becomes of the quotes of a file."""

    data = json.dumps(fields).encode()
    return [one for exhibit in read(data, "a.json") for one in checked(exhibit, texts)]


def altered(change: Callable[[Fields], object]) -> list[Verdict]:
    """The verdicts on the quotes of a file that has been changed."""
    fields = exported()
    change(fields)
    return [one.verdict for one in results(fields)]


def first_quote(fields: Fields) -> Fields:
    quote: Fields = fields["answer"]["quotes"][0]
    return quote


# -- what passes


def test_every_quote_of_an_exported_answer_is_checked_with_nothing_but_the_file():
    price = replace(PRICE, text="four crowns", start=41, end=52)
    agreement = Agreement((SWANS,), (quoted(COPY, Span(0, 24)),), (Difference(price, SWANS),))
    answer = replace(ANSWER, closest=(SWANS,), timeline=(SWANS, PRICE), agreement=agreement)
    found = results(exported(answer))
    assert {one.verdict for one in found} == {Verdict.STANDS}
    assert [one.place for one in found] == [
        "quote 1",
        "quote 2",
        "closest 1",
        "agreement.independent 1",
        "agreement.copied 1",
        "agreement.differences.1 1",
        "agreement.differences.1 2",
        "timeline 1",
        "timeline 2",
    ]


def test_an_export_has_no_path_of_the_machine_and_an_earlier_version_had_fewer_fields():
    note = quoted(replace(NOTE, origin="/home/a"), Span(0, 3))
    assert "/home" not in json.dumps(exported(replace(ANSWER, quotes=(note,))))

    def earlier(fields: Fields) -> None:
        del fields["answer"]["status"]
        for quote in fields["answer"]["quotes"]:
            del quote["answer"]

    assert altered(earlier) == [Verdict.STANDS, Verdict.STANDS]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.data())
def test_any_text_passes_between_any_two_of_its_characters(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    article = replace(NOTE, text=text)
    fields = exported(
        replace(ANSWER, quotes=(Quote(text[start:end], article, 1, start, end, 0.5),))
    )
    del first_quote(fields)["paragraph"]
    assert [one.verdict for one in results(fields)] == [Verdict.STANDS]


def test_a_file_may_have_an_answer_a_line_or_all_in_a_list():
    one, other = exported(), exported(replace(ANSWER, quotes=(SWANS,)))
    lines = f"\ufeff{json.dumps(one, indent=1)}\n\n{json.dumps(other)}\n".encode()
    for data in (lines, json.dumps([one, other]).encode()):
        assert [exhibit.number for exhibit in read(data, "a.json")] == [1, 2]


# -- what does not


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("text", "A ticket costs five crowns.", Verdict.ALTERED),
        ("text", PRICE.text.replace("‘", "'"), Verdict.ALTERED),
        ("text", 7, Verdict.NO_QUOTE),
        ("sha256", "0" * 64, Verdict.HASH_DIFFERS),
        ("start", 27, Verdict.ALTERED),
        ("start", "26", Verdict.OUT_OF_RANGE),
        ("start", True, Verdict.OUT_OF_RANGE),
        ("end", 10**30, Verdict.OUT_OF_RANGE),
        ("article", None, Verdict.NO_QUOTE),
        ("paragraph", 1, Verdict.SOURCE_DIFFERS),
        ("page", None, Verdict.SOURCE_DIFFERS),
        ("link", "https://liar.example/pier#:~:text=A%20ticket", Verdict.SOURCE_DIFFERS),
        ("link", "https://post.example/pier#", Verdict.STANDS),
        ("answer", None, Verdict.STANDS),
        ("answer", {"text": "five crowns", "start": 15, "end": 26}, Verdict.ALTERED),
        ("answer", {"text": "four crowns", "start": 15, "end": 900}, Verdict.OUT_OF_RANGE),
        ("answer", "four crowns", Verdict.NO_QUOTE),
        ("also_in", [7], Verdict.NO_QUOTE),
    ],
)
def test_a_changed_quote_gets_the_verdict_of_what_is_wrong_with_it(name, value, verdict):
    change = lambda fields: first_quote(fields).update({name: value})  # noqa: E731
    assert altered(change) == [verdict, Verdict.STANDS]


@pytest.mark.parametrize(
    ("directive", "verdict"),
    [
        ("A%20ticket,dog%E2%80%99%20%F0%9F%A6%A2.", Verdict.STANDS),
        ("leaves%20at%20six.-,A%20ticket", Verdict.SOURCE_DIFFERS),  # which marks a part
        ("leaves%20at%20six.-,A%20ticket,%F0%9F%A6%A2.", Verdict.STANDS),
        ("leaves%20at%20five.-,A%20ticket,%F0%9F%A6%A2.", Verdict.SOURCE_DIFFERS),
        ("A%20ticket,four,%F0%9F%A6%A2.", Verdict.SOURCE_DIFFERS),
    ],
)
def test_a_link_may_name_the_ends_of_a_quote_and_the_words_before_it(directive, verdict):
    link = f"https://post.example/pier#:~:text={directive}"
    assert altered(lambda fields: first_quote(fields).update(link=link))[0] == verdict


@pytest.mark.parametrize("where", ["quote", "also_in"])
@pytest.mark.parametrize("name", ["title", "source", "author", "published", "url"])
@pytest.mark.parametrize("value", ["invented", None])
def test_a_wrong_source_is_noticed_like_a_wrong_word(where, name, value):
    def change(fields: Fields) -> None:
        quote = first_quote(fields)
        article = quote["article"] if where == "quote" else quote["also_in"][0]
        article[name] = value if article[name] != value else "invented"

    assert altered(change) == [Verdict.SOURCE_DIFFERS, Verdict.STANDS]


def test_articles_in_the_file_that_are_missing_changed_or_there_twice_prove_nothing():
    def change(fields: Fields) -> None:
        fields["articles"][0]["text"] = PIER.text.replace("four", "five")
        first_quote(fields)["text"] = PRICE.text.replace("four", "five")

    assert altered(change) == [Verdict.HASH_DIFFERS, Verdict.STANDS]
    assert altered(lambda fields: fields["articles"].pop(0)) == [Verdict.NOT_HERE, Verdict.STANDS]
    again = replace(PIER, source="The Times")
    with pytest.raises(QuotewiseError, match="line 1 has the article pier twice"):
        altered(lambda one: one["articles"].append(one["articles"][0] | {"source": again.source}))


def test_a_reason_says_what_is_wrong_and_what_is_right():
    fields = exported(
        replace(ANSWER, closest=(PRICED,), timeline=(replace(PRICE, also_in=(NOTE,)),))
    )
    first_quote(fields)["text"] = PRICE.text.replace("four", "five")
    fields["answer"]["quotes"][1]["article"]["source"] = "The Times"
    fields["answer"]["closest"][0]["answer"]["text"] = "five crowns"
    assert [one.reason for one in results(fields)] == [
        "It says “A ticket costs five crowns, or 5 € ‘with a dog’ 🦢.” where the article has "
        "“A ticket costs four crowns, or 5 € ‘with a dog’ 🦢.”.",
        "The publisher is said to be “The Times”, and the article has none.",
        "It says that “five crowns” answers where the quote has “four crowns”.",
        "It is said to stand in “A note” as well, and does not.",
    ]


def test_what_hides_among_other_fields_or_is_no_quote_does_not_pass():
    def change(fields: Fields) -> None:
        fields["answer"]["notes"] = {"deep": [[{"more": first_quote(fields) | {"text": "A lie."}}]]}
        fields["answer"]["quotes"] += [7, {}, {"text": "A lie."}]

    assert altered(change) == [
        Verdict.STANDS,
        Verdict.STANDS,
        *[Verdict.NO_QUOTE] * 3,
        Verdict.ALTERED,
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            b"A ticket",
            "a.json line 1 is no JSON that an answer has (Expecting value: line 1 column 1",
        ),
        (b"\xff\xfe", "a.json is not text in UTF-8"),
        (
            b"[" * 200_000,
            "a.json line 1 is no JSON that an answer has (maximum recursion depth exceeded",
        ),
        (
            b'{"quotes": [NaN]}',
            "a.json line 1 is no JSON that an answer has (NaN is no number in JSON)",
        ),
        (
            b'{"a": 1, "a": 2}',
            "a.json line 1 is no JSON that an answer has (an object has the same field twice)",
        ),
        (b'[{"quotes": []}, 7]', "a.json line 1 item 2 is no answer"),
        (b'{"answer": {}}', "a.json line 1 needs an `answer` and its `articles`"),
        (b'{"answer": {}, "articles": [7]}', "a.json line 1 has an article that is none"),
        (
            b'{"answer": {}, "articles": [{"id": "a", "title": "b", "text": "c", "sha256": "d",'
            b' "published": "soon"}]}',
            "a.json line 1 has an article that is none",
        ),
        (b" " * (LARGEST + 1), "a.json has more than 100,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_answer_is_refused_in_a_sentence(data, sentence):
    refused = refusal(read, data, "a.json")
    assert refused.startswith(sentence)
    assert refused.endswith(WHAT_TO_GIVE)


def test_a_question_that_could_not_be_asked_is_left_out():
    assert read(b'{"question": "", "error": "The question is empty."}', "a.json") == []


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inside: (
            st.lists(inside, max_size=3)
            | st.dictionaries(
                st.sampled_from(["quotes", "text", "article", "start", "end", "sha256", "answer"]),
                inside,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_json_it_is_it_is_refused_or_does_not_stand(value):
    nothing: Any = SimpleNamespace(article_with=lambda *_: None, knows=lambda _: False)
    try:
        found = results(value, Texts(nothing))
    except QuotewiseError:
        return
    assert not [one for one in found if one.verdict is Verdict.STANDS]


# -- the command


def proof(file: Path, *arguments: str, home: Path | None = None) -> tuple[int, str]:
    """The status of `quotewise proof` and what it prints."""
    where = ["--home", str(home)] if home else []
    done = CliRunner().invoke(
        quotewise, ["proof", *where, *arguments, str(file)], obj={}, standalone_mode=False
    )
    if isinstance(done.exception, QuotewiseError):
        return 1, str(done.exception)
    return int(done.return_value), done.output


def test_each_quote_is_listed_with_its_verdict(tmp_path):
    file, fields = tmp_path / "answer.json", exported()
    fields["answer"]["quotes"][1]["text"] = "Two owls."
    file.write_text(json.dumps(fields))
    status, shown = proof(file)
    assert status == 1
    assert HASH.sub("SHA-256 …", shown) == (
        "stands  quote 1: “A ticket costs four crowns, or 5 € ‘with a dog’ 🦢.”\n"
        "   Pier opens, The Kelm Post, Ada Fenn, 8 October 2018, SHA-256 …\n"
        "altered  quote 2: “Two owls.”\n"
        "   It says “Two owls.” where the article has “Two swans nest by the lock.”.\n"
        "1 of 2 quotes does not stand.\n"
    )
    status, shown = proof(file, "--json")
    assert json.loads(shown.splitlines()[0]) == {
        "answer": 1,
        "place": "quote 1",
        "verdict": "stands",
        "reason": None,
        "text": PRICE.text,
        "article": "pier",
        "sha256": PIER.sha256,
    }
    file.write_text('{"quotes": [], "closest": []}')
    assert proof(file) == (1, f"There is no quote in {file}: {WHAT_TO_GIVE}")


def test_what_could_steer_the_terminal_is_replaced(tmp_path):
    file, fields = tmp_path / "answer.json", exported()
    first_quote(fields)["text"] = "\x1b[2J\ud800"
    first_quote(fields)["article"]["id"] = "pier\x1b"
    fields["answer"]["\x1b"] = [first_quote(fields)]
    file.write_text(json.dumps(fields))
    status, shown = proof(file)
    assert (status, "\x1b" in shown) == (1, False)


def test_an_exported_answer_is_checked_at_once_on_a_machine_without_anything(tmp_path):
    file, home = tmp_path / "answer.json", tmp_path / "empty"
    file.write_text(json.dumps(exported()))
    home.mkdir()
    command = ["-X", "importtime", "-c", "from bot.cli import main; main()", "proof", str(file)]
    environment = {"PATH": os.defpath, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        env=environment | {"LANG": "C.UTF-8"},
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 10
    assert "onnxruntime" not in done.stderr
    assert list(home.iterdir()) == [], "not even a folder is made"


# -- against what is stored


@pytest.fixture
def answered(library, tmp_path) -> Path:
    """What `ask --json` prints of a library with two articles."""
    add(library, tmp_path, HARBOUR, BAKERY)
    questions = ["What did the repair of the cable cost?", "Who won the prize for rye bread?"]
    given = [library.answer(one, risk=0.9) for one in questions]
    file = tmp_path / "answer.json"
    file.write_text("\n".join(json.dumps(answer_fields(one)) for one in given))
    return file


def test_what_ask_prints_is_checked_against_the_library_and_versions(answered, library, tmp_path):
    status, shown = proof(answered, home=tmp_path / "home")
    assert status == 0
    assert shown.endswith(" quotes stand, word for word, in the articles kept here.\n")
    add(library, tmp_path, HARBOUR | {"text": "The lighthouse at Skerry Point shines again."})
    assert proof(answered, home=tmp_path / "home")[0] == 0
    library.remove("harbour-light")
    status, shown = proof(answered, home=tmp_path / "home")
    assert status == 1
    assert "\n   There is no article with the id harbour-light in the library main.\n" in shown


def test_an_article_renamed_secretly_changed_or_elsewhere_is_noticed(answered, library, tmp_path):
    home = tmp_path / "home"
    status, shown = proof(answered, "--library", "other", home=home)
    assert (status, "article not here  answer 1, quote 1" in shown) == (1, True)
    add(library, tmp_path, HARBOUR | {"title": "Rat puts out the light"})
    status, shown = proof(answered, home=home)
    title = "The title is said to be “Harbour light goes out”, and the article has “Rat puts out"
    assert (status, title in shown) == (1, True)
    library.close()
    rows(home, "UPDATE articles SET text = replace(text, '412', '421')")
    status, shown = proof(answered, home=home)
    assert (status, "hash differs  answer 1, quote 1" in shown) == (1, True)


def test_ask_exports_what_proof_takes(answered, library, tmp_path):
    file = tmp_path / "exported.json"
    asked = ["ask", "--home", str(tmp_path / "home"), "--export", str(file)]
    (tmp_path / "home" / "models").symlink_to(library._models.copies)
    done = CliRunner().invoke(quotewise, [*asked, "Who won the prize for rye bread?"], obj={})
    assert done.exit_code == 0, done.output
    status, shown = proof(file, home=tmp_path / "nowhere")
    assert status == 0
    assert shown.endswith("in the articles that the file brings along.\n")
    assert not (tmp_path / "nowhere").exists()


def test_every_quote_of_many_answers_passes(copies, tmp_path):
    """`python tests/answers10000.py` does the same with 10,000 answers."""
    tally = proven(tmp_path, copies, answers=80, number=60)
    assert tally.answers == 80
    assert tally.fallen == []
    assert tally.verdicts[Verdict.STANDS] > 350
