"""Copies of one article are one story; strangers and reports from one form are not."""

import random
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import same_form
from archive import median_join_ms
from newswire import article, edited, figures, report, wire
from shelf import add
from sqlalchemy import text as query

from retrieval.library import Library
from retrieval.records import Article, ArticleRef
from retrieval.storage import Catalog, NewArticle
from retrieval.text import near_duplicates
from retrieval.text.near_duplicates import Wording

WHEN = datetime(2026, 11, 1, 9, 5, 7, tzinfo=UTC)


def new(id: str, text: str, library: str = "main") -> NewArticle:
    return NewArticle(library, Article(id, "Title", text), WHEN, (), ())


def put(catalog: Catalog, **texts: str) -> None:
    catalog.put([new(id, text) for id, text in texts.items()], model="none")


def grouped(catalog: Catalog) -> list[set[str]]:
    """The ids of the articles of each story that has several."""
    found: dict[int, set[str]] = {}
    for id, story in catalog._db.rows(query("SELECT id, story FROM articles")):
        assert story is not None
        found.setdefault(story, set()).add(id)
    return [ids for ids in found.values() if len(ids) > 1]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog.sqlite")


@pytest.mark.parametrize("seed", [1001, 1002])
def test_200_edited_copies_among_1000_articles_are_grouped_with_their_originals(
    catalog: Catalog, seed: int
):
    """The parameters were chosen on other seeds."""
    told = wire(seed)
    assert len(told) == 1000
    catalog.put((new(str(number), one.text) for number, one in enumerate(told)), model="none")
    found = [
        story for (story,) in catalog._db.rows(query("SELECT story FROM articles ORDER BY key"))
    ]
    precision, recall = figures(told, found.__getitem__)
    assert precision >= 0.95
    assert recall >= 0.95


def test_reports_from_one_form_are_as_many_stories(catalog: Catalog):
    dice = random.Random(8)
    put(catalog, **{str(number): report(dice) for number in range(80)})
    assert grouped(catalog) == []


@pytest.mark.parametrize(("one", "other"), same_form.pairs().values(), ids=same_form.pairs())
def test_different_events_in_the_same_words_are_two_stories(one: str, other: str):
    assert not near_duplicates.same(Wording(one), Wording(other))


def test_reports_from_15_forms_are_as_many_stories_in_an_archive(catalog: Catalog):
    told = {text for pair in same_form.pairs().values() for text in pair}
    put(catalog, **{str(number): text for number, text in enumerate(sorted(told))})
    assert len(told) == 45
    assert grouped(catalog) == []


def test_a_report_edited_here_and_there_is_still_its_story():
    dice = random.Random(12)
    for text, _ in same_form.pairs().values():
        for share in (0.05, 0.1, 0.2):
            assert near_duplicates.same(Wording(text), Wording(edited(text, share, dice)))


def test_the_next_article_takes_no_longer_in_an_archive_ten_times_as_large(tmp_path: Path):
    """tests/benchmark_stories.py does this with 100,000."""
    few, many = median_join_ms(tmp_path, 1_000), median_join_ms(tmp_path, 10_000)
    assert many < 1.5 * few + 1


def test_short_texts_are_no_copies_even_of_themselves(catalog: Catalog):
    put(catalog, a="Rain is expected. " * 20, b="Rain is expected. " * 20)
    note = "The library is shut on Monday as the boiler is being repaired."
    put(catalog, c=note, d=note)
    assert grouped(catalog) == []


