"""Answers that were given: kept as places, and read again where nobody waits for it."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace

import pytest
from shelf import GLACIER, HARBOUR, add

from bot.telegram.answers import Answers
from bot.telegram.store import opened
from bot.telegram.threads import Threads
from retrieval import Answer, AnswerStatus, ArticleRef, Quote, QuotewiseError, Silence, Turn
from retrieval.records import Agreement, Difference, Span
from retrieval.search import followups


def test_articles_are_read_in_a_thread_and_never_in_the_event_loop(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER)
    answer = quoting(library, "harbour-light")
    read_in, read = set(), library._catalog.article

    def noted(ref):
        read_in.add(threading.current_thread().name)
        return read(ref)

    library._catalog.article = noted
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    answers = Answers(store, library, lambda chat: ["main"], threads)
    given = asyncio.run(kept_and_read(answers, answer))
    assert given.answer.quotes == answer.quotes
    assert {name.partition("_")[0] for name in read_in} == {"asking"}
    probable = replace(answer, status=AnswerStatus.PROBABLE)
    given = asyncio.run(kept_and_read(answers, probable)).answer
    assert (given.status, given.quotes) == (AnswerStatus.PROBABLE, answer.quotes)
    silent = replace(
        answer,
        status=AnswerStatus.NONE,
        quotes=(),
        closest=answer.quotes,
        silence=Silence.NOTHING,
    )
    given = asyncio.run(kept_and_read(answers, silent)).answer
    assert (given.status, given.closest, given.quotes) == (AnswerStatus.NONE, answer.quotes, ())
    assert given.silence is Silence.NOTHING
    assert threads.end(5)
    store.close()


def test_who_says_so_who_differs_and_a_timeline_are_kept_as_places(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER)
    answer, other = (quoting(library, id) for id in ("harbour-light", "glacier-lake"))
    (one,), (two,) = answer.quotes, other.quotes
    agreement = Agreement((two,), (one,), (Difference(one, two),))
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    answers = Answers(store, library, lambda chat: ["main"], threads)
    agreed = asyncio.run(kept_and_read(answers, replace(answer, agreement=agreement))).answer
    assert (agreed.quotes, agreed.agreement, agreed.timeline) == ((one,), agreement, ())
    told = asyncio.run(kept_and_read(answers, replace(answer, timeline=(two, one)))).answer
    assert told.timeline == told.shown == (two, one)
    (row,) = store.execute("SELECT answer FROM answers").fetchall()
    assert not [one for one in ("lighthouse", "glacier drained") if one in row[0]]
    assert threads.end(5)
    store.close()


def test_what_is_removed_between_an_answer_and_its_keeping_is_left_out(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER)
    answer, other = (quoting(library, id) for id in ("harbour-light", "glacier-lake"))
    answer = replace(answer, quotes=(*answer.quotes, *other.quotes))
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    answers = Answers(store, library, lambda chat: ["main"], threads)
    add(library, tmp_path, HARBOUR | {"text": "\n\n".join(["It is lit.", HARBOUR["text"]])})
    kept = asyncio.run(kept_and_read(answers, answer)).answer
    assert [(one.text, one.answer) for one in kept.shown] == [
        (one.text, one.answer) for one in answer.shown
    ]
    library.remove("glacier-lake")
    kept = asyncio.run(kept_and_read(answers, answer)).answer
    assert [one.article.id for one in kept.shown] == ["harbour-light"]
    library.remove("harbour-light")
    with pytest.raises(QuotewiseError, match="removed just now: please ask again"):
        asyncio.run(kept_and_read(answers, answer))
    assert threads.end(5)
    store.close()


def quoting(library, id):
    """An answer that quotes the first sentence of an article, whose first word answers."""
    article = library.article(id).article
    end, word = article.text.index(".") + 1, article.text.index(" ")
    one = Quote(article.text[:end], article, 1, 0, end, 0.8, Span(0, word), library="main")
    return Answer("Which one?", AnswerStatus.ANSWER, 0.9, (one,))


async def kept_and_read(answers, answer):
    id = await answers.keep(1, 2, 101, answer)
    answers.shown(id, 102)
    asked = answers.to_message(1, 101)
    assert asked.shown_in == 102
    assert (asked.id, asked.question) == (id, answer.question)
    assert await answers.with_id(9, id) is None, "it is another chat's"
    return await answers.with_id(1, id)


def test_the_turns_of_a_conversation_are_read_from_the_store(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER)
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    answers = Answers(store, library, lambda chat: ["main"], threads)
    asyncio.run(led(answers, library))
    assert threads.end(5)
    store.close()


async def led(answers, library):
    first = quoting(library, "glacier-lake")
    second = replace(
        quoting(library, "harbour-light"),
        question="What did she warn of?",
        understood="Petra Hallin: What did she warn of?",
        subject="Petra Hallin",
    )
    await answers.keep(1, 2, 101, first)
    id = await answers.keep(1, 2, 103, second)
    answers.shown(id, 104)
    turns = [followups.turn(one) for one in (first, second)]
    assert turns[1].article == ArticleRef("main", "harbour-light")
    assert answers.turns_of(1, 2, 0, 105) == turns
    assert answers.turns_of(1, 2, 0, 103) == turns[:1], "only what was asked before"
    assert answers.turns_of(1, 9, 0, 105) == [], "it is another person's"
    assert answers.turn_in(1, 104) == turns[1:]
    assert answers.turn_in(1, 102) == []
    given = await answers.with_id(1, id)
    assert (given.answer.understood, given.answer.subject) == (second.understood, "Petra Hallin")
    elsewhere = replace(answers, scope=lambda chat: ["other"])
    assert elsewhere.turns_of(1, 2, 0, 105) == [replace(one, article=None) for one in turns]


@pytest.mark.parametrize("answered", [True, False])
def test_answers_and_turns_of_an_earlier_version_are_still_read(library, tmp_path, answered):
    add(library, tmp_path, HARBOUR)
    quote = quoting(library, "harbour-light").quotes[0]
    place = {
        "library": "main",
        "id": "harbour-light",
        "sha256": quote.article.sha256,
        "paragraph": 1,
        "start": 0,
        "end": quote.end,
        "score": 0.8,
        "marks": [[4, 14]],
        "also_in": [],
    }
    old = {
        "answered": answered,
        "confidence": 0.9,
        "quotes": [place],
        "understood": None,
        "silence": None if answered else "close",
        "within": None,
        "timeline": False,
        "independent": [place],
        "copied": [],
        "differences": [],
    }
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    store.execute(
        "INSERT INTO answers (id, chat, asker, asked_in, question, topic, answer, made)"
        " VALUES ('a', 1, 2, 101, 'Why?', 'Why did the light go out?', ?, 5)",
        (json.dumps(old),),
    )
    answers = Answers(store, library, lambda chat: ["main"], threads)
    answer = asyncio.run(answers.with_id(1, "a")).answer
    shown = replace(quote, answer=None)
    expected = (
        (AnswerStatus.ANSWER, (shown,), ()) if answered else (AnswerStatus.NONE, (), (shown,))
    )
    assert (answer.status, answer.quotes, answer.closest) == expected
    assert [one.text for one in answer.agreement.independent] == [quote.text]
    article = ArticleRef("main", "harbour-light") if answered else None
    assert answers.turns_of(1, 2, 0, 105) == [Turn("Why did the light go out?", article)]
    assert threads.end(5)
    store.close()
