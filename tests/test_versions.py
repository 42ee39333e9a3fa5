"""What an article said before is kept, shown as such, and goes when the article goes."""

import asyncio
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console
from shelf import add
from sqlalchemy import text

from bot.cli import quotewise
from bot.console import Conversation
from bot.rendering import answer_text, context_text
from bot.rendering import telegram as rendering
from bot.settings import DEFAULT_MODEL, Settings
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
    article, told = quote.article, Span(quote.start, quote.end)
    ref = ArticleRef(name, article.id)
    return library.history.quote_at(ref, article.sha256, told)


def test_the_versions_of_an_article_are_told_earliest_first(library: Library, tmp_path: Path):
    for article in (LIGHT, CORRECTED, SHORTENED):
        add(library, tmp_path, article)
    earlier = library.versions("light")
    assert [one.article.text for one in earlier] == [LIGHT["text"], CORRECTED["text"]]
    assert earlier[0].added <= earlier[0].replaced == earlier[1].added <= earlier[1].replaced
    assert library.verify() == []


def test_a_change_of_the_title_alone_is_no_version(library: Library, tmp_path: Path):
    add(library, tmp_path, LIGHT)
    assert add(library, tmp_path, LIGHT | {"title": "Light out"}) == ["updated"]
    assert library.versions("light") == []


def test_an_article_that_comes_back_under_its_link_keeps_its_versions(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, LIGHT)
    add(library, tmp_path, CORRECTED)
    quote = first_quote(library, HOW_MUCH)
    add(library, tmp_path, SHORTENED | {"id": "other"})
    assert [one.article.id for one in library.versions("other")] == ["light", "light"]
    gone = again(library, quote)
    assert gone and (gone.text, gone.gone_since is not None) == (quote.text, True)


def test_earlier_versions_are_not_searched(library: Library, tmp_path: Path):
    add(library, tmp_path, LIGHT)
    add(library, tmp_path, SHORTENED)
    answer = library.answer(HOW_MUCH)
    assert all(COST not in quote.text for quote in (*answer.quotes, *answer.closest))


def test_a_sentence_that_still_stands_is_quoted_at_its_new_place(library: Library, tmp_path: Path):
    add(library, tmp_path, LIGHT)
    [quote] = [q for q in [first_quote(library, HOW_MUCH)] if COST in q.text]
    start = LIGHT["text"].index(COST)
    add(library, tmp_path, CORRECTED)
    told = Span(start, start + len(COST))
    moved = library.history.quote_at(ArticleRef("main", "light"), quote.article.sha256, told)
    assert moved and moved.gone_since is None
    assert (moved.text, moved.paragraph) == (COST, 3)
    assert moved.article == library.article("light").article
    assert moved.article.text[moved.start : moved.end] == COST


def test_a_sentence_that_is_gone_is_quoted_from_the_last_version_that_had_it(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, LIGHT)
    start = LIGHT["text"].index(COST)
    first = library.article("light").article
    add(library, tmp_path, CORRECTED)
    add(library, tmp_path, SHORTENED)
    told = Span(start, start + len(COST))
    gone = library.history.quote_at(ArticleRef("main", "light"), first.sha256, told)
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
        ("The dam broke.", "The dam broke.", True),
        ("The dam broke at noon.", "First.\n\nThe dam\nbroke  at noon. Last.", True),
        ('He said: "Run!" and ran.', "He said: “Run!” and ran.", True),
        ("It's Ada’s.", "It’s Ada's.", True),
        ("The dam broke.", "ORRIN (Wire) — The dam broke.", True),
        ("The dam broke.", 'We wrote that "The dam broke." It did not.', False),
        ("The toll is 12.", "The toll is 120.", False),
        ("The toll is 12", "The toll is 12 or more.", False),
        ("The dam broke.", "The dam\n\nbroke.", False),
        ("The dam broke.", "", False),
    ],
)
def test_a_sentence_stands_where_it_stands_whole(then: str, now: str, stands: bool):
    found = place(then, Span(0, len(then)), now)
    assert (found is not None) == stands
    if found:
        assert len(now[slice(*found.span)].split()) == len(then.split())


