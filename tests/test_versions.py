"""What an article said before is kept, shown as such, and goes when the article goes."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from article_library import add
from click.testing import CliRunner

from bot.cli import quotewise
from bot.rendering import answer_text, context_text
from bot.rendering import telegram as rendering
from bot.telegram.answers import Answers
from bot.telegram.store import opened
from bot.telegram.threads import Threads
from retrieval import ArticleRef, Library, Quote, QuotewiseError
from retrieval.records import Span
from retrieval.text.matching import place

RAT = "Keeper Olaf Brenn said a rat had bitten through the main cable."
COST = "The repair cost 412 crowns."
LIGHT = {
    "id": "light",
    "title": "Harbour light goes out",
    "url": "https://skerry.example/light",
    "source": "The Skerry Post",
    "text": f"The lighthouse at Skerry Point went dark on Tuesday.\n\n{RAT} {COST}",
}
STORM = "A storm, and no rat, had broken the cable, keeper Olaf Brenn said on Thursday."
CORRECTED = LIGHT | {"text": f"The lighthouse went dark.\n\nIt is lit again.\n\n{STORM} {COST}"}
SHORTENED = LIGHT | {"text": f"The lighthouse went dark.\n\n{STORM}"}
WHO = "What did the rat bite through?"
HOW_MUCH = "What did the repair cost?"
TODAY = f"{datetime.now(UTC):%-d %B %Y}"
GONE = f"no longer in the article since {TODAY}"


def first_quote(library: Library, question: str) -> Quote:
    answer = library.answer(question)
    return (answer.quotes or answer.closest)[0]


def again(library: Library, quote: Quote, name: str = "main") -> Quote | None:
    """What a quote of an earlier answer has become."""
    article, span = quote.article, Span(quote.start, quote.end)
    ref = ArticleRef(name, article.id)
    return library.history.quote_at(ref, article.sha256, span)


def test_a_sentence_that_is_still_there_is_quoted_at_its_new_place(library, tmp_path):
    add(library, tmp_path, LIGHT)
    [quote] = [q for q in [first_quote(library, HOW_MUCH)] if COST in q.text]
    start = LIGHT["text"].index(COST)
    add(library, tmp_path, CORRECTED)
    span = Span(start, start + len(COST))
    moved = library.history.quote_at(ArticleRef("main", "light"), quote.article.sha256, span)
    assert moved and moved.gone_since is None
    assert (moved.text, moved.paragraph) == (COST, 3)
    assert moved.article == library.article("light").article
    assert moved.article.text[moved.start : moved.end] == COST


def test_a_sentence_that_is_gone_is_quoted_from_the_last_version_that_had_it(library, tmp_path):
    add(library, tmp_path, LIGHT)
    start = LIGHT["text"].index(COST)
    first = library.article("light").article
    add(library, tmp_path, CORRECTED)
    add(library, tmp_path, SHORTENED)
    span = Span(start, start + len(COST))
    gone = library.history.quote_at(ArticleRef("main", "light"), first.sha256, span)
    last = library.versions("light")[-1]
    assert gone and (gone.text, gone.article) == (COST, last.article)
    assert gone.gone_since == last.replaced
    kept = library.history.article_of(gone)
    assert kept.article == last.article
    shown = context_text(gone, kept).plain
    assert shown == (
        f"Harbour light goes out, The Skerry Post\n{GONE}\n\nIt is lit again.\n\n{STORM} {COST}\n\n"
    )


@pytest.mark.parametrize(
    ("then", "now", "stands"),
    [
        ("The dam broke at noon.", "First.\n\nThe dam\nbroke  at noon. Last.", True),
        ('He said: "Run!" and ran.', "He said: “Run!” and ran.", True),
        ("The dam broke.", "ORRIN (Wire) — The dam broke.", True),
        ("The dam broke.", 'We wrote that "The dam broke." It did not.', False),
        ("The toll is 12.", "The toll is 120.", False),
        ("The dam broke.", "The dam\n\nbroke.", False),
    ],
)
def test_a_sentence_is_found_again_only_whole(then, now, stands):
    found = place(then, Span(0, len(then)), now)
    assert (found is not None) == stands
    if found:
        assert len(now[slice(*found.span)].split()) == len(then.split())


def rows_with(library: Library, words: bytes) -> list[str]:
    """The tables with these words in any row."""
    db = library._catalog._db
    tables = [name for (name,) in db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        name
        for name in tables
        for row in db.rows(f"SELECT * FROM {name}")
        if any(words in (v if isinstance(v, bytes) else str(v).encode()) for v in row)
    ]


def test_nothing_of_a_removed_article_stays(library, tmp_path):
    add(library, tmp_path, LIGHT)
    quote = first_quote(library, WHO)
    add(library, tmp_path, CORRECTED)
    add(library, tmp_path, SHORTENED | {"id": "other"})
    assert set(rows_with(library, b"Olaf Brenn")) == {"articles", "versions"}
    library.remove("other")
    for words in LIGHT["text"].split() + CORRECTED["text"].split():
        if len(words) > 4:
            assert rows_with(library, words.encode()) == []
    assert again(library, quote) is None
    with pytest.raises(QuotewiseError, match="has been removed since: please ask again"):
        library.history.article_of(quote)


def test_no_library_reaches_the_versions_of_another(library, tmp_path):
    add(library, tmp_path, LIGHT, to="theirs")
    quote = library.answer(WHO, scope=["theirs"])
    theirs = (quote.quotes or quote.closest)[0]
    add(library, tmp_path, SHORTENED, to="theirs")
    add(library, tmp_path, SHORTENED)
    assert again(library, theirs) is None
    assert library.versions("light") == []
    assert again(library, theirs, "theirs") is not None
    library.remove("light")
    assert len(library.versions("light", library="theirs")) == 1


# -- on the command line


def test_show_lists_the_versions_and_prints_each(library, tmp_path, monkeypatch):
    add(library, tmp_path, LIGHT)
    add(library, tmp_path, CORRECTED)
    monkeypatch.setenv("QUOTEWISE_HOME", str(tmp_path / "home"))
    [version] = library.versions("light")

    def shown(*arguments: str) -> str:
        return CliRunner().invoke(quotewise, ["show", "light", *arguments], obj={}).output

    when = f"{version.replaced:%Y-%m-%d %H:%M} UTC"
    assert f"\nVersion 1: replaced {when}\n" in shown()
    earlier = shown("--version", "1")
    assert f"\nReplaced: {when}\n" in earlier
    assert f"[2] {RAT} {COST}\n" in earlier
    assert json.loads(shown("--json"))["versions"] == [
        {
            "number": 1,
            "added": version.added.isoformat(),
            "replaced": version.replaced.isoformat(),
            "sha256": version.article.sha256,
        }
    ]
    assert json.loads(shown("--version", "1", "--json"))["text"] == LIGHT["text"]
    refused = CliRunner().invoke(quotewise, ["show", "light", "--version", "2"], obj={})
    assert str(refused.exception) == (
        "That article has 1 earlier version: give a number from 1 to 1."
    )


# -- in Telegram: answers that were given before


def kept_answers(folder: Path, library: Library) -> Answers:
    """The answers of chats that read the library `main`."""
    return Answers(opened(folder / "telegram.sqlite"), library, lambda chat: ["main"], Threads())


def test_an_answer_given_before_a_change_says_what_is_gone(library, tmp_path):
    add(library, tmp_path, LIGHT)
    answers = kept_answers(tmp_path, library)
    answer = library.answer(WHO)
    id = asyncio.run(answers.keep(1, 2, 3, answer))
    before = asyncio.run(answers.with_id(1, id))
    assert before and before.answer.quotes == answer.quotes
    add(library, tmp_path, SHORTENED)
    given = asyncio.run(answers.with_id(1, id))
    assert given
    quote = (given.answer.quotes or given.answer.closest)[0]
    assert RAT in quote.text
    assert quote.gone_since == library.versions("light")[0].replaced
    [message] = rendering.answer_messages(given.answer, count=1)
    assert message.endswith(f"\n<b>{GONE}</b>")
    assert f"   {GONE}\n" in answer_text(given.answer).plain
    assert f"<b>{GONE}</b>" in rendering.sources_message([quote])
    kept = library.history.article_of(quote)
    assert f"<b>{GONE}</b>\n<blockquote>" in rendering.context_messages(quote, kept)[0]
    library.remove("light")
    removed = asyncio.run(answers.with_id(1, id))
    assert removed and (removed.answer.quotes, removed.answer.closest) == ((), ())
