"""Copies of one article are one story; strangers and reports from one form are not."""

import random
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from article_library import add
from generated_news import article, edited, figures, report, wire
from postgresql_server import in_files, on_both_engines
from sqlalchemy import text as query

from retrieval import Article, Status
from retrieval.storage import Catalog, NewArticle
from retrieval.text import near_duplicates
from retrieval.text.near_duplicates import Wording

pytestmark = on_both_engines

WHEN = datetime(2026, 11, 1, 9, 5, 7, tzinfo=UTC)


def new(id: str, text: str) -> NewArticle:
    return NewArticle("main", Article(id, "Title", text), WHEN, ())


def put(catalog: Catalog, **texts: str) -> None:
    catalog.put([new(id, text) for id, text in texts.items()], model="none")


def grouped(catalog: Catalog) -> list[set[str]]:
    """The ids of the articles of each story that has several."""
    found: dict[int, set[str]] = {}
    for id, story in catalog.rows(query("SELECT id, story FROM articles")):
        assert story is not None
        found.setdefault(story, set()).add(id)
    return [ids for ids in found.values() if len(ids) > 1]


@pytest.fixture
def catalog(tmp_path, database) -> Iterator[Catalog]:
    with closing(Catalog(database or tmp_path / "catalog.sqlite")) as empty:
        yield empty


def test_signatures_are_those_that_earlier_versions_stored():
    text = " ".join(f"word{number}" for number in range(40))
    assert near_duplicates.bands(Wording(text))[:2] == [33892989236743, 190834314529663]


@in_files
@pytest.mark.parametrize("seed", [1001])
def test_200_edited_copies_among_1000_articles_are_grouped_with_their_originals(catalog, seed):
    """The parameters were chosen on other seeds."""
    texts = wire(seed)
    assert len(texts) == 1000
    catalog.put((new(str(number), one.text) for number, one in enumerate(texts)), model="none")
    found = [story for (story,) in catalog.rows(query("SELECT story FROM articles ORDER BY key"))]
    precision, recall = figures(texts, found.__getitem__)
    assert precision >= 0.95
    assert recall >= 0.95


def test_reports_from_one_form_are_as_many_stories(catalog):
    dice = random.Random(8)
    put(catalog, **{str(number): report(dice) for number in range(80)})
    assert grouped(catalog) == []


def test_short_texts_are_no_copies_even_of_themselves(catalog):
    put(catalog, a="Rain is expected. " * 20, b="Rain is expected. " * 20)
    note = "The library is shut on Monday as the boiler is being repaired."
    put(catalog, c=note, d=note)
    assert grouped(catalog) == []


def copies_of_one(seed: int, *shares: float) -> list[str]:
    dice = random.Random(seed)
    text = "\n\n".join(article(dice) for _ in range(2))
    return [edited(text, share, dice) for share in shares]


def test_an_article_that_bridges_two_stories_makes_them_one(catalog):
    """Two copies edited by a third each resemble the original, but hardly each other."""
    original, one, other = copies_of_one(3, 0, 0.25, 0.25)
    assert not near_duplicates.same(Wording(one), Wording(other))
    put(catalog, one=one, other=other)
    assert grouped(catalog) == []
    put(catalog, original=original)
    assert grouped(catalog) == [{"one", "other", "original"}]


def test_a_round_up_does_not_make_its_sources_one_story(catalog):
    dice = random.Random(4)
    one, other = article(dice), article(dice)
    put(catalog, one=one, other=other, round_up=f"{one}\n\n{other}")
    [story] = grouped(catalog)
    assert story in ({"one", "round_up"}, {"other", "round_up"})


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


def test_an_answer_quotes_a_story_once_and_names_who_else_has_it(library, tmp_path):
    add(library, tmp_path, EDITED, POST, COURIER)
    answer = library.answer(BUILT_WHEN)
    quotes = answer.quotes or answer.closest
    assert quotes[0].text == BUILT
    assert quotes[0].article.id == "courier", "the one that was published first"
    assert [other.id for other in quotes[0].also_in] == ["post"]
    assert quotes[0].article.text[quotes[0].start : quotes[0].end] == BUILT
    assert [quote.text for quote in quotes if "1914" in quote.text] == [BUILT]


