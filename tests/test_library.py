"""Articles go in, quotes come out, and what was changed or removed is gone."""

import hashlib
import threading
from datetime import datetime

import pytest
from article_library import BAKERY, GLACIER, HARBOUR, Readings, add, found, jsonl, refusal, rows
from postgresql_server import in_files, on_both_engines

from bot.rendering.text import passage_link
from retrieval import AnswerStatus, Library, ListedArticle, Status

pytestmark = on_both_engines

RAT = "What did the rat bite through?"
BREAD = "Which bread won the regional prize?"
RAT_SENTENCE = "Keeper Olaf Brenn said a rat had bitten through the main cable."
BREAD_SENTENCE = "The bakery of Ines Moller won the regional prize for its rye bread on Friday."
UPDATED_LIGHT = "A storm, and no rat, had broken the cable, keeper Olaf Brenn said on Thursday."


def test_each_source_has_an_outcome_in_order(library, tmp_path):
    add(library, tmp_path, HARBOUR, BAKERY)
    missing = str(tmp_path / "missing.txt")
    changed = HARBOUR | {"text": UPDATED_LIGHT}
    sources = [
        jsonl(tmp_path, BAKERY, changed, name="again.jsonl"),
        missing,
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
    assert outcomes[2].source == missing
    assert outcomes[4].reason == "`text` is missing; every article needs its text."
    assert library.ids() == ["bakery-prize", "harbour-light", "glacier-lake"]
    assert library.verify() == []


def test_a_listing_has_the_metadata_of_each_article_in_the_order_of_their_ids(library, tmp_path):
    by = {"author": "Ada Fenn", "published": "2018-10-08T17:30:00"}
    add(library, tmp_path, HARBOUR | by, BAKERY, {"id": "note", "title": "A note", "text": "Moin."})
    assert library.listing() == [
        ListedArticle(a.id, a.title, a.url, a.source, a.author, a.published)
        for a in (stored.article for stored in library.articles())
    ]
    assert [article.id for article in library.listing()] == library.ids()
    assert library.listing()[0].published == datetime(2018, 10, 8, 17, 30)
    assert library.listing(library="another") == []


@pytest.mark.parametrize("id", ["harbour-light", "harbour-light-2"])
def test_an_update_by_id_or_by_link_leaves_nothing_of_the_old_text(library, tmp_path, id):
    add(library, tmp_path, HARBOUR, BAKERY)
    assert found(library, RAT)[0] == RAT_SENTENCE
    assert add(library, tmp_path, HARBOUR | {"id": id, "text": UPDATED_LIGHT}) == [Status.UPDATED]
    assert library.ids() == ["bakery-prize", id]
    sentences = found(library, RAT)
    assert sentences[0] == UPDATED_LIGHT
    assert RAT_SENTENCE not in sentences
    assert "The repair cost 412 crowns." not in found(library, "What did the repair cost?")
    assert library.verify() == []


def test_a_removed_article_is_returned_never_quoted_again_and_may_come_back(library, tmp_path):
    add(library, tmp_path, HARBOUR, BAKERY)
    assert found(library, RAT)[0] == RAT_SENTENCE
    assert library.remove("harbour-light").article.text == HARBOUR["text"]
    assert library.ids() == ["bakery-prize"]
    assert all(sentence in BAKERY["text"] for sentence in found(library, RAT))
    assert "no article with the id" in refusal(library.remove, "harbour-light")
    assert library.verify() == []
    assert add(library, tmp_path, HARBOUR) == [Status.ADDED]
    assert found(library, RAT)[0] == RAT_SENTENCE


def test_all_articles_of_a_library_are_removed_at_once_and_no_others(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER, to="sea")
    add(library, tmp_path, HARBOUR, to="land")
    assert found(library, RAT, ("sea",))[0] == RAT_SENTENCE
    assert library.remove_all(library="sea") == 2
    assert library.ids(library="sea") == found(library, RAT, ("sea",)) == []
    assert found(library, RAT, ("land",))[0] == RAT_SENTENCE
    assert library.verify() == []
    assert [library.remove_all(library=name) for name in ("sea", "nowhere")] == [0, 0]


def test_only_the_passages_of_a_new_article_are_embedded(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER)
    readings = Readings(library)
    assert add(library, tmp_path, HARBOUR, GLACIER, BAKERY)[-1] == Status.ADDED
    assert readings.texts == 2  # its two paragraphs


def test_outcomes_that_were_drawn_are_stored_though_the_rest_is_never_drawn(library, tmp_path):
    boats = ({"text": f"Boat {n} came in at {n}."} for n in range(300))
    drawing = library.add([jsonl(tmp_path, HARBOUR), jsonl(tmp_path, *boats, name="b")])
    assert next(drawing).status == Status.ADDED
    drawing.close()
    assert "harbour-light" in library.ids()
    assert library.verify() == []


@in_files
def test_a_url_from_an_earlier_version_that_is_no_web_address_is_no_link(library, tmp_path):
    add(library, tmp_path, HARBOUR)
    rows(tmp_path / "home", "UPDATE articles SET url = 'javascript:void(0)'")
    assert library.article("harbour-light").article.url is None
    (quote, *_) = library.answer(RAT).shown
    assert (quote.article.url, passage_link(quote)) == (None, None)


def test_an_article_is_found_by_the_only_beginning_of_its_id(library, tmp_path):
    add(library, tmp_path, HARBOUR, BAKERY, BAKERY | {"id": "bakery", "url": "https://b.example"})
    assert library.article("harb").article.id == "harbour-light"
    assert library.article("bakery").article.id == "bakery"
    assert refusal(library.article, "bak") == (
        "Several articles have an id that begins with bak: bakery, bakery-prize. "
        "Give one of them whole."
    )
    for unknown in ["", "zebra", "%", "h_rbour", "HARBOUR"]:
        assert refusal(library.article, unknown) == (
            f"There is no article with the id {unknown!r}: look it up in the list of articles."
        )


def test_libraries_are_searched_alone_or_together_and_never_see_each_other(library, tmp_path):
    add(library, tmp_path, HARBOUR, to="sea")
    add(library, tmp_path, BAKERY, to="bread")
    assert all(one in HARBOUR["text"] for one in found(library, BREAD, ("sea",)))
    assert all(one in BAKERY["text"] for one in found(library, RAT, ("bread",)))
    assert found(library, RAT) == []
    assert "no article" in refusal(library.article, "harbour-light", library="bread")
    scope = ("sea", "bread", "never-used")
    assert found(library, RAT, scope)[0] == RAT_SENTENCE
    assert found(library, BREAD, scope)[0] == BREAD_SENTENCE
    assert found(library, RAT, ("sea", "sea")) == found(library, RAT, ("sea",))


def test_what_is_no_question_is_refused_and_the_next_one_is_answered(samples):
    for question in (" \n\t\u00a0 ", "?!…"):
        assert refusal(samples.answer, question) == (
            "The question has no words: type what you would like to know."
        )
    assert refusal(samples.answer, "a" * 10_000) == (
        "The question has 10,000 characters and at most 2,000 are read: "
        "ask it in a sentence or two."
    )
    assert refusal(samples.answer, RAT, limit=0) == (
        "limit should be 1 or more quotes, and 0 is not."
    )
    assert "Capt. Alun Pritchett" in found(samples, "Who is the harbour master?")[0]


@pytest.mark.parametrize("question", ["ferry AND OR NOT (", 'id:1 * "', "渡船は?"])
def test_a_question_is_words_and_no_query_of_the_index(samples, question):
    assert len(samples.answer(question).shown) == 3


@pytest.mark.parametrize("host", ["wiki:70000", "http://wiki", "[::1]:70000"])
def test_what_is_no_host_cannot_be_allowed(tmp_path, host):
    hosts = ["intranet.example:8443", host]
    assert refusal(Library.open, tmp_path, allow_hosts=hosts) == (
        "The allowed hosts (allow_hosts) should be names such as wiki.example or "
        f"wiki.example:8080, with a port from 1 to 65535, and {host!r} is none."
    )


@pytest.mark.parametrize("question", ["How many people were injured?", "Why was it put off?"])
def test_every_quote_is_exact_and_repeats_no_other(samples, question):
    answer = samples.answer(question, limit=8)
    quotes = answer.shown
    assert len(quotes) == (3 if answer.status is AnswerStatus.NONE else 8)
    for quote in quotes:
        stored = samples.article(quote.article.id)
        assert quote.article == stored.article
        assert quote.text == stored.article.text[quote.start : quote.end]
        start, end = stored.paragraphs[quote.paragraph - 1]
        assert start <= quote.start < quote.end <= end
        assert quote.article.sha256 == hashlib.sha256(quote.article.text.encode()).hexdigest()
    assert len({quote.text for quote in quotes}) == len(quotes)
    for one in quotes:
        for other in quotes:
            if one is not other and one.article.id == other.article.id:
                assert one.end <= other.start or other.end <= one.start


def test_a_quote_keeps_every_character_of_its_article(library, tmp_path):
    sentence = "“The  lamp\tis  out,”\u2028said Ole 🚢 and 東京."
    text = f"Zoe\u0308 saw it.\r\n\r\n{sentence}\r\n\r\nThen she left. "
    add(library, tmp_path, {"id": "odd", "text": text})
    assert library.article("odd").article.text == text
    quote = library.answer("Which lamp is out?").shown[0]
    assert quote.text == sentence == text[quote.start : quote.end]


def test_questions_are_answered_in_several_threads_while_an_article_is_added(library, tmp_path):
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


def test_a_long_paragraph_is_found_at_its_end_as_at_its_beginning(library, tmp_path):
    sentences = [f"On day {n} the crew of boat {n} counted {n + 7} seals." for n in range(1, 301)]
    sentences[298] = "Then a walrus called Brumfitt slept on the slipway for a week."
    add(library, tmp_path, {"id": "seals", "title": "Seals", "text": " ".join(sentences)})
    assert len(library.article("seals").paragraphs) == 1
    readings = Readings(library)
    assert found(library, "What was the walrus called?")[0] == sentences[298]
    assert readings.texts == 1  # the question
    assert library.verify() == []


def test_a_text_of_5_000_words_without_a_full_stop_is_stored_and_found(library, tmp_path):
    text = "seals " * 2_500 + "walrus " + "boats " * 2_498 + "brumfitt"
    assert add(library, tmp_path, {"id": "endless", "text": text}, HARBOUR) == [Status.ADDED] * 2
    assert library.article("endless").article.text == text
    assert found(library, RAT)[0] == RAT_SENTENCE
    quoted = found(library, "walrus brumfitt seals")[0]
    assert quoted in text
    assert len(quoted.split()) <= 220  # no more than the model reads at once
    assert library.verify() == []
