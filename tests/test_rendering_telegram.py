"""Answers and articles become messages that Telegram takes, and shows word for word."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botapi.text import parse_html, stored_form
from example_quotes import (
    FIRST,
    FIVE,
    FOUR,
    KEPT,
    NOTE,
    PIER,
    RECORD,
    REPORT,
    SECOND,
    TESK,
    THIRD,
    WHEN,
    quote,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering import telegram
from bot.rendering.telegram import escaped
from bot.rendering.text import LONGEST_LINK
from retrieval import (
    Answer,
    AnswerStatus,
    Article,
    Filters,
    Outcome,
    Quote,
    Silence,
    Status,
    StoredArticle,
)
from retrieval.records import Agreement, Difference, Span

PASSAGE = "https://post.example/pier#:~:text=A%20ticket%20costs%20four%20crowns."
KNOWN = "The Kelm Post, Ada Fenn, 8 October 2018"
LINKED = f'<a href="{PASSAGE}">Pier opens</a>, {KNOWN}'
PLAIN = f'<a href="https://post.example/pier">Pier opens</a>, {KNOWN}'


def answer(*quotes: Quote, status: AnswerStatus = AnswerStatus.ANSWER) -> Answer:
    found = ((), quotes) if status is AnswerStatus.NONE else (quotes, ())
    silence = Silence.CLOSE if status is AnswerStatus.NONE else None
    return Answer("Q?", status, 0.9, *found, silence=silence)


def note(text: str, *, url: str | None = None, **fields: object) -> Quote:
    """A quote that is all the text of its article."""
    article = Article(id="note", title="A note", text=text, url=url)
    return quote(text, article, **{"paragraph": 1, "start": 0, "end": len(text)} | fields)


# -- what Telegram takes


def read(html: str) -> list[tuple[str, str]]:
    """The types of a message's entities with their text, read as strictly as Telegram could."""
    message, sloppy = parse_html(html)
    text = stored_form(message).text
    assert sloppy == []
    links = [entity.url for entity in message.entities if entity.type == "text_link"]
    assert all(link and len(link) <= LONGEST_LINK + 1 for link in links), links
    assert len(html.encode()) < 1 << 15
    # Only whole isolates within a line may steer: they set off text from right to left.
    steered = re.sub("\u2068[^\n\u2068\u2069]+\u2069", "", text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", steered)
    return [(entity.type, entity.of(message.text)) for entity in message.entities]


def quoted(messages: list[str]) -> str:
    """The words of all the quotations of some messages."""
    found = [entity for html in messages for entity in read(html)]
    return "".join(text for tag, text in found if tag in ("blockquote", "expandable_blockquote"))


def in_bold(html: str) -> list[str]:
    return [text for tag, text in read(html) if tag == "bold"]


def as_shown(text: str) -> str:
    """A text with what is documented to be replaced, replaced."""
    text = text.replace("\r\n", " \n").replace("\u2028", "\n").replace("\u2029", "\n")
    replaced = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    return re.sub(replaced, "�", text)


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1bc\x9fd\x7f", "a�b�c�d�"),
        ("a\u202eb\u2066c", "a�b�c"),
        ("a\udcffb", "a�b"),
        ("a\r\nb\tc\nd", "a \nb\tc\nd"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("Pa\u030a Ga\u030ardens", "P\u00e5 G\u00e5rdens"),
        ("Ça va? 好 🦢 مرحبا \u200f", "Ça va? 好 🦢 مرحبا \u200f"),
    ],
)
def test_characters_that_telegram_drops_or_obeys_are_replaced(text, shown):
    assert escaped(text) == shown


# -- an answer


