"""Articles go in, quotes come out, and what was changed or removed is gone."""

import hashlib
import math
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from shelf import BAKERY, GLACIER, HARBOUR, Readings, add, found, jsonl

from bot.rendering import passage_link
from retrieval.errors import QuotewiseError
from retrieval.ingest.pipeline import BATCH_SECONDS
from retrieval.library import Library
from retrieval.records import AnswerStatus, Status

RAT = "What did the rat bite through?"
BREAD = "Which bread won the regional prize?"
RAT_SENTENCE = "Keeper Olaf Brenn said a rat had bitten through the main cable."
BREAD_SENTENCE = "The bakery of Ines Moller won the regional prize for its rye bread on Friday."
UPDATED_LIGHT = "A storm, and no rat, had broken the cable, keeper Olaf Brenn said on Thursday."


def ids(library: Library, name: str = "main") -> list[str]:
    return [kept.article.id for kept in library.articles(library=name)]


# -- articles in


def test_each_source_has_an_outcome_in_order(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR, BAKERY)
    changed = HARBOUR | {"text": UPDATED_LIGHT}
    sources = [
        jsonl(tmp_path, BAKERY, changed, name="again.jsonl"),
        str(tmp_path / "missing.txt"),
        jsonl(tmp_path, GLACIER, {"id": "no-text"}, name="more.jsonl"),
    ]
    outcomes = list(library.add(sources))
    assert [(one.status, one.article and one.article.id) for one in outcomes] == [
        (Status.UNCHANGED, "bakery-prize"),
        (Status.UPDATED, "harbour-light"),
        (Status.FAILED, None),
        (Status.ADDED, "glacier-lake"),
        (Status.FAILED, None),
    ]
    assert outcomes[2].source == str(tmp_path / "missing.txt")
    assert outcomes[4].reason == "`text` is missing; every article needs its text."
    assert ids(library) == ["bakery-prize", "harbour-light", "glacier-lake"]
    assert library.verify() == []


def test_the_same_text_from_another_file_is_unchanged(library: Library, tmp_path: Path):
    assert add(library, tmp_path, HARBOUR, HARBOUR) == [Status.ADDED, Status.UNCHANGED]
    elsewhere = jsonl(tmp_path, HARBOUR, name="elsewhere.jsonl")
    assert [one.status for one in library.add(elsewhere)] == [Status.UNCHANGED]


def test_a_url_from_an_earlier_version_that_is_no_web_address_is_no_link(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, HARBOUR | {"url": "https://post.example/light"})
    with closing(sqlite3.connect(tmp_path / "home" / "catalog.sqlite")) as db, db:
        db.execute("UPDATE articles SET url = 'javascript:void(0)'")
    assert library.article("harbour-light").article.url is None
    (quote, *_) = library.answer(RAT).shown
    assert quote.article.url is None
    assert passage_link(quote) is None


def test_one_file_can_update_its_own_article(library: Library, tmp_path: Path):
    changed = HARBOUR | {"text": UPDATED_LIGHT}
    assert add(library, tmp_path, HARBOUR, changed) == [Status.ADDED, Status.UPDATED]
    assert library.article("harbour-light").article.text == UPDATED_LIGHT


@pytest.mark.parametrize("id", ["harbour-light", "harbour-light-2"])
def test_an_update_by_id_or_by_link_leaves_nothing_of_the_old_text(
    library: Library, tmp_path: Path, id: str
):
    add(library, tmp_path, HARBOUR, BAKERY)
    assert found(library, RAT)[0] == RAT_SENTENCE
    assert add(library, tmp_path, HARBOUR | {"id": id, "text": UPDATED_LIGHT}) == [Status.UPDATED]
    assert ids(library) == ["bakery-prize", id]
    sentences = found(library, RAT)
    assert sentences[0] == UPDATED_LIGHT
    assert RAT_SENTENCE not in sentences
    assert "The repair cost 412 crowns." not in found(library, "What did the repair cost?")
    assert library.verify() == []


def test_an_article_with_the_id_of_one_and_the_link_of_another_replaces_both(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, HARBOUR, BAKERY, GLACIER)
    both = {"id": HARBOUR["id"], "url": BAKERY["url"], "text": UPDATED_LIGHT}
    assert add(library, tmp_path, both) == [Status.UPDATED]
    assert ids(library) == ["glacier-lake", "harbour-light"]
    assert BREAD_SENTENCE not in found(library, BREAD)