def test_an_excerpt_of_half_an_article_is_its_story(catalog: Catalog):
    text = article(random.Random(5))
    put(catalog, whole=text, half=text[: len(text) // 2])
    assert grouped(catalog) == [{"whole", "half"}]


def test_chinese_copies_are_found_though_they_have_no_spaces():
    text = "".join(chr(random.Random(9 + at // 3).randrange(0x4E00, 0x9000)) for at in range(400))
    one, other = Wording(text), Wording(text[:180] + "新" + text[185:])
    assert near_duplicates.same(one, other)
    assert set(near_duplicates.bands(one)) & set(near_duplicates.bands(other))


def copies_of_one(seed: int, *shares: float) -> list[str]:
    dice = random.Random(seed)
    text = "\n\n".join(article(dice) for _ in range(2))
    return [edited(text, share, dice) for share in shares]


def test_an_article_that_bridges_two_stories_makes_them_one(catalog: Catalog):
    """Two copies edited by a third each resemble the original, but hardly each other."""
    original, one, other = copies_of_one(3, 0, 0.25, 0.25)
    assert not near_duplicates.same(Wording(one), Wording(other))
    put(catalog, one=one, other=other)
    assert grouped(catalog) == []
    put(catalog, original=original)
    assert grouped(catalog) == [{"one", "other", "original"}]


def test_a_round_up_does_not_make_its_sources_one_story(catalog: Catalog):
    dice = random.Random(4)
    one, other = article(dice), article(dice)
    put(catalog, one=one, other=other, round_up=f"{one}\n\n{other}")
    [story] = grouped(catalog)
    assert story in ({"one", "round_up"}, {"other", "round_up"})


def test_a_story_goes_on_without_its_first_article(catalog: Catalog):
    texts = copies_of_one(6, 0, 0.05, 0.06, 0.07)
    put(catalog, a=texts[0], b=texts[1], c=texts[2])
    catalog.remove(ArticleRef("main", "a"))
    assert grouped(catalog) == [{"b", "c"}]
    put(catalog, d=texts[3])
    assert grouped(catalog) == [{"b", "c", "d"}]
    keys = dict(catalog._db.rows(query("SELECT id, key FROM articles")))
    assert list(catalog._db.rows(query("SELECT DISTINCT story FROM articles"))) == [(keys["b"],)]


def test_the_bands_of_a_removed_article_go_with_it(catalog: Catalog):
    put(catalog, a=article(random.Random(1)))
    assert catalog._db.first_row(query("SELECT count(*) FROM bands")) == (near_duplicates.BANDS,)
    catalog.remove(ArticleRef("main", "a"))
    assert catalog._db.first_row(query("SELECT count(*) FROM bands")) == (0,)


def test_copies_in_another_library_are_another_story(catalog: Catalog):
    text = article(random.Random(2))
    catalog.put([new("a", text), new("b", text, "other")], model="none")
    assert grouped(catalog) == []


def forgotten(catalog: Catalog) -> None:
    """As an earlier version of Quotewise would have left it."""
    with catalog._db.transaction() as db:
        db.execute(query("UPDATE articles SET story = NULL"))
        db.execute(query("DELETE FROM bands"))


def test_articles_that_were_kept_before_there_were_stories_get_theirs_with_the_next(
    catalog: Catalog,
):
    texts = copies_of_one(6, 0, 0.05, 0.06)
    put(catalog, a=texts[0], b=texts[1])
    forgotten(catalog)
    put(catalog, c=texts[2])
    assert grouped(catalog) == [{"a", "b", "c"}]
    assert catalog._db.first_row(query("SELECT min(story), max(story) FROM articles")) == (1, 1)


def test_rebuild_finds_all_stories_again(library: Library, tmp_path: Path):
    first, second = copies_of_one(6, 0, 0.05)
    add(library, tmp_path, {"id": "a", "text": first}, {"id": "b", "text": second})
    forgotten(library._catalog)
    library.rebuild()
    assert grouped(library._catalog) == [{"a", "b"}]
    assert library.verify() == []


def test_an_archive_of_the_first_format_learns_the_links_of_its_articles(
    tmp_path: Path, old_catalog: Callable[[Path], None]
):
    old_catalog(tmp_path / "catalog.sqlite")
    catalog = Catalog(tmp_path / "catalog.sqlite")
    kept = catalog.article_with_url("main", "http://www.post.example/pier/?utm_source=mail")
    assert kept and kept.article.url == "https://post.example/pier"


@pytest.fixture
def old_catalog() -> Callable[[Path], None]:
    from retrieval.storage.migrations import FIRST_SCHEMA

    def make(path: Path) -> None:
        with sqlite3.connect(path) as db:
            db.executescript(FIRST_SCHEMA)
            db.execute("INSERT INTO libraries (name) VALUES ('main')")
            db.execute(
                "INSERT INTO articles (library, id, title, text, sha256, added, url) VALUES (1,"
                " 'pier', 'Pier', 'It opens.', 'f', '2024-03-02T10:00:00+00:00',"
                " 'https://post.example/pier')"
            )
            db.execute("PRAGMA user_version = 1")
        db.close()

    return make


# -- what the reader sees of it

DAM = (
    "The council of Orrin voted on Monday to take down the old mill dam above the town.\n\n"
    "The dam was built in 1914 to power a paper mill, and has held back the river Lenn since.\n\n"
    'Engineer Signe Rask called it "a danger to everybody who lives below it" after the flood of '
    "March, in which water ran over the crest for the first time.\n\n"
    "The work is to begin in June and will cost 7.4 million crowns, half of which comes from the "
    "ministry. Salmon are expected to come back to the upper valley within ten years."
)
BUILT = "The dam was built in 1914 to power a paper mill, and has held back the river Lenn since."
COURIER = {
    "id": "courier",
    "title": "Mill dam to go",
    "text": DAM,
    "source": "Orrin Courier",
    "published": "2026-03-10",
    "url": "https://courier.example/dam",
}
POST = COURIER | {
    "id": "post",
    "title": "Orrin takes down its dam",
    "source": "The Harbour Post",
    "published": "2026-03-11",
    "url": "https://post.example/orrin-dam",
    "text": DAM.replace('"a danger', "“a danger").replace('below it"', "below it”"),
}
EDITED = COURIER | {
    "id": "edited",
    "title": "Old dam goes",
    "source": "Lenn Valley News",
    "published": "2026-03-12",
    "url": "https://lenn.example/dam",
    "text": DAM.replace("to power a paper mill, and", "for a paper mill and"),
}
BUILT_WHEN = "When was the dam built, and to power what?"


def test_an_answer_has_one_quote_of_a_story_and_tells_who_else_has_it(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, EDITED, POST, COURIER)
    answer = library.answer(BUILT_WHEN)
    quotes = answer.quotes or answer.closest
    assert quotes[0].text == BUILT
    assert quotes[0].article.id == "courier", "the one that was published first"
    assert [other.id for other in quotes[0].also_in] == ["post"]
    assert quotes[0].article.text[quotes[0].start : quotes[0].end] == BUILT
    assert [quote.text for quote in quotes if "1914" in quote.text] == [BUILT]


def test_a_copy_that_may_not_be_quoted_neither_takes_the_quote_nor_is_told(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, COURIER, POST)
    keys = {one.stored.article.id: one.key for one in library.arrivals(0)}
    answer = library.answer(BUILT_WHEN, only=[keys["post"]], limit=1)
    (quote,) = answer.shown
    assert (quote.text, quote.article.id, quote.also_in) == (BUILT, "post", ())


def test_other_quotation_marks_are_the_same_words(library: Library, tmp_path: Path):
    add(library, tmp_path, POST, COURIER)
    answer = library.answer("Who called the dam a danger to everybody who lives below it?")
    first = (answer.quotes or answer.closest)[0]
    assert '"a danger to everybody' in first.text
    assert (first.article.id, [other.id for other in first.also_in]) == ("courier", ["post"])


CORRECTED = POST | {"text": DAM.replace("7.4 million", "9.1 million")}


def test_another_fact_in_an_article_of_the_same_story_is_quoted_too(
    library: Library, tmp_path: Path
):
    add(library, tmp_path, COURIER, CORRECTED)
    assert grouped(library._catalog) == [{"courier", "post"}]
    answer = library.answer("How many million crowns will the work cost?")
    quotes = answer.quotes + answer.closest
    told = "The work is to begin in June and will cost {} million crowns, half of which comes from"
    assert {quote.text for quote in quotes[:2]} == {
        f"{told.format(sum)} the ministry." for sum in ("7.4", "9.1")
    }


def test_two_matches_of_one_club_are_both_quoted(library: Library, tmp_path: Path):
    one, other = same_form.pairs()["match 1 and 2"]
    add(library, tmp_path, {"id": "one", "text": one}, {"id": "other", "text": other})
    answer = library.answer("Who did Brackwell beat at Mill Road?")
    quotes = (answer.quotes + answer.closest)[:2]
    assert {quote.text.split(" at ")[0] for quote in quotes} == {
        "Brackwell beat Dunmere 3-1",
        "Brackwell beat Eastholm 3-0",
    }


def test_where_no_date_is_known_the_best_ranked_article_is_quoted(library: Library, tmp_path: Path):
    undated = [one | {"published": None} for one in (COURIER, POST)]
    add(library, tmp_path, *undated)
    answer = library.answer(BUILT_WHEN)
    first = (answer.quotes or answer.closest)[0]
    assert {first.article.id, *(other.id for other in first.also_in)} == {"courier", "post"}


def test_a_copy_in_another_library_is_not_told(library: Library, tmp_path: Path):
    add(library, tmp_path, COURIER)
    add(library, tmp_path, POST, to="other")
    answer = library.answer(BUILT_WHEN)
    assert (answer.quotes or answer.closest)[0].also_in == ()


def test_a_link_with_trackers_leads_to_the_same_article(library: Library, tmp_path: Path):
    page = {key: value for key, value in COURIER.items() if key != "id"}
    tracked = page | {"url": "https://www.courier.example/dam/?utm_source=mail&fbclid=x"}
    assert add(library, tmp_path, page, tracked) == ["added", "unchanged"]
    assert add(library, tmp_path, tracked | {"text": DAM + " It rains."}) == ["updated"]
    (kept,) = library.articles()
    assert kept.article.published == date(2026, 3, 10)
    assert kept.article.url == "https://courier.example/dam"