def test_a_probable_answer_has_a_caveat_above_its_quotes():
    probable = answer(note("Swans."), status=AnswerStatus.PROBABLE)
    shown = "<blockquote>Swans.</blockquote>\nA note"
    assert telegram.answer_messages(probable) == [f"<b>Probably:</b>\n\n{shown}"]
    assert telegram.more_messages(probable, 0, 3) == [shown]
    limited = replace(probable, filters=Filters(sources=("A & B",)), inside=1)
    only = "Only articles of A &amp; B"
    assert telegram.answer_messages(limited) == [f"{only}.\n\n<b>Probably:</b>\n\n{shown}"]
    outside = replace(limited, silence=Silence.OUTSIDE)
    assert telegram.answer_messages(outside) == [
        f"{only}; others answer that.\n\n<b>Probably:</b>\n\n{shown}"
    ]


def test_an_answer_without_articles_says_how_to_add_some():
    assert telegram.answer_messages(answer(status=AnswerStatus.NONE)) == [telegram.NO_ARTICLES]


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://e.example/" + "a" * 1900, "https://e.example/" + "a" * 1900 + "#:~:text=Swans."),
        ("https://e.example/" + "a" * 1970 + "#b", "https://e.example/" + "a" * 1970),
        ("https://e.example/" + "a" * 2000, None),
        ('https://e.example/">', "https://e.example/&quot;&gt;#:~:text=Swans."),
        ("javascript:alert(1)", None),
        ("https://e.example/a b", None),
    ],
)
def test_a_title_leads_only_where_telegram_takes_the_address(url, link):
    (message,) = telegram.answer_messages(answer(note("Swans.", url=url)))
    title = f'<a href="{link}">A note</a>' if link else "A note"
    assert message == f"<blockquote>Swans.</blockquote>\n{title}"


@pytest.mark.parametrize(
    ("sentence", "end"),
    [("Ada says “hello.” ", "“hello.” "), ("渡轮六点开。", "。"), ("👩‍👩‍👧", "👧")],
)
def test_a_quote_too_long_for_a_message_is_cut_after_a_sentence_or_a_character(sentence, end):
    text = sentence * 1000
    (message,) = telegram.answer_messages(answer(note(text, answer=Span(0, len(text)))))
    shown = quoted([message]).removesuffix(" […]")
    assert text.startswith(shown) and shown.endswith(end)
    assert len(shown) > 2500
    assert in_bold(message) == [shown]
    assert message.endswith("\nA note")


# -- who else has a quote, and whether its article still does

GONE_SINCE = datetime(2024, 6, 12, 9, 5, tzinfo=UTC)
GONE = "<b>no longer in the article since 12 June 2024</b>"


def test_a_quote_that_is_gone_from_its_article_says_so_and_leads_to_the_page():
    one = quote(also_in=(TESK,), gone_since=GONE_SINCE)
    others = 'also in <a href="https://tesk.example/pier">Tesk Valley Record</a>'
    assert telegram.answer_messages(answer(one)) == [
        f"<blockquote>{SECOND}</blockquote>\n{PLAIN}\n{GONE}\n{others}"
    ]
    assert telegram.context_message(one, KEPT) == (
        f"{PLAIN}\n{GONE}\n{others}\n<blockquote>{FIRST}\n\n<b>{SECOND}</b>\n\n{THIRD}</blockquote>"
    )


def test_a_quote_of_a_document_has_its_page():
    paged = replace(NOTE, text=PIER.text, pages=(0, 26, 55))
    one, other = quote(article=paged), quote(THIRD, paged, paragraph=3, start=55, end=70)
    assert telegram.answer_messages(answer(one)) == [
        f"<blockquote>{SECOND}</blockquote>\nA note, page 2"
    ]
    assert telegram.sources_message([other, one]) == "<b>Sources</b>\n\n1. A note (pages 2 and 3)"
    assert telegram.sources_message([one]) == "<b>Sources</b>\n\n1. A note (page 2)"


# -- who reports the same and who differs

RECORD_LINK = "https://record.example/pier#:~:text="


