"""Answers and articles become terminal text and JSON: exact, safe and without loss."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
from pier import FIRST, KEPT, NOTE, PIER, SECOND, THIRD, quote
from rich.text import Text

from bot import rendering
from bot.rendering import telegram
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
from retrieval.records import Span


def linked(text: str, url: str | None = "https://post.example/a") -> str | None:
    article = Article(id="a", title="A", text=text, url=url)
    return rendering.passage_link(quote(text, article, start=0, end=len(text)))


def marked(text: Text, style: str) -> list[str]:
    return [text.plain[span.start : span.end] for span in text.spans if span.style == style]


# -- the link to a passage


@pytest.mark.parametrize("url", [None, ""])
def test_an_article_without_url_has_no_link(url):
    assert linked("Dogs ride free.", url) is None


def test_what_means_something_in_a_directive_or_an_address_is_encoded():
    assert linked('A-B, C&D #1? 5% "é" /+=') == (
        "https://post.example/a#:~:text="
        "A%2DB%2C%20C%26D%20%231%3F%205%25%20%22%C3%A9%22%20%2F%2B%3D"
    )


def test_a_quote_over_several_lines_is_linked_by_the_first_and_the_last():
    assert linked("Dogs\nride \r\n for free. ") == "https://post.example/a#:~:text=Dogs,for%20free."


def test_an_address_with_a_fragment_keeps_it():
    assert linked("Dogs.", "https://post.example/a?b=1#c") == (
        "https://post.example/a?b=1#c:~:text=Dogs."
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://post.example/a#:~:text=Cats", "https://post.example/a#:~:text=Dogs."),
        ("https://post.example/a#b:~:text=Cats", "https://post.example/a#b:~:text=Dogs."),
    ],
)
def test_an_address_that_leads_to_another_passage_is_led_to_this_one(url, expected):
    assert linked("Dogs.", url) == expected


def test_chinese_without_spaces_is_linked_whole():
    assert linked("渡轮六点开。") == (
        "https://post.example/a#:~:text=%E6%B8%A1%E8%BD%AE%E5%85%AD%E7%82%B9%E5%BC%80%E3%80%82"
    )
    assert unquote(linked("渡轮六点开" * 80).partition("text=")[2]) == "渡轮六点开" * 80


def test_a_long_text_without_spaces_is_linked_by_its_first_and_last_clause():
    text = "渡轮六点开，" + "票价四元，" * 60 + "狗免费。"
    assert unquote(linked(text).partition("text=")[2]) == "渡轮六点开，,狗免费。"


# -- text for a terminal


ARABIC = Article(
    id="pier-ar",
    title="افتتاح الرصيف (2018)",
    text="تكلفة التذكرة 4 كرونات.",
    source="The Kelm Post",
    author="آدا فن",
    published=date(2018, 10, 8),
)


def test_what_is_written_from_right_to_left_is_kept_apart_from_the_line_around_it():
    told = quote(ARABIC.text, ARABIC, start=0, end=len(ARABIC.text), paragraph=1)
    assert rendering.quote_text(1, told).plain == (
        "1. \u2068تكلفة التذكرة 4 كرونات.\u2069\n"
        "   \u2068افتتاح الرصيف (2018)\u2069, The Kelm Post, \u2068آدا فن\u2069, 8 October 2018"
        " (paragraph 1)\n\n"
    )


def test_the_words_that_answer_stay_bold_where_the_quote_is_kept_apart():
    text = rendering.quote_text(1, quote(ARABIC.text, ARABIC, answer=Span(0, 5)))
    assert marked(text, "bold") == ["تكلفة"]


def test_a_source_of_an_article_cannot_leave_its_isolate():
    forged = replace(ARABIC, title="א\u2069\u202eב", author=None)
    assert rendering.article_line(
        StoredArticle(forged, "main", datetime(2026, 11, 1, tzinfo=UTC), (Span(0, 5),))
    ).plain == ("pier-ar  \u2068א��ב\u2069, The Kelm Post, 8 October 2018  (1 paragraph)")


def test_isolates_take_no_room_in_a_terminal():
    told = rendering.quote_text(1, quote(ARABIC.text, ARABIC))
    first = told.split("\n")[0]
    assert first.cell_len == len("1. ") + len(ARABIC.text)


def test_json_has_no_isolates():
    fields = rendering.quote_fields(quote(ARABIC.text, ARABIC))
    assert fields["text"] == ARABIC.text
    assert fields["article"]["title"] == ARABIC.title


def test_what_could_steer_a_terminal_is_replaced():
    assert rendering.plain("a\x1b[31mred\x1b[0m\x07\x9bz\x7f") == "a�[31mred�[0m��z�"
    assert rendering.plain("\x1b]0;title\x07") == "�]0;title�"


def test_what_turns_text_around_is_replaced():
    assert rendering.plain("a\u202eb\u2066c\u2069d\u202c") == "a�b�c�d�"


def test_letters_tabs_and_line_breaks_are_left():
    assert rendering.plain("Ça va?\n\t“Oui” – 好 🦢 مرحبا") == "Ça va?\n\t“Oui” – 好 🦢 مرحبا"


def test_a_line_break_of_two_characters_is_shown_as_one_without_moving_what_follows():
    assert rendering.plain("one\r\ntwo\rthree") == "one \ntwo�three"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "A note"),
        ({"source": "The Kelm Post"}, "A note, The Kelm Post"),
        ({"author": "Ada Fenn"}, "A note, Ada Fenn"),
        ({"published": date(2018, 3, 1)}, "A note, 1 March 2018"),
        ({"published": datetime(2018, 3, 1, 23, 59, tzinfo=UTC)}, "A note, 1 March 2018"),
        (
            {"source": "The Kelm Post", "author": "Ada Fenn", "published": date(2018, 10, 8)},
            "A note, The Kelm Post, Ada Fenn, 8 October 2018",
        ),
    ],
)
def test_the_source_line_tells_what_is_known(fields, line):
    assert rendering.source_line(Article(id="n", title="A note", text="Swans.", **fields)) == line


def test_a_quote_is_shown_with_its_source_and_the_words_that_answer_in_bold():
    text = rendering.quote_text(2, quote(answer=Span(15, 26)))
    assert text.plain == (
        "2. A ticket costs four crowns.\n"
        "   Pier opens, The Kelm Post, Ada Fenn, 8 October 2018 (paragraph 2)\n"
        "   https://post.example/pier#:~:text=A%20ticket%20costs%20four%20crowns.\n"
        "\n"
    )
    assert marked(text, "bold") == ["four crowns"]


def test_a_quote_without_address_is_shown_without_a_line_for_it():
    text = rendering.quote_text(1, quote("Two swans nest by the lock.", NOTE, paragraph=1))
    assert text.plain == "1. Two swans nest by the lock.\n   A note (paragraph 1)\n\n"
    assert marked(text, "bold") == [], "no words of it stand out"


def test_the_words_that_answer_stay_in_place_behind_what_is_replaced():
    text = rendering.quote_text(1, quote("Two\r\n\x1bswans nest.", NOTE, answer=Span(6, 11)))
    assert text.plain == "1. Two \n�swans nest.\n   A note (paragraph 2)\n\n"
    assert marked(text, "bold") == ["swans"]


def test_nothing_an_article_says_steers_the_terminal():
    sly = Article("i\x1b", "t\x1b", "x\x1b[2J", "u:\x1b", "s\x1b", "a\x1b", origin="o\x1b")
    kept = StoredArticle(sly, "main", KEPT.added, (Span(0, 5),))
    shown = [
        rendering.quote_text(1, quote("x\x1b[2J", sly)),
        rendering.context_text(quote("x\x1b[2J", sly, paragraph=1, start=0, end=5), kept),
        rendering.article_text(kept),
        rendering.article_line(kept),
        rendering.outcome_line(Outcome("f\x1b", Status.ADDED, sly)),
        rendering.outcome_line(Outcome("f\x1b", Status.FAILED, reason="r\x1b")),
    ]
    assert [text.plain for text in shown if "\x1b" in text.plain] == []


ANSWERED = Answer("Q?", AnswerStatus.ANSWER, 0.9, (quote(), quote("Two swans.", NOTE)))


def test_an_answer_is_its_quotes_in_order():
    assert rendering.answer_text(ANSWERED).plain == (
        "1. A ticket costs four crowns.\n"
        "   Pier opens, The Kelm Post, Ada Fenn, 8 October 2018 (paragraph 2)\n"
        "   https://post.example/pier#:~:text=A%20ticket%20costs%20four%20crowns.\n"
        "\n"
        "2. Two swans.\n"
        "   A note (paragraph 2)\n"
        "\n"
    )


def test_more_of_an_answer_is_numbered_on():
    assert rendering.more_text(ANSWERED, 1).plain == ("2. Two swans.\n   A note (paragraph 2)\n\n")


def test_what_a_question_was_taken_for_stands_above_its_answer_and_not_above_more_of_it():
    answer = replace(ANSWERED, understood="Who is\x1b Q?")
    alone = rendering.answer_text(ANSWERED).plain
    assert rendering.answer_text(answer).plain == f"Understood as: Who is� Q?\n\n{alone}"
    assert rendering.more_text(answer, 1) == rendering.more_text(ANSWERED, 1)


CLOSEST = (quote("Two swans.", NOTE), quote("Owls.", NOTE))


def nothing(silence: Silence, closest: tuple[Quote, ...] = CLOSEST) -> Answer:
    return Answer("Q?", AnswerStatus.NONE, 0.1, (), closest, silence=silence)


def test_the_quotes_of_a_probable_answer_stand_below_a_line_that_says_so():
    probable = replace(ANSWERED, status=AnswerStatus.PROBABLE)
    text = rendering.answer_text(probable)
    assert text.plain == f"Probably:\n\n{rendering.answer_text(ANSWERED).plain}"
    assert marked(text, "bold") == ["Probably:"]


def test_a_probable_answer_from_within_limits_says_both_and_whether_others_answer():
    probable = replace(
        ANSWERED,
        status=AnswerStatus.PROBABLE,
        filters=Filters(sources=("The Kelm Post",), words=(Span(0, 2),)),
        inside=1,
    )
    quotes = rendering.answer_text(ANSWERED).plain
    lift = "To ask all articles: `--all` or `/all`."
    assert rendering.answer_text(probable).plain == (
        f"Only articles of The Kelm Post. {lift}\n\nProbably:\n\n{quotes}"
    )
    outside = rendering.answer_text(replace(probable, silence=Silence.OUTSIDE)).plain
    assert outside.startswith(f"Only articles of The Kelm Post; others answer that. {lift}\n\n")


def test_where_nothing_answers_the_closest_sentences_stand_below_a_line_that_says_so():
    answer = nothing(Silence.CLOSE)
    text = rendering.answer_text(answer)
    assert text.plain == (
        "Nothing here answers that. Closest:\n\n"
        "1. Two swans.\n   A note (paragraph 2)\n\n"
        "2. Owls.\n   A note (paragraph 2)\n\n"
    )
    assert marked(text, "bold") == ["Nothing here answers that."]
    assert rendering.more_text(answer, 1).plain == "2. Owls.\n   A note (paragraph 2)\n\n"


def test_where_no_article_speaks_of_it_nothing_is_offered_but_more_is_there():
    answer = nothing(Silence.NOTHING)
    assert rendering.answer_text(answer).plain == "No article here speaks of that.\n"
    assert rendering.more_text(answer, 0).plain == (
        "1. Two swans.\n   A note (paragraph 2)\n\n2. Owls.\n   A note (paragraph 2)\n\n"
    )


@pytest.mark.parametrize(
    ("silence", "inside", "line"),
    [
        (Silence.CLOSE, 2, "No article of The Kelm Post answers that, nor does any other."),
        (Silence.OUTSIDE, 2, "No article of The Kelm Post answers that; others do."),
        (Silence.CLOSE, 0, "There is no article of The Kelm Post here, and no other answers that."),
        (Silence.OUTSIDE, 0, "There is no article of The Kelm Post here; others answer that."),
    ],
)
def test_where_nothing_within_limits_answers_it_says_whether_others_do(silence, inside, line):
    answer = replace(
        nothing(silence, CLOSEST if inside else ()),
        filters=Filters(sources=("The Kelm Post",)),
        inside=inside,
    )
    below = f" Closest:\n\n{rendering.more_text(answer, 0).plain}" if inside else "\n"
    assert rendering.answer_text(answer).plain == line + below


def test_where_there_is_nothing_close_that_is_all_that_is_said():
    assert rendering.answer_text(nothing(Silence.CLOSE, ())).plain == (
        "Nothing here answers that.\n"
    )


SOURCE = "Pier opens, The Kelm Post, Ada Fenn, 8 October 2018"
TESK = replace(PIER, id="tesk", source="Tesk Valley Record", url="https://tesk.example/pier")
GONE = datetime(2024, 6, 12, 9, 5, tzinfo=UTC)
BEFORE = Version(
    replace(PIER, text="The ferry left at five."), datetime(2024, 6, 1, 8, tzinfo=UTC), GONE
)


def test_a_quote_of_a_document_is_shown_with_its_page():
    paged = replace(NOTE, text=f"{FIRST}\n\n{SECOND}", pages=(0, 26))
    text = rendering.quote_text(1, quote(article=paged))
    assert text.plain == f"1. {SECOND}\n   A note (page 2)\n\n"


def test_below_its_source_a_quote_tells_who_else_has_it_and_that_it_is_gone():
    text = rendering.quote_text(1, quote(also_in=(TESK, NOTE), gone_since=GONE))
    assert text.plain == (
        f"1. {SECOND}\n"
        f"   {SOURCE} (paragraph 2)\n"
        "   no longer in the article since 12 June 2024\n"
        "   also in Tesk Valley Record, A note\n"
        "   https://post.example/pier\n"
        "\n"
    )
    assert marked(text, "bold red") == ["   no longer in the article since 12 June 2024\n"]


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        (["B"], "also in B"),
        (["B", "B", "C"], "also in B, C"),
        (["The Kelm Post", "B"], "also in B"),
        (["B", "C", "D", "E", "F"], "also in B, C, D and 2 more"),
        (["B\x1b"], "also in B�"),
    ],
)
def test_publishers_that_have_a_quote_too_are_named_once_and_three_at_most(sources, line):
    others = tuple(replace(PIER, id=str(n), source=name) for n, name in enumerate(sources))
    assert f"   {line}\n" in rendering.quote_text(1, quote(also_in=others)).plain


def test_no_other_article_of_the_same_publisher_is_told():
    assert "also" not in rendering.quote_text(1, quote(also_in=(replace(PIER, id="x"),))).plain


def test_the_surroundings_of_a_quote_that_is_gone_say_so():
    assert rendering.context_text(quote(gone_since=GONE), KEPT).plain == (
        f"{SOURCE}\nno longer in the article since 12 June 2024\n\n"
        f"{FIRST}\n\n{SECOND}\n\n{THIRD}\n\n"
    )


def test_an_article_is_shown_with_its_versions_and_a_version_with_its_end():
    told = rendering.article_text(KEPT, [BEFORE, BEFORE]).plain
    assert (
        "Added: 2026-11-01 09:05 UTC\n"
        "Version 1: replaced 2024-06-12 09:05 UTC\n"
        "Version 2: replaced 2024-06-12 09:05 UTC\n"
        "\n[1] "
    ) in told
    version = StoredArticle(BEFORE.article, "main", BEFORE.added, (Span(0, 23),))
    assert rendering.article_text(version, replaced=GONE).plain.endswith(
        "Added: 2024-06-01 08:00 UTC\n"
        "Replaced: 2024-06-12 09:05 UTC\n"
        "\n[1] The ferry left at five.\n"
    )


@pytest.mark.parametrize(
    ("paragraph", "told", "shown"),
    [
        (1, Span(0, 24), f"{FIRST}\n\n{SECOND}\n\n"),
        (2, Span(28, 53), f"{FIRST}\n\n{SECOND}\n\n{THIRD}\n\n"),
        (3, Span(55, 70), f"{SECOND}\n\n{THIRD}\n\n"),
    ],
)
def test_a_quote_is_shown_among_its_neighbours_and_marked(paragraph, told, shown):
    words = PIER.text[told.start : told.end]
    one = quote(words, paragraph=paragraph, start=told.start, end=told.end)
    text = rendering.context_text(one, KEPT)
    assert text.plain == f"{SOURCE}\n\n{shown}"
    assert marked(text, "bold yellow") == [words]


def test_an_article_is_shown_with_all_its_facts_and_numbered_paragraphs():
    assert rendering.article_text(KEPT).plain == (
        "Pier opens\n"
        "Id: pier\n"
        "Publisher: The Kelm Post\n"
        "Author: Ada Fenn\n"
        "Published: 8 October 2018\n"
        "Link: https://post.example/pier\n"
        "Read from: /news/pier.txt\n"
        "Added: 2026-11-01 09:05 UTC\n"
        "\n[1] The ferry leaves at six.\n"
        "\n[2] A ticket costs four crowns.\n"
        "\n[3] Dogs ride free.\n"
    )


def test_what_is_not_known_of_an_article_is_left_out():
    kept = StoredArticle(NOTE, "main", KEPT.added, (Span(0, 27),))
    assert rendering.article_text(kept).plain == (
        "A note\nId: note\nAdded: 2026-11-01 09:05 UTC\n\n[1] Two swans nest by the lock.\n"
    )


def test_the_list_of_articles_counts_their_paragraphs():
    assert rendering.article_line(KEPT).plain == f"pier  {SOURCE}  (3 paragraphs)"
    alone = StoredArticle(NOTE, "main", KEPT.added, (Span(0, 27),))
    assert rendering.article_line(alone).plain == "note  A note  (1 paragraph)"


@pytest.mark.parametrize("status", [Status.ADDED, Status.UPDATED, Status.UNCHANGED])
def test_a_source_that_was_read_is_told_with_its_article(status):
    line = rendering.outcome_line(Outcome("pier.txt", status, PIER))
    assert line.plain == f"{status.value}  pier.txt: {SOURCE}  [pier]"


def test_a_source_that_failed_is_told_with_the_reason():
    line = rendering.outcome_line(Outcome("a.txt", Status.FAILED, reason="it is empty."))
    assert line.plain == "failed  a.txt: it is empty."
    assert line.style == "bold red"


def test_the_total_names_what_happened_and_nothing_else():
    counted = {Status.FAILED: 1, Status.UNCHANGED: 0, Status.ADDED: 12}
    assert rendering.total_line(counted) == "12 added, 1 failed"


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
    answer = Answer("Q?", AnswerStatus.ANSWER, 0.123456, (one,), (), 12.345, "Who is Q?", raw=0.9)
    assert rendering.answer_fields(answer) == {
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
        "agreement": None,
        "timeline": [],
        "took_ms": 12.3,
    }


def test_the_closest_sentences_have_the_fields_of_quotes_and_null_for_what_is_not_known():
    swans = (quote("Two\x1b swans.", NOTE),)
    fields = rendering.answer_fields(nothing(Silence.CLOSE, swans))
    assert (json.dumps(fields["status"]), fields["answered"]) == ('"none"', False)
    assert json.dumps(fields["silence"]) == '"close"'
    assert fields["quotes"] == []
    (one,) = fields["closest"]
    assert one["text"] == "Two\x1b swans.", "JSON escapes it; the text must stay what it is"
    assert (one["link"], one["answer"]) == (None, None)
    assert one["article"] == dict.fromkeys(PIER_FIELDS) | {"id": "note", "title": "A note"}


def test_a_program_is_told_a_probable_answer_by_its_status_and_not_as_answered():
    fields = rendering.answer_fields(replace(ANSWERED, status=AnswerStatus.PROBABLE))
    assert (fields["status"], fields["answered"], len(fields["quotes"])) == ("probable", False, 2)


def test_times_of_publication_are_iso_with_their_offset():
    seoul = datetime(2018, 10, 8, 9, 59, tzinfo=timezone(timedelta(hours=9)))
    article = Article(id="a", title="A", text="Swans.", published=seoul)
    assert rendering.quote_fields(quote("Swans.", article))["article"]["published"] == (
        "2018-10-08T09:59:00+09:00"
    )


ARTICLE_FIELDS = PIER_FIELDS | {
    "origin": "/news/pier.txt",
    "library": "main",
    "added": "2026-11-01T09:05:07+00:00",
    "sha256": PIER.sha256,
}


def test_an_article_in_a_list_has_the_number_of_its_paragraphs():
    assert rendering.article_fields(KEPT) == ARTICLE_FIELDS | {"paragraphs": 3}


def test_an_article_with_its_text_has_the_place_of_each_paragraph():
    assert rendering.article_fields(KEPT, with_text=True) == ARTICLE_FIELDS | {
        "text": PIER.text,
        "paragraphs": [
            {"number": 1, "start": 0, "end": 24},
            {"number": 2, "start": 26, "end": 53},
            {"number": 3, "start": 55, "end": 70},
        ],
        "pages": [],
        "versions": [],
    }


def test_an_article_with_its_text_has_its_versions_without_theirs():
    assert rendering.article_fields(KEPT, with_text=True, versions=[BEFORE])["versions"] == [
        {
            "number": 1,
            "added": "2024-06-01T08:00:00+00:00",
            "replaced": "2024-06-12T09:05:00+00:00",
            "sha256": BEFORE.article.sha256,
        }
    ]


def test_a_quote_has_its_page_and_the_sources_that_have_it_too():
    fields = rendering.quote_fields(
        quote(article=replace(PIER, pages=(0, 26)), also_in=(TESK, NOTE), gone_since=GONE)
    )
    assert fields["page"] == 2
    assert fields["gone_since"] == "2024-06-12T09:05:00+00:00"
    assert fields["link"] == "https://post.example/pier", "there is nothing to lead to"
    assert fields["also_in"] == [
        PIER_FIELDS
        | {"id": "tesk", "source": "Tesk Valley Record", "url": "https://tesk.example/pier"}
        | {"sha256": TESK.sha256},
        dict.fromkeys(PIER_FIELDS) | {"id": "note", "title": "A note", "sha256": NOTE.sha256},
    ]


# -- feeds


def test_a_feed_tells_what_waits_and_why():
    then = datetime(2026, 11, 1, 9, 5, tzinfo=UTC)
    why = "the site has a fault of its own (500); try again later."
    feed = FollowedFeed(
        "main",
        "https://post.example/feed",
        "Post",
        added=then,
        next_poll=then,
        interval=timedelta(hours=1),
        settled=12,
        waiting=5,
    )
    delayed = replace(feed, delayed=2, next_try=then + timedelta(hours=1), delay=why)
    assert rendering.feed_line(feed).plain == (
        "https://post.example/feed  Post  (12 read, 5 to be read by the next poll, "
        "next poll 2026-11-01 09:05 UTC)"
    )
    assert rendering.feed_line(delayed).plain == (
        "https://post.example/feed  Post  (12 read, 3 to be read by the next poll, 2 to be tried "
        f"again after 2026-11-01 10:05 UTC, next poll 2026-11-01 09:05 UTC)  {why}"
    )
    assert telegram.feeds_message([feed, delayed]).splitlines()[-1] == (
        f'2. <a href="https://post.example/feed">Post</a>: 2 pages could not be read so far: {why}'
    )
    fields = rendering.feed_fields(delayed)
    assert [fields["delayed"], fields["next_try"], fields["delay"]] == [
        *(2, "2026-11-01T10:05:00+00:00", why)
    ]
