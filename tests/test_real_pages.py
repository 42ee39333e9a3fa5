"""Real pages: articles are read as well as trafilatura reads them, other pages are refused."""

from pathlib import Path

import pytest
from benchmark_pages import READERS, Result, measure

PAGES = Path(__file__).parents[2] / "shared" / "data" / "pages"

pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason=f"{PAGES} is not there")


@pytest.fixture(scope="module")
def ours() -> Result:
    return measure({"quotewise": READERS["quotewise"]}, PAGES)["quotewise"]


def test_no_page_ends_in_a_defect(ours):
    assert len(ours.times_ms) == 181
    assert ours.defects == []


def test_no_article_of_181_sites_is_refused(ours):
    assert ours.refused_articles == []


def test_nine_of_ten_pages_that_are_no_articles_are_refused(ours):
    assert len(ours.read_others) <= ours.others / 10


def test_articles_are_read_as_well_as_by_trafilatura(ours):
    best = 0.964  # with `favor_precision`, by benchmark_pages.py
    assert ours.f1 >= best - 0.002