def test_publishers_and_differences_are_linked_below_the_quotes():
    agreement = Agreement((REPORT,), (note("Five!"),), (Difference(FOUR, FIVE),))
    (message,) = telegram.answer_messages(replace(answer(quote()), agreement=agreement))
    read(message)
    assert message.rpartition("\n\n")[2].split("\n") == [
        f'2 publishers say so independently (<a href="{PASSAGE}">The Kelm Post</a>, '
        f'<a href="{RECORD_LINK}For%20the%20ferry%2C%20five%20crowns%20are%20asked.">'
        "Valley &lt;Record&gt;</a>); 1 copied (A note)",
        '<b>They differ:</b> four crowns (<a href="https://post.example/pier#:~:text=four%20crowns'
        '">The Kelm Post</a>, 8 October 2018) – five crowns '
        f'(<a href="{RECORD_LINK}five%20crowns">Valley &lt;Record&gt;</a>, 9 October 2018)',
    ]


@pytest.mark.parametrize(
    ("answering", "html"),
    [
        (Span(15, 26), "A ticket costs <b><u>four crowns</u></b>."),
        (Span(9, 19), "A ticket <b>costs <u>four</u></b><u> crowns</u>."),
    ],
)
def test_words_that_answer_and_differ_are_bold_and_underlined(answering, html):
    agreement = Agreement(differences=(Difference(FOUR, FIVE),))
    one = replace(answer(quote(answer=answering)), agreement=agreement)
    (message,) = telegram.answer_messages(one)
    read(message)
    assert message.startswith(f"<blockquote>{html}</blockquote>\n")


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("Sails, masts", "Sails, masts […]"),
        ("ropes and oars,", "[…] ropes and oars, […]"),
        ("were sold.", "[…] were sold."),
        ("Sails, masts, ropes and oars, were sold.", "Sails, masts, ropes and oars, were sold."),
        ("Nobody bought the anchor.", "Nobody bought the anchor."),
    ],
)
def test_marks_show_where_a_sentence_that_is_quoted_in_part_goes_on(part, shown):
    text = "Sails, masts, ropes and oars, were sold. Nobody bought the anchor. It lies there."
    article = Article(id="sale", title="A sale", text=f"The sale\n{text}")
    start = article.text.index(part)
    one = quote(part, article, start=start, end=start + len(part))
    assert telegram.answer_messages(answer(one)) == [f"<blockquote>{shown}</blockquote>\nA sale"]


def test_a_paragraph_longer_than_a_message_has_pages_that_leave_nothing_out():
    text = " ".join(f"Lamp {number} & its “shade” are sold 🐝." for number in range(700))
    article = Article(id="sale", title="A sale", text=f"The sale\n\n{text}")
    one = quote("Lamp 90 & its “shade” are sold 🐝.", article)
    start = article.text.index(one.text)
    one = replace(one, start=start, end=start + len(one.text))
    spans = (Span(0, 8), Span(10, len(article.text)))
    pages = telegram.paragraph_pages(one, StoredArticle(article, "main", WHEN, spans))
    assert [bold for page in pages for bold in in_bold(page)] == [one.text]
    assert quoted(pages) == text


def test_names_of_any_length_leave_room_for_the_message():
    wide = replace(RECORD, source="S" * 100_000, url="https://r.example/" + "u" * 1900)
    far, near = replace(FIVE, article=wide, text="five " * 100), replace(REPORT, article=wide)
    agreement = Agreement((near,) * 4, (near,) * 4, (Difference(far, far),) * 3)
    for message in telegram.answer_messages(replace(answer(quote()), agreement=agreement)):
        read(message)


def test_a_timeline_has_the_date_above_each_quote():
    one = replace(answer(quote()), timeline=(quote(), REPORT))
    (message,) = telegram.answer_messages(one)
    read(message)
    assert message.startswith(
        "<b>In the order of publication:</b>\n\n<b>8 October 2018</b>\n"
        f"<blockquote>{SECOND}</blockquote>\n{LINKED}\n\n"
        "<b>9 October 2018</b>\n<blockquote>For the ferry, five crowns are asked.</blockquote>\n"
    )
    (more,) = telegram.more_messages(one, 1, 3)
    assert more.startswith("<b>9 October 2018</b>\n<blockquote>")


