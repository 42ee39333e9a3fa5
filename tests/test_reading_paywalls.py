"""Of an article whose page shows but its beginning, whoever adds it is told so."""

from datetime import date

import pytest
from harbour import COST, FERRY, MAYOR
from pages import LAYOUTS, page

from bot import rendering
from bot.rendering import notices
from retrieval.library import Library
from retrieval.reading import webpage

TODAY = date(2026, 11, 1)
NOT_FREE = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle",'
    '"headline": "North pier to reopen in spring", "isAccessibleForFree": false}</script>'
)
DOOR = "<div class='offer'><h3>Subscribe to continue reading</h3><p>From 1 crown a week.</p></div>"
SIGNED_IN = "<p>You are signed in as Jo Doe.</p>"
NOTE = (
    "only its beginning was read, as the page says that the rest is for subscribers; if you are"
    " one, save the page in your browser and add the .html file."
)


def of_page(head: str = "", above: str = "", below: str = "") -> str:
    body = f"<h1>North pier to reopen in spring</h1><p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p>"
    return f"<html><head>{head}</head><body>{above}<main>{body}</main>{below}</body></html>"


@pytest.mark.parametrize("head", ["", NOT_FREE])
@pytest.mark.parametrize(
    "door",
    [
        DOOR,
        "<p>This article is for subscribers only.</p><a href='/login'>Sign in</a>",
        "<p>Cet article est réservé aux abonnés.</p>",
        "<p>Bereits Abonnent? <a href='/login'>Anmelden</a></p>",
    ],
)
def test_a_page_that_ends_at_a_door_is_read_with_a_note(head, door):
    draft = webpage.drafted(of_page(head, below=door), "pier.html", TODAY)
    assert draft.text == f"{FERRY}\n\n{MAYOR}\n\n{COST}"
    assert draft.note == NOTE


@pytest.mark.parametrize(
    "page",
    [
        of_page(),
        of_page(NOT_FREE, below=SIGNED_IN),  # a subscriber has saved it
        of_page(above="<p>Already a subscriber? <a href='/login'>Log in</a></p>"),
        of_page(NOT_FREE.replace("false", "true"), below=DOOR),
        of_page(below="<p>Log in to leave a comment.</p>"),
    ],
)
def test_a_page_that_is_whole_is_read_without_a_note(page):
    assert webpage.drafted(page, "pier.html", TODAY).note is None


def test_no_layout_without_a_door_has_a_note():
    noted = {
        layout: webpage.drafted(page(layout, 1000).html, layout, TODAY).note
        == webpage.ONLY_THE_BEGINNING
        for layout in LAYOUTS
    }
    assert [layout for layout, has in noted.items() if has] == ["paywall_with_teaser"]


def test_the_note_is_told_when_the_article_is_added(library: Library, tmp_path):
    file = tmp_path / "pier.html"
    file.write_text(of_page(NOT_FREE, below=DOOR))
    added, again = (outcome for _ in range(2) for outcome in library.add(str(file)))
    assert rendering.outcome_line(added).plain.endswith(f"  Note: {NOTE}")
    assert notices.outcome_message(added).endswith(f"North pier to reopen in spring. Note: {NOTE}")
    assert again.status == "unchanged"
    (kept,) = library.articles()
    assert kept.article.note is None
    assert "note" not in rendering.article_fields(kept)
