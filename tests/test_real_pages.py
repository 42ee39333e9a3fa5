"""Pages of real sites are read: none ends in a defect, and no true article is called damaged."""

import gzip
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.reading import webpage
from retrieval.reading.sources import Source

PAGES = Path(__file__).parents[2] / "shared" / "data" / "pages"

pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason=f"{PAGES} is not there")


def refusals(folder: Path, url_of: Callable[[str], str | None]) -> dict[str, UnreadableSource]:
    """The pages of a folder that were not read, by name, and why."""
    found: dict[str, UnreadableSource] = {}
    for path in sorted(folder.glob("*.html.gz")):
        name = path.name.removesuffix(".html.gz")
        content = io.BytesIO(gzip.decompress(path.read_bytes()))
        try:
            list(webpage.articles(Source(name, None, content, date(2026, 11, 1), url_of(name))))
        except UnreadableSource as error:
            found[name] = error
    return found


def defects(refused: dict[str, UnreadableSource]) -> list[str]:
    return [name for name, error in refused.items() if isinstance(error, ReaderDefect)]


def test_article_pages_of_181_sites_are_read():
    truth = json.loads((PAGES / "ground-truth.json").read_text())
    assert len(truth) == 181
    refused = refusals(PAGES / "html", lambda name: truth[name]["url"])
    assert defects(refused) == []
    assert [str(error) for error in refused.values() if "damaged" in error.reason] == []
    assert len(refused) <= 4, [str(error) for error in refused.values()]


def test_pages_that_are_no_articles_cause_no_defect():
    assert defects(refusals(PAGES / "not-articles", lambda _: None)) == []
