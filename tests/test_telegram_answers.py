"""Answers that were given: kept as places, and read again where nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest
from shelf import GLACIER, HARBOUR, add

from bot.telegram.answers import Answers
from bot.telegram.store import opened
from bot.telegram.threads import Threads
from retrieval import QuotewiseError, Silence, conversing


def test_articles_are_read_in_a_thread_and_never_in_the_event_loop(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER)
    answer = library.answer("What did the rat bite through?", risk=0.5)
    read_in, read = set(), library._catalog.article

    def noted(name, id):
        read_in.add(threading.current_thread().name)
        return read(name, id)

    library._catalog.article = noted
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    answers = Answers(store, library, lambda chat: ["main"], threads)
    given = asyncio.run(kept_and_read(answers, answer))
    assert given.answer.quotes == answer.quotes
    assert {name.partition("_")[0] for name in read_in} == {"asking"}
    silent = library.answer("Who painted the ceiling?")
    given = asyncio.run(kept_and_read(answers, silent))
    assert given.answer.closest == silent.closest
    assert given.answer.silence is silent.silence is Silence.NOTHING
    assert threads.end(5)
    store.close()


def test_who_says_so_who_differs_and_a_timeline_are_kept_as_places(samples, tmp_path):
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    answers = Answers(store, samples, lambda chat: ["main"], threads)
    asked = "How many people were injured when the Grey Wagtail hit the pier?"
    for question in (asked, "What happened with the Hollin Mill Dam?"):
        answer = samples.answer(question, risk=0.5)
        given = asyncio.run(kept_and_read(answers, answer)).answer
        assert given.shown == answer.shown
        assert bool(given.timeline) == bool(answer.timeline)
        if not answer.timeline:
            told, kept = answer.agreement.differences, given.agreement.differences
            assert [(one.one.text, one.other.text) for one in kept] == [
                (one.one.text, one.other.text) for one in told
            ]
        (row,) = store.execute("SELECT answer FROM answers").fetchall()
        assert "injured" not in row[0]
    assert threads.end(5)
    store.close()


def test_what_is_removed_between_an_answer_and_its_keeping_is_left_out(library, tmp_path):
    add(library, tmp_path, HARBOUR, GLACIER)
    answer, other = (
        library.answer(question, limit=1, risk=0.5)
        for question in ("What did the rat bite through?", "Who warned of the glacier lake in May?")
    )
    answer = replace(answer, quotes=(*answer.quotes, *other.quotes))
    assert [one.article.id for one in answer.shown] == ["harbour-light", "glacier-lake"]
    store, threads = opened(tmp_path / "telegram.sqlite"), Threads()
    answers = Answers(store, library, lambda chat: ["main"], threads)
    add(library, tmp_path, HARBOUR | {"text": "\n\n".join(["It is lit.", HARBOUR["text"]])})
    kept = asyncio.run(kept_and_read(answers, answer)).answer
    assert [one.text for one in kept.shown] == [one.text for one in answer.shown]
    library.remove("glacier-lake")
    kept = asyncio.run(kept_and_read(answers, answer)).answer
    assert [one.article.id for one in kept.shown] == ["harbour-light"]
    library.remove("harbour-light")
    with pytest.raises(QuotewiseError, match="removed just now: please ask again"):
        asyncio.run(kept_and_read(answers, answer))
    assert threads.end(5)
    store.close()


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
    first = library.answer("Who is Petra Hallin?")
    second = library.answer("What did she warn of?", earlier=[conversing.turn(first)])
    assert second.understood == "What did Petra Hallin warn of?"
    await answers.keep(1, 2, 101, first)
    id = await answers.keep(1, 2, 103, second)
    answers.shown(id, 104)
    turns = [conversing.turn(one) for one in (first, second)]
    assert await answers.turns_of(1, 2, 0, 105) == turns
    assert await answers.turns_of(1, 2, 0, 103) == turns[:1], "only what was asked before"
    assert await answers.turns_of(1, 9, 0, 105) == [], "it is another person's"
    assert await answers.turn_in(1, 104) == turns[1:]
    assert await answers.turn_in(1, 102) == []
    given = await answers.with_id(1, id)
    assert given.answer.understood == second.understood
    library.remove("glacier-lake")
    assert [turn.told for turn in await answers.turns_of(1, 2, 0, 105)] == ["", ""]
