"""What an article said before is stored, shown as such, and goes when the article goes."""

import json
from datetime import UTC, datetime

import pytest
from article_library import add
from click.testing import CliRunner
from postgresql_server import on_both_engines
from sqlalchemy import select

from bot.cli import quotewise
from bot.rendering.terminal import context_text
from retrieval import ArticleRef, Library, Quote, QuotewiseError
from retrieval.records import Span
from retrieval.storage.schema import TABLES
from retrieval.text.segmentation import place

pytestmark = on_both_engines

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
GONE = f"no longer in the article since {datetime.now(UTC):%-d %B %Y}"


def first_quote(library: Library, question: str, name: str = "main") -> Quote:
    return library.answer(question, scope=[name]).shown[0]


def now(library: Library, quote: Quote, name: str = "main") -> Quote | None:
    """What a quote of an earlier answer has become."""
    ref = ArticleRef(name, quote.article.id)
    return library.history.quote_at(ref, quote.article.sha256, Span(quote.start, quote.end))


def test_a_sentence_is_quoted_at_its_new_place_then_from_its_last_version(library, tmp_path):
    add(library, tmp_path, LIGHT)
    first = library.article("light").article
    start = first.text.index(COST)
    quote = Quote(COST, first, 2, start, start + len(COST), 1.0)
    add(library, tmp_path, CORRECTED)
    moved = now(library, quote)
    assert (moved.gone_since, moved.text, moved.paragraph) == (None, COST, 3)
    assert moved.article == library.article("light").article
    assert moved.article.text[moved.start : moved.end] == COST
    add(library, tmp_path, SHORTENED)
    earlier = library.versions("light")
    assert [one.article.text for one in earlier] == [LIGHT["text"], CORRECTED["text"]]
    assert earlier[0].added <= earlier[0].replaced == earlier[1].added <= earlier[1].replaced
    gone = now(library, quote)
    last = earlier[-1]
    assert (gone.text, gone.article, gone.gone_since) == (COST, last.article, last.replaced)
    shown = context_text(gone, library.history.article_of(gone)).plain
    assert shown == (
        f"Harbour light goes out, The Skerry Post\n{GONE}\n\nIt is lit again.\n\n{STORM} {COST}\n\n"
    )
    assert all(COST not in one.text for one in library.answer("What did it cost?").shown)


@pytest.mark.parametrize(
    ("then", "later", "is_there"),
    [
        ("The dam broke at noon.", "First.\n\nThe dam\nbroke  at noon. Last.", True),
        ('He said: "Run!" and ran.', "He said: “Run!” and ran.", True),
        ("The dam broke.", "ORRIN (Wire) — The dam broke.", True),
        ("The dam broke.", 'We wrote that "The dam broke." It did not.', False),
        ("The toll is 12.", "The toll is 120.", False),
        ("The dam broke.", "The dam\n\nbroke.", False),
    ],
)
def test_a_sentence_is_found_again_only_whole(then, later, is_there):
    found = place(then, Span(0, len(then)), later)
    assert (found is not None) == is_there
    if found:
        assert len(later[slice(*found)].split()) == len(then.split())


def tables_with(library: Library, words: bytes) -> set[str]:
    """The tables with these words in any row."""
    db = library._catalog
    return {
        table.name
        for table in TABLES.sorted_tables
        for row in db.rows(select(*table.columns))
        if any(words in (v if isinstance(v, bytes) else str(v).encode()) for v in row)
    }


def test_nothing_of_a_removed_article_stays(library, tmp_path):
    add(library, tmp_path, LIGHT)
    quote = first_quote(library, WHO)
    add(library, tmp_path, CORRECTED)
    add(library, tmp_path, SHORTENED | {"id": "other"})
    assert [one.article.id for one in library.versions("other")] == ["light", "light"]
    assert tables_with(library, b"Olaf Brenn") == {"articles", "versions"}
    library.remove("other")
    for word in LIGHT["text"].split() + CORRECTED["text"].split():
        if len(word) > 4:
            assert tables_with(library, word.encode()) == set()
    assert now(library, quote) is None
    with pytest.raises(QuotewiseError, match="has been removed since: please ask again"):
        library.history.article_of(quote)


def test_no_library_reaches_the_versions_of_another(library, tmp_path):
    add(library, tmp_path, LIGHT, to="theirs")
    theirs = first_quote(library, WHO, "theirs")
    add(library, tmp_path, SHORTENED, to="theirs")
    add(library, tmp_path, SHORTENED)
    assert now(library, theirs) is None
    assert library.versions("light") == []
    assert now(library, theirs, "theirs") is not None
    library.remove("light")
    assert len(library.versions("light", library="theirs")) == 1


def test_show_lists_the_versions_and_prints_each(library, tmp_path, monkeypatch, database):
    add(library, tmp_path, LIGHT)
    add(library, tmp_path, CORRECTED)
    monkeypatch.setenv("QUOTEWISE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QUOTEWISE_DATABASE", database or "")
    [version] = library.versions("light")

    def show(*arguments: str) -> str:
        done = CliRunner().invoke(quotewise, ["show", "light", *arguments], obj={})
        return done.output or str(done.exception)

    when = f"{version.replaced:%Y-%m-%d %H:%M} UTC"
    assert f"\nVersion 1: replaced {when}\n" in show()
    earlier = show("--version", "1")
    assert f"\nReplaced: {when}\n" in earlier
    assert f"[2] {RAT} {COST}\n" in earlier
    assert json.loads(show("--json"))["versions"] == [
        {
            "number": 1,
            "added": version.added.isoformat(),
            "replaced": version.replaced.isoformat(),
            "sha256": version.article.sha256,
        }
    ]
    assert json.loads(show("--version", "1", "--json"))["text"] == LIGHT["text"]
    assert (
        show("--version", "2") == "That article has 1 earlier version: give a number from 1 to 1."
    )