@pytest.mark.parametrize(
    ("outcome", "paragraphs", "message"),
    [
        (Outcome("p.txt", Status.ADDED, PIER), 3, f"Added: {PLAIN}, 3 paragraphs"),
        (
            Outcome("<p>.pdf", Status.FAILED, reason="this is empty; nothing was read."),
            None,
            "Not added: &lt;p&gt;.pdf: this is empty; nothing was read.",
        ),
        (Outcome("\udcff.txt", Status.FAILED), None, "Not added: �.txt: "),
    ],
)
def test_an_outcome_has_the_article_or_the_reason(outcome, paragraphs, message):
    assert telegram.outcomes_message([outcome], paragraphs) == message


# -- whatever articles say

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from('<script> </blockquote> &amp; &nbsp; & " 👩‍👩‍👧 🇳🇴🇸🇪 مرحبا'.split()),
        st.sampled_from(["\u202e", "\u2028", "a\u030a", "e\u0301", "好。", "渡", ". ", "! "]),
        st.sampled_from([" ", "\n", "\r\n", "\t", "\x00", "word ", "Sentence end. "]),
        st.integers(1, 5000).flatmap(lambda n: st.sampled_from(["w" * n, "🦢" * n, '"' * n])),
    ),
    max_size=12,
).map("".join)
SPANS = st.builds(Span, st.integers(-5, 9000), st.integers(-5, 9000))
URLS = st.none() | st.text(max_size=20) | TEXTS.map(lambda text: f"https://e.example/{text}")
ARTICLES = st.builds(
    Article,
    id=st.just("a"),
    title=TEXTS,
    text=TEXTS,
    url=URLS,
    source=st.none() | TEXTS,
    author=st.none() | TEXTS,
    published=st.none() | st.dates(),
)


@st.composite
def quotes(draw):
    article = draw(ARTICLES.filter(lambda article: article.text.strip()))
    text = article.text
    return Quote(text, article, 1, 0, len(text), 1.0, draw(st.none() | SPANS))


@settings(max_examples=150, deadline=None)
@given(quotes())
def test_every_quote_is_shown_word_for_word_in_a_message_telegram_takes(one):
    (message,) = telegram.answer_messages(answer(one))
    shown, text = composed(quoted([message])), composed(as_shown(one.text))
    assert shown == text or text.startswith(shown.removesuffix(" […]"))


@settings(max_examples=60, deadline=None)
@given(st.lists(quotes(), max_size=5), st.sampled_from(AnswerStatus), st.lists(SPANS, max_size=6))
def test_every_answer_is_messages_telegram_takes(several, status, differing):
    sides = [replace(several[0], start=start, end=end) for start, end in differing if several]
    agreement = Agreement(differences=tuple(Difference(side, side) for side in sides))
    one = replace(answer(*several, status=status), agreement=agreement)
    for html in telegram.answer_messages(one):
        read(html)
    read(telegram.sources_message(several))


@settings(max_examples=80, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3), st.data())
def test_the_context_of_every_quote_is_one_message_if_the_quote_leaves_room(paragraphs, data):
    paragraphs[0] += "x"
    text, spans = "", []
    for paragraph in paragraphs:
        spans.append(Span(len(text), len(text) + len(paragraph)))
        text += paragraph + "\n\n"
    number = data.draw(st.integers(0, len(spans) - 1))
    start = data.draw(st.integers(spans[number].start, spans[number].end))
    end = data.draw(st.integers(start, spans[number].end))
    article = Article(id="n", title="A note", text=text, source="Post")
    one = Quote(text[start:end], article, number + 1, start, end, 1.0)
    html = telegram.context_message(one, StoredArticle(article, "main", WHEN, tuple(spans)))
    read(html)
    if len(text[start:end].encode("utf-16-le")) // 2 < 4000:
        bold = "".join(in_bold(html))
        assert composed(bold) == composed(as_shown(text)[start:end])
