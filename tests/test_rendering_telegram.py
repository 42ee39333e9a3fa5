"""Answers and articles become messages that Telegram takes, and shows word for word."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pier import FIRST, KEPT, NOTE, PIER, SECOND, THIRD, WHEN, quote

from bot.rendering import telegram
from bot.rendering.telegram import LONGEST_LINK, escaped
from bot.rendering.text import begins_character, shortened
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


def note(text: str, *, title: str = "A note", url: str | None = None, **fields: object) -> Quote:
    """A quote that is all the text of its article."""
    article = Article(id="note", title=title, text=text, url=url)
    return quote(text, article, **{"paragraph": 1, "start": 0, "end": len(text)} | fields)


# -- what Telegram takes

TOKEN = re.compile(
    r'<(?P<close>/)?(?P<tag>[a-z]+)(?P<rest>(?: expandable| href="[^"<>]*")?)>'
    r"|&(?P<entity>[a-z]+);|(?P<text>[^<>&\"]+)",
    re.DOTALL,
)
CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


@dataclass
class Entity:
    tag: str
    start: int
    text: str = ""
    href: str = ""


def refused(html: str, why: str) -> AssertionError:
    return AssertionError(f"{why}: {html[:200]!r}")


def read(html: str) -> tuple[str, list[Entity]]:
    """The text and the entities of a message, read as strictly as Telegram could."""
    text, opened, entities, at = "", [], [], 0
    while at < len(html):
        token = TOKEN.match(html, at)
        if not token:
            raise refused(html[at:], "no markup")
        at = token.end()
        if token["text"] or token["entity"]:
            text += token["text"] or CHARACTERS[token["entity"]]
        elif token["close"]:
            if not opened or opened[-1].tag != token["tag"] or token["rest"]:
                raise refused(html, f"wrong end of {token['tag']}")
            entity = opened.pop()
            entity.text = text[entity.start :]
            entities.append(entity)
        else:
            entity = Entity(token["tag"], len(text))
            if token["tag"] in [one.tag for one in opened] or (
                (entity.tag, token["rest"].split("=")[0])
                not in {
                    ("b", ""),
                    ("u", ""),
                    ("a", " href"),
                    ("blockquote", ""),
                    ("blockquote", " expandable"),
                }
            ):
                raise refused(html, f"no such tag here: {token[0]}")
            if entity.tag == "a":
                entity.href = re.sub(
                    "&([a-z]+);", lambda found: CHARACTERS[found[1]], token["rest"][7:-1]
                )
                assert re.fullmatch(r"https?://[^ \n\t]+", entity.href, re.IGNORECASE)
                assert len(entity.href) <= LONGEST_LINK
            opened.append(entity)
    assert not opened
    assert text.strip(), "Telegram takes no empty message"
    assert len(text.encode("utf-16-le")) // 2 <= 4096
    assert len(entities) <= 100
    assert len(html.encode()) < 1 << 15
    # Only whole isolates, on a line, steer: they keep what is written from right to left apart.
    steered = re.sub("\u2068[^\n\u2068\u2069]+\u2069", "", text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", steered)
    return text, entities


def quoted(messages: list[str]) -> str:
    """The words of all the quotations of some messages."""
    found = [entity for html in messages for entity in read(html)[1]]
    return "".join(entity.text for entity in found if entity.tag == "blockquote")


def in_bold(html: str) -> list[str]:
    return [entity.text for entity in read(html)[1] if entity.tag == "b"]


def as_shown(text: str) -> str:
    """A text with what is documented to be replaced, replaced."""
    text = text.replace("\r\n", " \n").replace("\u2028", "\n").replace("\u2029", "\n")
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "�", text)


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "html",
    [
        "<i>a</i>",
        "<b>a",
        "a</b>",
        "<b>a</blockquote>",
        "<blockquote><blockquote>a</blockquote></blockquote>",
        "a & b",
        "a > b",
        '<a href="javascript:x">a</a>',
        "a" * 4097,
        "🦢" * 2049,
        "<b>a</b>" * 101,
        " \n",
    ],
)
def test_the_check_refuses_what_telegram_refuses(html):
    with pytest.raises(AssertionError):
        read(html)


def test_the_check_refuses_entities_telegram_does_not_know():
    with pytest.raises(KeyError):
        read("a&nbsp;b")


# -- characters


def test_only_four_characters_are_escaped_as_telegram_knows_no_other_entities():
    assert escaped('<b> & "it\'s" &amp; ©') == "&lt;b&gt; &amp; &quot;it's&quot; &amp;amp; ©"


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
def test_what_telegram_would_drop_or_obey_is_replaced(text, shown):
    assert escaped(text) == shown


@pytest.mark.parametrize(
    "sign",
    [
        "é",
        "e\u0301\u0323",
        "👩‍👩‍👧",
        "👍🏽",
        "🇳🇴",
        "क्षि",
        "ท\u0e33",
        "\u1112\u1161\u11ab",
        "❤️",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "1️⃣",
        "\r\n",
    ],
)
def test_a_sign_of_several_characters_is_one(sign):
    text = f"🇸🇪{sign}{sign}."
    places = [at for at in range(1, len(text)) if begins_character(text, at)]
    assert places == [2, 2 + len(sign), 2 + 2 * len(sign)]


# -- an answer


def test_a_quote_is_quoted_with_the_words_that_answer_in_bold_above_its_source():
    one = quote(answer=Span(15, 26))
    assert telegram.answer_messages(answer(one)) == [
        "<blockquote>A ticket costs <b>four crowns</b>.</blockquote>\n" + LINKED
    ]


def test_the_quotes_of_a_probable_answer_stand_below_a_line_that_says_so():
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


def test_quotes_stand_in_one_message_in_their_order():
    two = answer(quote(), note("Swans & owls."))
    assert telegram.answer_messages(two) == [
        f"<blockquote>{SECOND}</blockquote>\n{LINKED}\n\n"
        "<blockquote>Swans &amp; owls.</blockquote>\nA note"
    ]


def test_more_of_an_answer_is_what_is_asked_for():
    four = answer(*(note(f"Swan {number}.") for number in range(4)))
    (message,) = telegram.more_messages(four, 1, 2)
    assert quoted([message]) == "Swan 1.Swan 2."
    assert telegram.more_messages(four, 4, 3) == []


def test_what_a_question_was_taken_for_stands_above_its_answer_and_not_above_more_of_it():
    alone = answer(note("Six."), note("Seven."))
    taken = replace(alone, understood=f"Who is <Q>{' or so' * 99}?")
    (message,) = telegram.answer_messages(taken)
    (told,) = telegram.answer_messages(alone)
    line, rest = message.split("\n\n", 1)
    assert line.startswith("Understood as: Who is &lt;Q&gt; or so")
    assert line.endswith("so…")
    assert rest == told
    assert telegram.more_messages(taken, 1, 3) == telegram.more_messages(alone, 1, 3)


def test_where_nothing_answers_the_closest_sentences_stand_below_a_line_that_says_so():
    closest = answer(note("Swans."), note("Owls."), status=AnswerStatus.NONE)
    assert telegram.answer_messages(closest) == [
        "<b>Nothing here answers that.</b> Closest:\n\n"
        "<blockquote>Swans.</blockquote>\nA note\n\n<blockquote>Owls.</blockquote>\nA note"
    ]
    assert telegram.more_messages(closest, 1, 3) == ["<blockquote>Owls.</blockquote>\nA note"]


def test_where_no_article_speaks_of_it_nothing_is_offered_but_more_is_there():
    close = answer(note("Swans."), status=AnswerStatus.NONE)
    nothing = replace(close, silence=Silence.NOTHING)
    assert telegram.answer_messages(nothing) == ["<b>No article here speaks of that.</b>"]
    assert telegram.more_messages(nothing, 0, 3) == ["<blockquote>Swans.</blockquote>\nA note"]


def test_what_is_written_from_right_to_left_is_kept_apart_in_the_line_of_the_source_alone():
    arabic = replace(PIER, title="افتتاح (2018)", author="آدا فن", url=None, text="تكلفة 4.")
    told = quote(arabic.text, arabic)
    assert telegram.answer_messages(answer(told)) == [
        "<blockquote>تكلفة 4.</blockquote>\n"
        "\u2068افتتاح (2018)\u2069, The Kelm Post, \u2068آدا فن\u2069, 8 October 2018"
    ]


def test_where_there_is_nothing_to_quote_it_says_how_to_add_articles():
    assert telegram.answer_messages(answer(status=AnswerStatus.NONE)) == [telegram.NO_ARTICLES]


def test_a_quote_of_more_than_300_characters_is_folded():
    short, long = note("w" * 300), note("w" * 301)
    assert telegram.answer_messages(answer(short))[0].startswith("<blockquote>w")
    assert telegram.answer_messages(answer(long))[0].startswith("<blockquote expandable>w")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://e.example/" + "a" * 1900, "https://e.example/" + "a" * 1900 + "#:~:text=Swans."),
        ("https://e.example/" + "a" * 1970 + "#b", "https://e.example/" + "a" * 1970),
        ("https://e.example/" + "a" * 2000, None),
        ("HTTP://e.example/?a=1&b", "HTTP://e.example/?a=1&amp;b#:~:text=Swans."),
        ('https://e.example/">', "https://e.example/&quot;&gt;#:~:text=Swans."),
        ("javascript:alert(1)", None),
        ("tg://user?id=1", None),
        ("https://", None),
        ("https://e.example/a b", None),
        ("", None),
    ],
)
def test_a_title_leads_only_where_telegram_takes_the_address(url, link):
    (message,) = telegram.answer_messages(answer(note("Swans.", url=url)))
    title = f'<a href="{link}">A note</a>' if link else "A note"
    assert message == f"<blockquote>Swans.</blockquote>\n{title}"


def test_quotes_too_long_for_one_message_are_parted_between_them():
    quotes = [note(letter * 1500) for letter in "abc"]
    messages = telegram.answer_messages(answer(*quotes))
    assert [quoted([message]) for message in messages] == ["a" * 1500 + "b" * 1500, "c" * 1500]


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

TESK = Article("tesk", "Pier", SECOND, "https://tesk.example/pier", "Tesk Valley Record")
GONE_SINCE = datetime(2024, 6, 12, 9, 5, tzinfo=UTC)
GONE = "<b>no longer in the article since 12 June 2024</b>"
ALSO_IN = 'also in <a href="https://tesk.example/pier">Tesk Valley Record</a>, A &amp; B'
ROUND = Article("round", "A & B", SECOND)


def test_below_its_source_a_quote_tells_who_else_has_it():
    one = quote(also_in=(TESK, ROUND, replace(TESK, id="again"), replace(PIER, id="own")))
    shown = f"<blockquote>{SECOND}</blockquote>\n{LINKED}\n{ALSO_IN}"
    assert telegram.answer_messages(answer(one)) == [shown]
    assert telegram.inline_quote(one) == shown


def test_no_more_than_three_others_are_named():
    others = tuple(replace(ROUND, id=name, source=name) for name in "VWXYZ")
    (message,) = telegram.answer_messages(answer(note("Swans.", also_in=others)))
    assert message.endswith("\nalso in V, W, X and 2 more")


def test_a_quote_that_is_gone_from_its_article_says_so_and_leads_to_the_page():
    one = quote(also_in=(TESK,), gone_since=GONE_SINCE)
    others = 'also in <a href="https://tesk.example/pier">Tesk Valley Record</a>'
    assert telegram.answer_messages(answer(one)) == [
        f"<blockquote>{SECOND}</blockquote>\n{PLAIN}\n{GONE}\n{others}"
    ]
    assert telegram.context_messages(one, KEPT) == [
        f"{PLAIN}\n{GONE}\n{others}\n<blockquote>{FIRST}\n\n<b>{SECOND}</b>\n\n{THIRD}</blockquote>"
    ]


def test_a_quote_of_a_document_tells_its_page():
    paged = replace(NOTE, text=PIER.text, pages=(0, 26, 55))
    one, other = quote(article=paged), quote(THIRD, paged, paragraph=3, start=55, end=70)
    assert telegram.answer_messages(answer(one)) == [
        f"<blockquote>{SECOND}</blockquote>\nA note, page 2"
    ]
    assert telegram.sources_message([other, one]) == "<b>Sources</b>\n\n1. A note (pages 2 and 3)"
    assert telegram.sources_message([one]) == "<b>Sources</b>\n\n1. A note (page 2)"


def test_the_sources_tell_what_is_gone_and_who_else_has_it():
    quotes = [quote(also_in=(TESK,)), quote(gone_since=GONE_SINCE), quote(also_in=(TESK, ROUND))]
    assert telegram.sources_message(quotes) == (
        f"<b>Sources</b>\n\n1. {PLAIN} (paragraph 2), {ALSO_IN}\n2. {PLAIN} (paragraph 2), {GONE}"
    )


# -- what stands around a quote


@pytest.mark.parametrize(
    ("paragraph", "told", "inside"),
    [
        (1, Span(0, 24), f"<b>{FIRST}</b>\n\n{SECOND}"),
        (2, Span(28, 34), f"{FIRST}\n\nA <b>ticket</b> costs four crowns.\n\n{THIRD}"),
        (3, Span(55, 70), f"{SECOND}\n\n<b>{THIRD}</b>"),
    ],
)
def test_a_quote_is_shown_in_bold_among_its_neighbours(paragraph, told, inside):
    text = PIER.text[told.start : told.end]
    one = quote(text, paragraph=paragraph, start=told.start, end=told.end)
    (message,) = telegram.context_messages(one, KEPT)
    assert message.endswith(f"Pier opens</a>, {KNOWN}\n<blockquote>{inside}</blockquote>")


def kept_around(*paragraphs: str, told: str) -> tuple[Quote, StoredArticle]:
    """A quote of the paragraph that holds it, and the article of these paragraphs."""
    text, spans = "", []
    for paragraph in paragraphs:
        spans.append(Span(len(text), len(text) + len(paragraph)))
        text += paragraph + "\n\n"
    article = Article(id="n", title="A note", text=text)
    start = text.index(told)
    number = next(n for n, span in enumerate(spans, start=1) if start < span.end)
    one = quote(told, article, paragraph=number, start=start, end=start + len(told))
    return one, StoredArticle(article, "main", WHEN, tuple(spans))


def test_long_neighbours_lose_their_far_ends():
    (message,) = telegram.context_messages(
        *kept_around("before " * 900, "It is told here.", "after " * 900, told="told")
    )
    inside = quoted([message])
    assert inside.startswith("[…] before before ")
    assert "before \n\nIt is told here.\n\nafter " in inside
    assert inside.endswith("after after […]")
    assert 4000 < len(read(message)[0]) <= 4096


def test_a_short_neighbour_leaves_its_room_to_a_long_one():
    (message,) = telegram.context_messages(
        *kept_around("Short.", "It is told here.", "after " * 900, told="told")
    )
    assert quoted([message]).startswith("Short.\n\nIt is told here.\n\nafter ")
    assert 4000 < len(read(message)[0]) <= 4096


def test_a_paragraph_too_long_for_a_message_is_kept_around_the_quote_without_neighbours():
    paragraph = "left " * 900 + "TOLD" + " right" * 900
    (message,) = telegram.context_messages(
        *kept_around("Before.", paragraph, "After.", told="TOLD")
    )
    inside = quoted([message])
    assert inside.startswith("[…] left left ")
    assert " left TOLD right " in inside
    assert inside.endswith(" right right […]")
    assert in_bold(message) == ["TOLD"]


def test_a_quote_too_long_for_a_message_is_all_that_its_context_shows():
    told = "word " * 1800
    (message,) = telegram.context_messages(*kept_around("Before.", told, "After.", told=told))
    assert quoted([message]).startswith("word word ") and quoted([message]).endswith(" […]")


# -- sources and articles


def test_the_sources_are_the_articles_quoted_with_their_paragraphs():
    quotes = [quote(), note("Swans."), quote(paragraph=7), quote(paragraph=1), quote()]
    note_line = "2. A note (paragraph 1)"
    assert telegram.sources_message(quotes) == (
        f"<b>Sources</b>\n\n1. {PLAIN} (paragraphs 1, 2 and 7)\n{note_line}"
    )


@pytest.mark.parametrize(
    ("outcome", "paragraphs", "told"),
    [
        (Outcome("p.txt", Status.ADDED, PIER), 3, f"Added: {PLAIN}, 3 paragraphs"),
        (Outcome("p.txt", Status.UPDATED, NOTE), 1, "Updated: A note, 1 paragraph"),
        (
            Outcome("p.txt", Status.UNCHANGED, NOTE),
            None,
            "Unchanged: this chat's library has it already: A note",
        ),
        (
            Outcome("<p>.pdf", Status.FAILED, reason="this is empty; nothing was read."),
            None,
            "Not added: &lt;p&gt;.pdf: this is empty; nothing was read.",
        ),
        (Outcome("\udcff.txt", Status.FAILED), None, "Not added: �.txt: "),
    ],
)
def test_an_outcome_is_told_with_the_article_or_the_reason(outcome, paragraphs, told):
    assert telegram.outcome_message(outcome, paragraphs) == told


def test_many_outcomes_are_counted_and_ten_are_told():
    outcomes = [Outcome("a.jsonl", Status.ADDED, NOTE)] * 12
    outcomes.insert(1, Outcome("a.jsonl line 2", Status.FAILED, reason="this is no JSON."))
    lines = telegram.outcomes_message(outcomes).split("\n")
    assert lines[:4] == [
        "<b>12 added, 1 failed</b>",
        "",
        "Added: A note",
        "Not added: a.jsonl line 2: this is no JSON.",
    ]
    assert lines[4:] == ["Added: A note"] * 8 + ["… and 3 more"]


def test_a_page_of_articles_is_numbered():
    bare = StoredArticle(NOTE, "main", WHEN, (Span(0, 27),))
    assert telegram.articles_page([KEPT, bare], 1, 1) == (
        f"<b>Articles</b>\n\n1. {PLAIN}\n2. A note"
    )
    assert telegram.articles_page([bare], 2, 2, first_number=11) == (
        "<b>Articles</b> (page 2 of 2)\n\n11. A note"
    )
    assert telegram.articles_page([], 1, 1) == telegram.NO_ARTICLES


def test_ten_articles_with_long_titles_and_addresses_fit_on_a_page():
    long = Article("n", "title " * 90, "T", "https://e.example/" + "a" * 1900, "p" * 90, "a" * 900)
    page = telegram.articles_page([StoredArticle(long, "main", WHEN, ())] * 10, 1, 3)
    assert [entity.tag for entity in read(page)[1]] == ["b"] + ["a"] * 10


def test_progress_is_told_in_numbers():
    assert telegram.progress_message(3, 12) == "Adding: 3 of 12 …"


# -- inline


def test_an_inline_result_is_a_quote_with_its_source():
    one = quote(answer=Span(15, 26))
    assert telegram.inline_quote(one) == (
        f"<blockquote>A ticket costs <b>four crowns</b>.</blockquote>\n{LINKED}"
    )
    assert telegram.inline_title(one) == "Pier opens"
    assert telegram.inline_description(one) == SECOND
    assert telegram.inline_description(one, probable=True) == f"Probably: {SECOND}"


def test_titles_and_descriptions_are_cut_between_words():
    one = note("word " * 99, title="Long & title " * 9)
    assert telegram.inline_title(one) == "Long & title " * 4 + "Long &…"
    assert telegram.inline_description(one) == "word " * 38 + "word…"
    assert shortened("a\n b\x1b", 9) == "a b�"


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
    told, text = composed(quoted([message])), composed(as_shown(one.text))
    assert told == text or text.startswith(told.removesuffix(" […]"))


@settings(max_examples=100, deadline=None)
@given(st.lists(quotes(), max_size=5), st.sampled_from(AnswerStatus), st.lists(SPANS, max_size=6))
def test_every_answer_is_messages_telegram_takes(several, status, differing):
    sides = [replace(several[0], start=start, end=end) for start, end in differing if several]
    agreement = Agreement(differences=tuple(Difference(side, side) for side in sides))
    one = replace(answer(*several, status=status), agreement=agreement)
    for html in telegram.answer_messages(one):
        read(html)
    read(telegram.sources_message(several))


@settings(max_examples=150, deadline=None)
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
    messages = telegram.context_messages(one, StoredArticle(article, "main", WHEN, tuple(spans)))
    for html in messages:
        read(html)
    if len(text[start:end].encode("utf-16-le")) // 2 < 4000:
        assert len(messages) == 1
        bold = "".join(in_bold(messages[0]))
        assert composed(bold) == composed(as_shown(text)[start:end])


@settings(max_examples=100, deadline=None)
@given(quotes(), TEXTS)
def test_every_other_message_is_one_telegram_takes(one, reason):
    kept = StoredArticle(one.article, "main", WHEN, (Span(0, one.end),))
    read(telegram.inline_quote(one))
    read(telegram.articles_page([kept] * 30, 1, 9))
    read(telegram.outcome_message(Outcome("a", Status.ADDED, one.article), 5))
    failed = Outcome(reason, Status.FAILED, reason=reason)
    read(telegram.outcomes_message([failed, Outcome("a", Status.ADDED, one.article)] * 9))
    for told, most in (
        (telegram.inline_title(one), 64),
        (telegram.inline_description(one), 200),
    ):
        assert len(told.encode("utf-16-le")) // 2 <= most