CORRECTED = POST | {"text": DAM.replace("7.4 million", "9.1 million")}


def test_another_fact_in_an_article_of_the_same_story_is_quoted_too(library, tmp_path):
    add(library, tmp_path, COURIER, CORRECTED)
    assert grouped(library._catalog) == [{"courier", "post"}]
    answer = library.answer("How many million crowns will the work cost?")
    quotes = answer.quotes + answer.closest
    assert {re.search(r"cost (.*) million", quote.text)[1] for quote in quotes[:2]} == {
        "7.4",
        "9.1",
    }


def test_a_link_with_trackers_leads_to_the_same_article(library, tmp_path):
    page = {key: value for key, value in COURIER.items() if key != "id"}
    tracked = page | {"url": "https://www.courier.example/dam/?utm_source=mail&fbclid=x"}
    assert add(library, tmp_path, page, tracked) == ["added", "unchanged"]
    assert add(library, tmp_path, tracked | {"text": DAM + " It rains."}) == ["updated"]
    (kept,) = library.articles()
    assert kept.article.published == date(2026, 3, 10)
    assert kept.article.url == "https://courier.example/dam"


WATER = (
    "Allotment holders get their water back\n\n"
    "The allotments behind Orle station will get water again from 3 May, after eleven dry weeks. "
    "A digger had torn the main in February, when a cable was laid to the new signal box.\n\n"
    "The railway pays for the new pipe, which runs along the north fence and has four taps more "
    "than the old one. Members carried rain water in buckets meanwhile, and lost lettuces.\n\n"
    "Chairwoman Lise Tarp thanked the fire brigade of Orle, which had filled two tanks a week."
)
WATER_WHEN = "When will the allotments behind Orle station get water again?"
STATED = {"id": "pipe", "text": WATER, "source": "Orle Echo", "url": "https://echo.example/pipe"}
OTHERS = (
    {
        "id": "station",
        "title": "Station clock stands still",
        "text": "The clock of Orle station has stood still since April. A part has to be cast.\n\n"
        "The railway hopes to have it going again before the summer.",
    },
    {
        "id": "pool",
        "title": "Pool opens late",
        "text": "The open-air pool in Kelm gets its water on 20 May, ten days late.\n\n"
        "A pump had to be repaired. Season tickets are on sale at the town hall.",
    },
)


@pytest.mark.parametrize("together", [True, False])
def test_a_copy_under_another_name_is_reported_as_unchanged(library, tmp_path, together):
    names = [str(tmp_path / name) for name in ("report.txt", "report (1).txt")]
    for name in names:
        Path(name).write_text(WATER)
    if together:
        outcomes = list(library.add(names))
    else:
        outcomes = [one for name in names for one in library.add(name)]
    assert [one.status for one in outcomes] == [Status.ADDED, Status.UNCHANGED]
    [article] = library.articles()
    assert outcomes[1].article is not None
    assert (outcomes[1].article.id, outcomes[1].source) == (article.article.id, names[1])
    for again in (names, names[::-1]):
        assert [one.status for one in library.add(again)] == [Status.UNCHANGED] * 2
    assert list(library.articles()) == [article]


def test_copies_leave_the_confidence_of_an_answer_as_it_was(library, tmp_path):
    add(library, tmp_path, STATED, *OTHERS)
    alone = library.answer(WATER_WHEN)
    changed = {"text": WATER.replace("after eleven dry weeks", "after weeks without a drop")}
    copies = [
        STATED | changed | {"id": str(n), "source": f"Paper {n}", "url": f"https://p{n}.example/a"}
        for n in range(4)
    ]
    assert add(library, tmp_path, *copies) == [Status.ADDED] * 4
    among_copies = library.answer(WATER_WHEN)
    assert "3 May" in among_copies.shown[0].text
    assert among_copies.confidence == pytest.approx(alone.confidence, abs=0.05)