def test_a_removed_article_is_returned_and_never_quoted_again(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR, BAKERY)
    assert found(library, RAT)[0] == RAT_SENTENCE
    assert library.remove("harbour-light").article.text == HARBOUR["text"]
    assert ids(library) == ["bakery-prize"]
    assert all(sentence in BAKERY["text"] for sentence in found(library, RAT))
    with pytest.raises(QuotewiseError, match="no article with the id 'harbour-light'"):
        library.remove("harbour-light")
    assert library.verify() == []


def test_an_article_that_was_removed_can_be_added_again(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR)
    library.remove("harbour-light")
    assert found(library, RAT) == []
    assert add(library, tmp_path, HARBOUR) == [Status.ADDED]
    assert found(library, RAT)[0] == RAT_SENTENCE


def test_all_articles_of_a_library_are_removed_at_once(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR, GLACIER, to="sea")
    add(library, tmp_path, HARBOUR, to="land")
    assert found(library, RAT, ("sea",))[0] == RAT_SENTENCE
    sea = library._catalog.libraries()["sea"]
    before = library._catalog.generation(sea).number
    assert library.remove_all(library="sea") == 2
    assert library._catalog.generation(sea).number == before + 1
    assert ids(library, "sea") == []
    assert found(library, RAT, ("sea",)) == []
    assert found(library, RAT, ("land",))[0] == RAT_SENTENCE
    assert library.verify() == []
    assert [library.remove_all(library=name) for name in ("sea", "nowhere")] == [0, 0]
    assert add(library, tmp_path, HARBOUR, to="sea") == [Status.ADDED]


def test_only_the_passages_of_a_new_article_are_read_by_the_model(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR, GLACIER)
    readings = Readings(library)
    assert add(library, tmp_path, HARBOUR, GLACIER, BAKERY)[-1] == Status.ADDED
    assert readings.texts == 2  # its two paragraphs


def test_a_new_article_leaves_the_files_of_the_indexes_as_they_are(
    library: Library, tmp_path: Path
):
    """The vectors are not written again for it, and its words go to a segment of their own."""
    many = [{"id": f"note-{n}", "text": f"Note {n} tells of boat {n}."} for n in range(60)]
    add(library, tmp_path, *many)
    folder = tmp_path / "home" / "indexes" / "model-1" / "1"
    [vectors] = folder.glob("vectors-*.faiss")
    segments = [one for one in (folder / "words").iterdir() if len(one.stem) == 32]
    before = {one: one.stat().st_mtime_ns for one in [vectors, *segments]}
    assert add(library, tmp_path, HARBOUR) == [Status.ADDED]
    assert found(library, RAT)[0] == RAT_SENTENCE
    assert {one: one.stat().st_mtime_ns for one in before} == before
    assert len(list((folder / "words").glob("*.store"))) == 2


def test_what_was_drawn_is_kept_though_the_rest_is_never_drawn(library: Library, tmp_path: Path):
    sources = [
        jsonl(tmp_path, HARBOUR, name="a.jsonl"),
        jsonl(tmp_path, *({"text": f"Boat {n} came in at {n}."} for n in range(300)), name="b"),
    ]
    drawing = library.add(sources)
    assert next(drawing).status == Status.ADDED
    drawing.close()
    assert "harbour-light" in ids(library)
    assert library.verify() == []


def test_a_batch_ends_when_reading_has_taken_two_seconds(library: Library, tmp_path: Path):
    paths = [jsonl(tmp_path, {"text": f"Boat {n} came in."}, name=f"{n}.jsonl") for n in range(3)]
    drawn: list[Status] = []
    drawn_before_the_last = []

    def sources() -> Iterator[str]:
        yield paths[0]
        time.sleep(BATCH_SECONDS)
        yield paths[1]
        drawn_before_the_last.extend(drawn)
        yield paths[2]

    for outcome in library.add(sources()):
        drawn.append(outcome.status)
    assert (drawn_before_the_last, drawn) == ([Status.ADDED] * 2, [Status.ADDED] * 3)


def test_each_article_is_counted_when_it_is_read(library: Library, tmp_path: Path):
    source = jsonl(tmp_path, HARBOUR, {"id": "no-text"}, BAKERY)
    events: list[str] = []
    for outcome in library.add(source, read=lambda: events.append("read")):
        events.append(outcome.status)
    assert events == ["read"] * 3 + ["added", "failed", "added"]


# -- ids


