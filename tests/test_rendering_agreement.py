"""Who says so and who differs, as a person reads it: exact, safe, and within Telegram's filters."""

from dataclasses import replace
from datetime import date

import pytest
from pier import PIER, quote
from test_rendering_telegram import LINKED, in_bold, read

from bot import rendering
from bot.rendering import telegram
from retrieval import Answer, AnswerStatus, Article, Filters, Quote
from retrieval.records import Agreement, Difference, Span

RECORD = Article(
    id="record",
    title="Pier prices",
    text="For the ferry, five crowns are asked.",
    url="https://record.example/pier",
    source="Valley Record",
    published=date(2018, 10, 9),
)
NOTE = Article("note", "A <b>note</b>", "Five crowns!")
FIRST = quote(answer=Span(2, 8))
FOUR = quote("four crowns", start=41, end=52)
FIVE = Quote("five crowns", RECORD, 1, 15, 26, 0.5)
TELLS = Quote(RECORD.text, RECORD, 1, 0, len(RECORD.text), 0.5)
NOTED = Quote(NOTE.text, NOTE, 1, 0, len(NOTE.text), 0.5)
RECORD_LINK = "https://record.example/pier#:~:text="


def answer(*quotes: Quote, **fields: tuple[object, ...]) -> Answer:
    quotes = quotes or (FIRST,)
    return Answer("Q?", AnswerStatus.ANSWER, 0.9, quotes, agreement=Agreement(**fields))


def below(one: Answer) -> str:
    """What stands below the quotes in a terminal."""
    return rendering.answer_text(one).plain.rpartition("\n\n")[2]


def last_lines(one: Answer) -> str:
    """What stands below the quotes in Telegram."""
    (message,) = telegram.answer_messages(one)
    read(message)
    return message.rpartition("\n\n")[2]


def test_publishers_are_counted_and_named():
    one = answer(independent=(TELLS,), copied=(NOTED,))
    assert below(one) == (
        "2 publishers say so independently (The Kelm Post, Valley Record); "
        "1 copied (A <b>note</b>)\n"
    )
    assert last_lines(one) == (
        "2 publishers say so independently ("
        '<a href="https://post.example/pier#:~:text=A%20ticket%20costs%20four%20crowns.">'
        f'The Kelm Post</a>, <a href="{RECORD_LINK}For%20the%20ferry%2C%20five%20crowns%20are'
        '%20asked.">Valley Record</a>); 1 copied (A &lt;b&gt;note&lt;/b&gt;)'
    )


def test_copies_alone_are_no_second_voice():
    assert below(answer(copied=(TELLS,))) == (
        "1 publisher says so (The Kelm Post); 1 copied (Valley Record)\n"
    )


def test_of_many_publishers_three_are_named():
    others = [replace(TELLS, article=replace(RECORD, source=f"Paper {n}")) for n in range(5)]
    assert below(answer(independent=tuple(others))) == (
        "6 publishers say so independently (The Kelm Post, Paper 0, Paper 1 and 3 more)\n"
    )


def test_what_differs_stands_side_by_side_with_publisher_and_date():
    one = answer(differences=(Difference(FOUR, FIVE),))
    assert below(one) == (
        "They differ: four crowns (The Kelm Post, 8 October 2018) – "
        "five crowns (Valley Record, 9 October 2018)\n"
    )
    assert last_lines(one) == (
        "<b>They differ:</b> four crowns ("
        '<a href="https://post.example/pier#:~:text=four%20crowns">The Kelm Post</a>, '
        "8 October 2018) – five crowns ("
        f'<a href="{RECORD_LINK}five%20crowns">Valley Record</a>, 9 October 2018)'
    )


def test_a_source_without_date_or_publisher_is_called_by_its_title():
    one = answer(differences=(Difference(FOUR, NOTED),))
    assert below(one).endswith("– Five crowns! (A <b>note</b>)\n")


def test_the_words_that_differ_are_underlined_in_the_quotes():
    one = answer(differences=(Difference(FOUR, FIVE),))
    (message,) = telegram.answer_messages(one)
    assert message.startswith(
        "<blockquote>A <b>ticket</b> costs <u>four crowns</u>.</blockquote>\n" + LINKED
    )
    text = rendering.answer_text(one)
    styles = {text.plain[s.start : s.end]: s.style for s in text.spans}
    assert (styles["ticket"], styles["four crowns"]) == ("bold", "bold red underline")


@pytest.mark.parametrize(
    ("answering", "html"),
    [
        (Span(15, 26), "A ticket costs <b><u>four crowns</u></b>."),
        (Span(9, 26), "A ticket <b>costs </b><b><u>four crowns</u></b>."),
        (Span(9, 19), "A ticket <b>costs </b><b><u>four</u></b><u> crowns</u>."),
        (Span(20, 27), "A ticket costs <u>four </u><b><u>crowns</u></b><b>.</b>"),
    ],
)
def test_words_that_answer_and_differ_are_bold_and_underlined(answering, html):
    one = answer(quote(answer=answering), differences=(Difference(FOUR, FIVE),))
    (message,) = telegram.answer_messages(one)
    read(message)
    assert message.startswith(f"<blockquote>{html}</blockquote>\n")


def test_a_quote_of_another_article_is_not_marked():
    same_place = replace(FOUR, article=replace(PIER, id="other"))
    one = answer(differences=(Difference(same_place, FIVE),))
    assert "<u>" not in telegram.answer_messages(one)[0]