def rows_with(library: Library, words: bytes) -> list[str]:
    """The tables with these words in any row."""
    db = library._catalog._db
    tables = [
        name for (name,) in db.rows(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
    ]
    return [
        name
        for name in tables
        for row in db.rows(text(f"SELECT * FROM {name}"))
        if any(words in (v if isinstance(v, bytes) else str(v).encode()) for v in row)
    ]


def test_nothing_of_a_removed_article_stays(library: Library, tmp_path: Path):
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


def test_no_library_reaches_the_versions_of_another(library: Library, tmp_path: Path):
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


def test_show_tells_the_versions_and_shows_each(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
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


def test_the_console_shows_what_is_gone_around_a_quote_and_what_was_removed(
    library: Library, tmp_path: Path
):
    out = io.StringIO()
    settings = Settings(tmp_path / "home", DEFAULT_MODEL, "main")
    conversation = Conversation(library, settings, Console(file=out, highlight=False))

    def told(line: str) -> str:
        before = len(out.getvalue())
        assert conversation.goes_on_after(line)
        return out.getvalue()[before:]

    add(library, tmp_path, LIGHT)
    assert RAT in told(WHO)
    add(library, tmp_path, SHORTENED)
    assert told("/context 1").startswith(f"Harbour light goes out, The Skerry Post\n{GONE}\n\n")
    library.remove("light")
    assert told("/context 1") == "That article has been removed since: please ask again.\n"


# -- in Telegram: answers that were given before


def kept_answers(folder: Path, library: Library) -> Answers:
    """The answers of chats that read the library `main`."""
    return Answers(opened(folder / "telegram.sqlite"), library, lambda chat: ["main"], Threads())


def test_an_answer_given_before_a_change_tells_what_is_gone(library: Library, tmp_path: Path):
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


def test_who_else_has_a_quote_is_known_after_a_restart(library: Library, tmp_path: Path):
    from test_stories import BUILT_WHEN, COURIER, POST

    add(library, tmp_path, COURIER, POST)
    answers = kept_answers(tmp_path, library)
    answer = library.answer(BUILT_WHEN)
    id = asyncio.run(answers.keep(1, 2, 3, answer))
    [(kept,)] = answers.store.execute("SELECT answer FROM answers")
    assert "1914" not in kept, "quotes are kept as places, never as text"
    with Library.open(tmp_path / "home", copies=library._models.copies) as reopened:
        given = asyncio.run(kept_answers(tmp_path, reopened).with_id(1, id))
    assert given and given.answer.quotes == answer.quotes and given.answer.closest == answer.closest
    first = (given.answer.quotes or given.answer.closest)[0]
    assert [other.id for other in first.also_in] == ["post"]
    add(library, tmp_path, POST | {"text": POST["text"].replace("1914", "1915")})
    changed = asyncio.run(answers.with_id(1, id))
    assert changed
    assert (changed.answer.quotes or changed.answer.closest)[0].also_in == ()


def test_an_answer_kept_by_an_earlier_version_can_be_read(library: Library, tmp_path: Path):
    add(library, tmp_path, LIGHT)
    answers = kept_answers(tmp_path, library)
    id = asyncio.run(answers.keep(1, 2, 3, library.answer(WHO)))
    [(kept,)] = answers.store.execute("SELECT answer FROM answers")
    fields = json.loads(kept)
    for one in fields["quotes"]:
        del one["also_in"]
    answers.store.execute("UPDATE answers SET answer = ?", (json.dumps(fields),))
    given = asyncio.run(answers.with_id(1, id))
    assert given and (given.answer.quotes or given.answer.closest)[0].also_in == ()