def test_an_article_is_found_by_the_only_beginning_of_its_id(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR, BAKERY, BAKERY | {"id": "bakery", "url": "https://b.example"})
    assert library.article("harb").article.id == "harbour-light"
    assert library.article("bakery").article.id == "bakery"
    with pytest.raises(QuotewiseError) as raised:
        library.article("bak")
    assert str(raised.value) == (
        "Several articles have an id that begins with bak: bakery, bakery-prize. "
        "Give one of them whole."
    )
    for unknown in ["", "zebra", "%", "h_rbour", "HARBOUR"]:
        with pytest.raises(QuotewiseError) as raised:
            library.article(unknown)
        assert str(raised.value) == (
            f"There is no article with the id {unknown!r}: `quotewise articles` lists them."
        )


# -- libraries


def test_a_library_is_never_asked_for_another(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR, to="sea")
    add(library, tmp_path, BAKERY, to="bread")
    assert all(one in HARBOUR["text"] for one in found(library, BREAD, ("sea",)))
    assert all(one in BAKERY["text"] for one in found(library, RAT, ("bread",)))
    assert found(library, RAT) == []
    with pytest.raises(QuotewiseError, match="no article"):
        library.article("harbour-light", library="bread")


def test_several_libraries_are_asked_together(library: Library, tmp_path: Path):
    add(library, tmp_path, HARBOUR, to="sea")
    add(library, tmp_path, BAKERY, to="bread")
    scope = ("sea", "bread", "never-used")
    assert found(library, RAT, scope)[0] == RAT_SENTENCE
    assert found(library, BREAD, scope)[0] == BREAD_SENTENCE
    assert found(library, RAT, ("sea", "sea")) == found(library, RAT, ("sea",))


def test_removing_from_one_library_leaves_the_same_article_in_another(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, HARBOUR, to="sea")
    add(library, tmp_path, HARBOUR, to="land")
    library.remove("harbour-light", library="sea")
    assert found(library, RAT, ("sea",)) == []
    assert found(library, RAT, ("land",))[0] == RAT_SENTENCE
    assert library.verify() == []


# -- questions


@pytest.mark.parametrize("question", ["", " \n\t\u00a0 ", "?!…", "🚢", "\x00"])
def test_a_question_without_words_is_refused(samples: Library, question: str):
    with pytest.raises(QuotewiseError) as raised:
        samples.answer(question)
    assert str(raised.value) == "The question has no words: type what you would like to know."


def test_a_question_of_10_000_characters_is_refused_and_the_next_one_is_answered(samples: Library):
    with pytest.raises(QuotewiseError) as raised:
        samples.answer("a" * 10_000)
    assert str(raised.value) == (
        "The question has 10,000 characters and at most 2,000 are read: "
        "ask it in a sentence or two."
    )
    assert samples.answer("ferry " * 333).question == ("ferry " * 333).strip()
    assert "Capt. Alun Pritchett" in found(samples, "Who is the harbour master?")[0]


@pytest.mark.parametrize("limit", [0, -1])
def test_fewer_quotes_than_one_cannot_be_asked_for(samples: Library, limit: int):
    with pytest.raises(QuotewiseError) as raised:
        samples.answer(RAT, limit=limit)
    assert str(raised.value) == f"limit should be 1 or more quotes, and {limit} is not."


@pytest.mark.parametrize("risk", [0.0, 1.0, -0.05, 5.0, math.nan])
def test_a_risk_that_is_no_share_is_refused(samples: Library, risk: float):
    with pytest.raises(
        QuotewiseError, match=r"\AThe risk should be the share of questions .*, and"
    ):
        samples.answer(RAT, risk=risk)


def test_a_poll_within_less_than_no_time_is_refused(library: Library):
    with pytest.raises(QuotewiseError, match=r"\Awithin should be no time or more, and .* is less"):
        list(library.poll(datetime.now(UTC), within=timedelta(seconds=-60)))


@pytest.mark.parametrize(
    "host",
    ["wiki:0", "wiki:70000", "wiki:http", "http://wiki", "wiki/a", "a b", "[::1]:70000", ":80"],
)
def test_what_is_no_host_cannot_be_allowed(tmp_path: Path, host: str):
    with pytest.raises(QuotewiseError) as raised:
        Library.open(tmp_path, allow_hosts=["intranet.example:8443", host])
    assert str(raised.value) == (
        "The allowed hosts (allow_hosts) should be names such as wiki.example or "
        f"wiki.example:8080, with a port from 1 to 65535, and {host!r} is none."
    )


@pytest.mark.parametrize("question", ["ferry AND OR NOT (", 'id:1 * "', "渡船は?"])
def test_a_question_is_words_and_no_query_of_the_index(samples: Library, question: str):
    assert len(samples.answer(question).shown) == 3


