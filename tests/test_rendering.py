"""Answers and articles become terminal text and JSON: exact, safe and without loss."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from example_quotes import (
    FIRST,
    FIVE,
    FOUR,
    KEPT,
    NOTE,
    NOTED,
    PIER,
    RECORD,
    REPORT,
    SECOND,
    TESK,
    THIRD,
    quote,
)
from rich.text import Text

from bot.rendering import telegram, terminal
from bot.rendering.fields import answer_fields, article_fields, feed_fields, quote_fields
from bot.rendering.text import passage_link, plain, shown_quotes
from retrieval import (
    Answer,
    AnswerStatus,
    Article,
    Filters,
    FollowedFeed,
    Outcome,
    Quote,
    Silence,
    Status,
    StoredArticle,
    Version,
)
from retrieval.records import Agreement, Difference, Span

SOURCE = "Pier opens, The Kelm Post, Ada Fenn, 8 October 2018"
GONE = datetime(2024, 6, 12, 9, 5, tzinfo=UTC)
BEFORE = Version(
    replace(PIER, text="The ferry left at five."), datetime(2024, 6, 1, 8, tzinfo=UTC), GONE
)
ANSWERED = Answer("Q?", AnswerStatus.ANSWER, 0.9, (quote(), quote("Two swans.", NOTE)))
CLOSEST = (quote("Two swans.", NOTE), quote("Owls.", NOTE))


def nothing(silence: Silence, closest: tuple[Quote, ...] = CLOSEST) -> Answer:
    return Answer("Q?", AnswerStatus.NONE, 0.1, (), closest, silence=silence)


def marked(text: Text, style: str) -> list[str]:
    return [text.plain[span.start : span.end] for span in text.spans if span.style == style]


@pytest.mark.parametrize(
    ("text", "url", "link"),
    [
        ("Dogs.", "https://a.example/?b=1#c", "https://a.example/?b=1#c:~:text=Dogs."),
        ("Dogs.", "https://a.example/#:~:text=Cats", "https://a.example/#:~:text=Dogs."),
        ("Dogs.", "https://a.example/#b:~:text=Cats", "https://a.example/#b:~:text=Dogs."),
        (
            'A-B, C&D #1? 5% "é" /+=',
            "https://a.example/",
            "https://a.example/#:~:text=A%2DB%2C%20C%26D%20%231%3F%205%25%20%22%C3%A9%22%20%2F%2B%3D",
        ),
        ("Dogs.", None, None),
    ],
)
def test_a_link_leads_to_the_quoted_words_on_the_page(text, url, link):
    article = Article(id="a", title="A", text=text, url=url)
    assert passage_link(quote(text, article, start=0, end=len(text))) == link


# -- text for a terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x1b[0m\x07\x9bz\x7f", "a�[31mred�[0m��z�"),
        ("a\u202eb\u2066c\u2069d\u202c", "a�b�c�d�"),
        ("Ça va?\n\t“Oui” – 好 🦢 مرحبا", "Ça va?\n\t“Oui” – 好 🦢 مرحبا"),
        ("one\r\ntwo\rthree", "one \ntwo�three"),
    ],
)
def test_characters_that_steer_a_terminal_are_replaced_one_by_one(text, shown):
    assert plain(text) == shown


def test_nothing_an_article_says_steers_the_terminal():
    sly = Article("i\x1b", "t\x1b", "x\x1b[2J", "u:\x1b", "s\x1b", "a\x1b", origin="o\x1b")
    kept = StoredArticle(sly, "main", KEPT.added, (Span(0, 5),))
    side = Quote("x\x1b[2J", replace(sly, id="b"), 1, 0, 5, 0.5)
    agreement = Agreement((side,), (side,), (Difference(side, side),))
    shown = [
        terminal.quote_text(1, quote("x\x1b[2J", sly)),
        terminal.context_text(quote("x\x1b[2J", sly, paragraph=1, start=0, end=5), kept),
        terminal.article_text(kept),
        terminal.article_line(kept),
        terminal.outcome_line(Outcome("f\x1b", Status.ADDED, sly)),
        terminal.outcome_line(Outcome("f\x1b", Status.FAILED, reason="r\x1b")),
        terminal.answer_text(replace(ANSWERED, agreement=agreement, understood="\x1b")),
    ]
    assert [text.plain for text in shown if "\x1b" in text.plain] == []


def test_right_to_left_text_is_isolated_and_cannot_leave_its_isolate():
    arabic = Article(
        id="pier-ar",
        title="افتتاح الرصيف (2018)",
        text="تكلفة التذكرة 4 كرونات.",
        source="The Kelm Post",
        author="آدا فن",
        published=date(2018, 10, 8),
    )
    one = quote(arabic.text, arabic, start=0, end=len(arabic.text), paragraph=1)
    assert terminal.quote_text(1, one).plain == (
        "1. \u2068تكلفة التذكرة 4 كرونات.\u2069\n"
        "   \u2068افتتاح الرصيف (2018)\u2069, The Kelm Post, \u2068آدا فن\u2069, 8 October 2018"
        " (paragraph 1)\n\n"
    )
    forged = replace(arabic, title="א\u2069\u202eב", author=None)
    line = terminal.article_line(StoredArticle(forged, "main", KEPT.added, (Span(0, 5),)))
    assert line.plain == "pier-ar  \u2068א��ב\u2069, The Kelm Post, 8 October 2018  (1 paragraph)"


def test_a_quote_is_shown_with_its_source_and_the_words_that_answer_in_bold():
    text = terminal.quote_text(2, quote(answer=Span(15, 26)))
    assert text.plain == (
        f"2. {SECOND}\n   {SOURCE} (paragraph 2)\n"
        "   https://post.example/pier#:~:text=A%20ticket%20costs%20four%20crowns.\n\n"
    )
    assert marked(text, "bold") == ["four crowns"]
    text = terminal.quote_text(1, quote("Two\r\n\x1bswans nest.", NOTE, answer=Span(6, 11)))
    assert text.plain == "1. Two \n�swans nest.\n   A note (paragraph 2)\n\n"
    assert marked(text, "bold") == ["swans"]


def test_a_quote_of_a_document_is_shown_with_its_page():
    paged = replace(NOTE, text=f"{FIRST}\n\n{SECOND}", pages=(0, 26))
    text = terminal.quote_text(1, quote(article=paged, start=26, end=53))
    assert text.plain == f"1. {SECOND}\n   A note (page 2)\n\n"


def test_a_quote_names_who_else_has_it_and_says_that_it_is_gone():
    text = terminal.quote_text(1, quote(also_in=(TESK, NOTE), gone_since=GONE))
    assert text.plain == (
        f"1. {SECOND}\n"
        f"   {SOURCE} (paragraph 2)\n"
        "   no longer in the article since 12 June 2024\n"
        "   also in Tesk Valley Record, A note\n"
        "   https://post.example/pier\n"
        "\n"
    )
    assert marked(text, "bold red") == ["no longer in the article since 12 June 2024"]


def test_what_a_question_was_understood_as_is_above_its_answer_and_not_above_more_of_it():
    answer = replace(ANSWERED, understood="Who is\x1b Q?")
    alone = terminal.answer_text(ANSWERED).plain
    assert terminal.answer_text(answer).plain == f"Understood as: Who is� Q?\n\n{alone}"
    more = "2. Two swans.\n   A note (paragraph 2)\n\n"
    assert terminal.more_text(answer, 1).plain == more
    assert alone.endswith(f"\n\n{more}")


def test_a_probable_answer_has_a_caveat_and_says_whether_others_answer():
    quotes = terminal.answer_text(ANSWERED).plain
    probable = replace(ANSWERED, status=AnswerStatus.PROBABLE)
    text = terminal.answer_text(probable)
    assert text.plain == f"Probably:\n\n{quotes}"
    assert marked(text, "bold") == ["Probably:"]
    filters = Filters(sources=("The Kelm Post",), words=(Span(0, 2),))
    probable = replace(probable, filters=filters, inside=1)
    lift = "To ask all articles: `--all` or `/all`."
    assert terminal.answer_text(probable).plain == (
        f"Only articles of The Kelm Post. {lift}\n\nProbably:\n\n{quotes}"
    )
    outside = terminal.answer_text(replace(probable, silence=Silence.OUTSIDE)).plain
    assert outside.startswith(f"Only articles of The Kelm Post; others answer that. {lift}\n\n")


def test_where_nothing_answers_the_closest_sentences_follow():
    text = terminal.answer_text(nothing(Silence.CLOSE))
    first, second = (
        "1. Two swans.\n   A note (paragraph 2)\n\n",
        "Owls.\n   A note (paragraph 2)\n\n",
    )
    assert text.plain == f"Nothing here answers that. Closest:\n\n{first}2. {second}"
    assert marked(text, "bold") == ["Nothing here answers that."]


@pytest.mark.parametrize(
    ("silence", "inside", "line"),
    [
        (Silence.CLOSE, 2, "No article of The Kelm Post answers that, nor does any other."),
        (Silence.OUTSIDE, 2, "No article of The Kelm Post answers that; others do."),
        (Silence.CLOSE, 0, "There is no article of The Kelm Post here, and no other answers that."),
        (Silence.OUTSIDE, 0, "There is no article of The Kelm Post here; others answer that."),
    ],
)
def test_where_nothing_within_the_filters_answers_it_says_whether_others_do(silence, inside, line):
    answer = nothing(silence, CLOSEST if inside else ())
    answer = replace(answer, filters=Filters(sources=("The Kelm Post",)), inside=inside)
    below = f" Closest:\n\n{terminal.more_text(answer, 0).plain}" if inside else "\n"
    assert terminal.answer_text(answer).plain == line + below


def test_an_answer_shows_likely_quotes_first_and_those_that_differ_always():
    unlikely = quote("Five crowns!", NOTE, score=0.004)
    side = quote("Owls.", TESK, score=0.001)
    quotes = (quote(score=0.001), quote(), unlikely)
    answer = replace(ANSWERED, quotes=quotes)
    assert shown_quotes(answer, 3) == quotes[:2], "the first is always shown"
    assert shown_quotes(answer) == quotes
    assert "Five crowns!" not in terminal.answer_text(answer, 3).plain
    assert "Five crowns!" in terminal.more_text(answer, 2).plain
    agreement = Agreement((), (), (Difference(quote(), side),))
    answer = replace(answer, quotes=(quote(), side, unlikely), agreement=agreement)
    assert shown_quotes(answer, 3) == (quote(), side)


# -- articles


def test_an_article_is_shown_with_its_facts_versions_and_numbered_paragraphs():
    assert terminal.article_text(KEPT, [BEFORE, BEFORE]).plain == (
        "Pier opens\n"
        "Id: pier\n"
        "Publisher: The Kelm Post\n"
        "Author: Ada Fenn\n"
        "Published: 8 October 2018\n"
        "Link: https://post.example/pier\n"
        "Read from: /news/pier.txt\n"
        "Added: 2026-11-01 09:05 UTC\n"
        "Version 1: replaced 2024-06-12 09:05 UTC\n"
        "Version 2: replaced 2024-06-12 09:05 UTC\n"
        f"\n[1] {FIRST}\n\n[2] {SECOND}\n\n[3] {THIRD}\n"
    )
    version = StoredArticle(BEFORE.article, "main", BEFORE.added, (Span(0, 23),))
    assert terminal.article_text(version, replaced=GONE).plain.endswith(
        "Added: 2024-06-01 08:00 UTC\n"
        "Replaced: 2024-06-12 09:05 UTC\n"
        "\n[1] The ferry left at five.\n"
    )


def test_a_quote_is_marked_among_the_neighbours_of_its_paragraph():
    text = terminal.context_text(quote("ticket costs four crowns.", start=28), KEPT)
    assert text.plain == f"{SOURCE}\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}\n\n"
    assert marked(text, "bold yellow") == ["ticket costs four crowns."]


# -- who reports the same and who differs


def with_agreement(**fields: tuple[object, ...]) -> Answer:
    quotes = (quote(answer=Span(2, 8)),)
    return Answer("Q?", AnswerStatus.ANSWER, 0.9, quotes, agreement=Agreement(**fields))


def last_line(answer: Answer) -> str:
    return terminal.answer_text(answer).plain.rpartition("\n\n")[2]


def test_publishers_that_report_the_same_are_counted_and_three_are_named():
    assert last_line(with_agreement(independent=(REPORT,), copied=(NOTED,))) == (
        "2 publishers say so independently (The Kelm Post, Valley <Record>); 1 copied (A note)\n"
    )
    others = [replace(REPORT, article=replace(RECORD, source=f"Paper {n}")) for n in range(5)]
    assert last_line(with_agreement(independent=tuple(others))) == (
        "6 publishers say so independently (The Kelm Post, Paper 0, Paper 1 and 3 more)\n"
    )


def test_numbers_that_differ_are_shown_side_by_side_and_underlined_in_the_quotes():
    answer = with_agreement(differences=(Difference(FOUR, FIVE),))
    assert last_line(answer) == (
        "They differ: four crowns (The Kelm Post, 8 October 2018) – "
        "five crowns (Valley <Record>, 9 October 2018)\n"
    )
    text = terminal.answer_text(answer)
    styles = {text.plain[s.start : s.end]: s.style for s in text.spans}
    assert (styles["ticket"], styles["four crowns"]) == ("bold", "red underline")


# -- JSON

PIER_FIELDS = {
    "library": None,
    "id": "pier",
    "title": "Pier opens",
    "source": "The Kelm Post",
    "author": "Ada Fenn",
    "published": "2018-10-08",
    "url": "https://post.example/pier",
}


def test_an_answer_has_these_fields_and_no_others():
    one = quote(score=1.234567, answer=Span(15, 26))
    agreement = Agreement((REPORT,), (NOTED,), (Difference(FOUR, FIVE),))
    answer = Answer("Q?", AnswerStatus.ANSWER, 0.123456, (one,), (), 12.345, "Who is Q?", raw=0.9)
    assert answer_fields(replace(answer, agreement=agreement)) == {
        "question": "Q?",
        "understood": "Who is Q?",
        "status": "answer",
        "answered": True,
        "confidence": 0.1235,
        "silence": None,
        "quotes": [
            {
                "text": "A ticket costs four crowns.",
                "article": PIER_FIELDS,
                "paragraph": 2,
                "page": None,
                "start": 26,
                "end": 53,
                "sha256": PIER.sha256,
                "score": 1.2346,
                "answer": {"text": "four crowns", "start": 15, "end": 26},
                "link": "https://post.example/pier#:~:text=A%20ticket%20costs%20four%20crowns.",
                "also_in": [],
                "gone_since": None,
            }
        ],
        "closest": [],
        "limits": None,
        "agreement": {
            "independent": [quote_fields(REPORT)],
            "copied": [quote_fields(NOTED)],
            "differences": [[quote_fields(FOUR), quote_fields(FIVE)]],
        },
        "timeline": [],
        "took_ms": 12.3,
    }


def test_the_closest_sentences_have_the_fields_of_quotes_and_null_for_what_is_unknown():
    fields = answer_fields(nothing(Silence.CLOSE, (quote("Two\x1b swans.", NOTE),)))
    assert (json.dumps(fields["status"]), fields["answered"]) == ('"none"', False)
    assert (json.dumps(fields["silence"]), fields["quotes"]) == ('"close"', [])
    (one,) = fields["closest"]
    assert one["text"] == "Two\x1b swans.", "JSON escapes it; the text must stay what it is"
    assert (one["link"], one["answer"]) == (None, None)
    assert one["article"] == dict.fromkeys(PIER_FIELDS) | {"id": "note", "title": "A note"}


def test_an_article_with_its_text_has_the_place_of_each_paragraph():
    assert article_fields(KEPT, with_text=True) == PIER_FIELDS | {
        "origin": "/news/pier.txt",
        "library": "main",
        "added": "2026-11-01T09:05:07+00:00",
        "sha256": PIER.sha256,
        "text": PIER.text,
        "paragraphs": [
            {"number": 1, "start": 0, "end": 24},
            {"number": 2, "start": 26, "end": 53},
            {"number": 3, "start": 55, "end": 70},
        ],
        "pages": [],
        "versions": [],
    }


def test_a_quote_has_its_page_and_the_sources_that_have_it_too():
    paged = replace(PIER, pages=(0, 26))
    fields = quote_fields(quote(article=paged, also_in=(TESK,), gone_since=GONE))
    assert (fields["page"], fields["gone_since"]) == (2, "2024-06-12T09:05:00+00:00")
    assert fields["link"] == "https://post.example/pier", "the page no longer has the words"
    tesk = {"id": "tesk", "source": "Tesk Valley Record", "url": "https://tesk.example/pier"}
    assert fields["also_in"] == [PIER_FIELDS | tesk | {"sha256": TESK.sha256}]


def test_a_feed_says_what_waits_and_why():
    then = datetime(2026, 11, 1, 9, 5, tzinfo=UTC)
    why = "the site has a fault of its own (500); try again later."
    url = "https://post.example/feed"
    times = {"added": then, "next_poll": then}
    feed = FollowedFeed("main", url, "Post", **times, settled=12, waiting=5)
    delayed = replace(feed, delayed=2, next_try=then + timedelta(hours=1), delay=why)
    waiting = "to be read by the next poll"
    assert terminal.feed_line(feed).plain == (
        f"{url}  Post  (12 read, 5 {waiting}, next poll 2026-11-01 09:05 UTC)"
    )
    assert terminal.feed_line(delayed).plain == (
        f"{url}  Post  (12 read, 3 {waiting}, 2 to be tried again after 2026-11-01 10:05 UTC, "
        f"next poll 2026-11-01 09:05 UTC)  {why}"
    )
    assert telegram.feeds_message([feed, delayed]).splitlines()[-1] == (
        f'2. <a href="{url}">Post</a>: 2 pages could not be read so far: {why}'
    )
    fields = feed_fields(delayed)
    assert (fields["delayed"], fields["delay"]) == (2, why)
    assert fields["next_try"] == "2026-11-01T10:05:00+00:00"