def test_the_lines_follow_where_the_quotes_fill_several_messages():
    long = [quote(letter * 3000, replace(PIER, id=letter, text=letter * 3000)) for letter in "ab"]
    one = answer(*long, independent=(TELLS,), differences=(Difference(FOUR, FIVE),) * 3)
    messages = telegram.answer_messages(one)
    assert len(messages) == 2
    assert messages[1].count("They differ:") == 3
    for message in messages:
        read(message)


@pytest.mark.parametrize("length", [200, 4000, 100_000])
def test_names_of_any_length_leave_room_for_the_message(length):
    wide = replace(RECORD, source="S" * length, url="https://r.example/" + "u" * 1900)
    far = replace(FIVE, article=wide, text="five " * 100)
    near = replace(TELLS, article=wide)
    one = answer(
        independent=(near,) * 4, copied=(near,) * 4, differences=(Difference(far, far),) * 3
    )
    for message in telegram.answer_messages(one):
        read(message)


def test_more_quotes_are_shown_without_the_lines():
    one = answer(FIRST, TELLS, independent=(TELLS,))
    (message,) = telegram.more_messages(one, 1, 3)
    assert "independently" not in message
    assert "independently" not in rendering.more_text(one, 1).plain


def test_nothing_an_article_says_steers_the_terminal_from_these_lines():
    sly = replace(RECORD, source="s\x1b", text="x\x1b[2J")
    side = Quote("x\x1b[2J", sly, 1, 0, 5, 0.5)
    one = answer(independent=(side,), copied=(side,), differences=(Difference(side, side),))
    assert "\x1b" not in rendering.answer_text(one).plain


def test_a_program_gets_each_voice_as_a_quote():
    one = answer(independent=(TELLS,), copied=(NOTED,), differences=(Difference(FOUR, FIVE),))
    fields = rendering.answer_fields(one)["agreement"]
    assert fields == {
        "independent": [rendering.quote_fields(TELLS)],
        "copied": [rendering.quote_fields(NOTED)],
        "differences": [[rendering.quote_fields(FOUR), rendering.quote_fields(FIVE)]],
    }


def test_a_timeline_has_the_date_above_each_quote_in_telegram():
    one = replace(answer(), timeline=(FIRST, TELLS))
    (message,) = telegram.answer_messages(one)
    read(message)
    assert in_bold(message)[:2] == ["In the order of publication:", "8 October 2018"]
    assert message.startswith(
        "<b>In the order of publication:</b>\n\n<b>8 October 2018</b>\n"
        f"<blockquote>A <b>ticket</b> costs four crowns.</blockquote>\n{LINKED}\n\n"
        "<b>9 October 2018</b>\n<blockquote>For the ferry, five crowns are asked.</blockquote>\n"
    )
    (more,) = telegram.more_messages(one, 1, 3)
    assert more.startswith("<b>9 October 2018</b>\n<blockquote>")


def test_a_timeline_quote_that_fills_a_message_is_cut_below_its_date():
    long = quote("w " * 4000, replace(PIER, text="w " * 4000), start=0, end=8000)
    first, second = telegram.answer_messages(replace(answer(), timeline=(long, TELLS)))[-2:]
    read(first), read(second)
    assert first.startswith("<b>8 October 2018</b>\n<blockquote")
    assert " […]</blockquote>" in first


def test_what_a_question_was_taken_for_stands_first_then_its_limits_the_quotes_and_who_agrees():
    one = replace(
        answer(independent=(TELLS,)),
        understood="Who is Q?",
        filters=Filters(sources=("Valley Record",), words=(Span(0, 2),)),
        inside=2,
    )
    lines = [part.partition("\n")[0] for part in rendering.answer_text(one).plain.split("\n\n")]
    assert lines == [
        "Understood as: Who is Q?",
        "Only articles of Valley Record. To ask all articles: `--all` or `/all`.",
        f"1. {FIRST.text}",
        "2 publishers say so independently (The Kelm Post, Valley Record)",
    ]
    (message,) = telegram.answer_messages(one)
    understood, limited, _, agreement = message.split("\n\n")
    assert (understood, limited) == ("Understood as: Who is Q?", "Only articles of Valley Record.")
    assert agreement.startswith("2 publishers say so independently (")


def test_a_timeline_says_what_it_is_below_the_limits():
    one = replace(answer(), timeline=(FIRST,), filters=Filters(until=date(2020, 1, 1)), inside=2)
    assert rendering.answer_text(one).plain.startswith(
        "Only articles until 1 January 2020.\n\nIn the order of publication:\n\n1. "
    )
    (message,) = telegram.answer_messages(one)
    assert message.startswith(
        "Only articles until 1 January 2020.\n\n<b>In the order of publication:</b>\n\n"
    )


# -- what an answer begins with


UNLIKELY = replace(NOTED, score=0.004)


def test_an_answer_begins_with_what_is_likely_to_answer_and_all_is_there_for_more():
    one = answer(replace(FIRST, score=0.001), TELLS, UNLIKELY)
    assert rendering.shown_quotes(one, 3) == one.quotes[:2], "the first one is always there"
    assert rendering.shown_quotes(one, 1) == one.quotes[:1]
    assert rendering.shown_quotes(one) == one.quotes
    assert "Five crowns!" not in rendering.answer_text(one, 3).plain
    assert "Five crowns!" in rendering.more_text(one, 2).plain


def test_a_quote_that_differs_is_shown_however_unlikely():
    side = replace(TELLS, score=0.001)
    one = answer(FIRST, side, UNLIKELY, differences=(Difference(FOUR, FIVE),))
    assert rendering.shown_quotes(one, 3) == (FIRST, side)


def test_a_timeline_is_shown_whole():
    one = replace(answer(), timeline=(UNLIKELY, replace(TELLS, score=0.001)))
    assert rendering.shown_quotes(one, 3) == one.timeline