def test_an_empty_library_answers_without_quotes(library: Library):
    answer = library.answer(RAT)
    assert (answer.answered, answer.confidence) == (False, 0)
    assert (answer.quotes, answer.closest) == ((), ())
    assert library.verify() == []
    assert list(library.articles()) == []


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_an_answer_has_no_more_quotes_than_asked_for(samples: Library, limit: int):
    answer = samples.answer("Who was hurt on the ferry?", limit=limit)
    assert len(answer.quotes + answer.closest) == limit


QUESTIONS = [
    "How many people were injured?",
    "What did the harbour master say about the wind?",
    "When did the council vote?",
    "Why was the meeting put off?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_stands_in_its_article_and_repeats_no_other(samples: Library, question: str):
    answer = samples.answer(question, limit=8)
    quotes = answer.shown
    assert len(quotes) == (3 if answer.status is AnswerStatus.NONE else 8)
    for quote in quotes:
        kept = samples.article(quote.article.id)
        assert quote.article == kept.article
        assert quote.text == kept.article.text[quote.start : quote.end]
        start, end = kept.paragraphs[quote.paragraph - 1]
        assert start <= quote.start < quote.end <= end
        assert kept.article.sha256 == hashlib.sha256(kept.article.text.encode()).hexdigest()
    assert len({quote.text for quote in quotes}) == len(quotes)
    for one in quotes:
        for other in quotes:
            if one is not other and one.article.id == other.article.id:
                assert one.end <= other.start or other.end <= one.start


def test_the_same_sentence_in_two_articles_is_quoted_once(library: Library, tmp_path: Path):
    copy = HARBOUR | {"id": "reprint", "url": "https://other.example/light"}
    add(library, tmp_path, HARBOUR, copy, BAKERY)
    assert found(library, RAT).count(RAT_SENTENCE) == 1


def test_a_quote_keeps_every_character_of_its_article(library: Library, tmp_path: Path):
    sentence = "“The  lamp\tis  out,”\u2028said Ole 🚢 and 東京."
    text = f"Zoe\u0308 saw it.\r\n\r\n{sentence}\r\n\r\nThen she left. "
    add(library, tmp_path, {"id": "odd", "text": text})
    assert library.article("odd").article.text == text
    answer = library.answer("Which lamp is out?")
    quote = (answer.quotes + answer.closest)[0]
    assert quote.text == sentence
    assert text[quote.start : quote.end] == quote.text


def test_questions_are_answered_in_several_threads_while_an_article_is_added(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, HARBOUR, BAKERY)
    replies: list[str] = []
    threads = [
        threading.Thread(target=lambda: replies.extend(found(library, RAT)[0] for _ in range(10)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert add(library, tmp_path, GLACIER) == [Status.ADDED]
    for thread in threads:
        thread.join()
    assert replies == [RAT_SENTENCE] * 40
    assert library.verify() == []


# -- long texts


def test_a_long_paragraph_is_found_at_its_end_as_at_its_beginning(library: Library, tmp_path: Path):
    sentences = [f"On day {n} the crew of boat {n} counted {n + 7} seals." for n in range(1, 301)]
    sentences[298] = "Then a walrus called Brumfitt slept on the slipway for a week."
    add(library, tmp_path, {"id": "seals", "title": "Seals", "text": " ".join(sentences)})
    kept = library.article("seals")
    assert len(kept.paragraphs) == 1
    readings = Readings(library)
    assert found(library, "What was the walrus called?")[0] == sentences[298]
    assert readings.texts == 1  # the question
    passages = list(library._catalog.passages_of(1))
    assert len(passages) > 10
    spans = [(s.start, s.end) for one in passages for s in one.passage.sentences]
    assert [kept.article.text[start:end] for start, end in spans] == sentences
    assert library.verify() == []


def test_a_text_of_5_000_words_without_a_full_stop_is_kept_and_found(
    library: Library, tmp_path: Path
):
    text = "seals " * 2_500 + "walrus " + "boats " * 2_498 + "brumfitt"
    assert add(library, tmp_path, {"id": "endless", "text": text}, HARBOUR) == [Status.ADDED] * 2
    assert library.article("endless").article.text == text
    assert found(library, RAT)[0] == RAT_SENTENCE
    quoted = found(library, "walrus brumfitt seals")[0]
    assert quoted in text
    assert len(quoted.split()) <= 220  # no more than the model reads at once
    assert library.verify() == []
