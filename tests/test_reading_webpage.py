"""A saved web page is read as its article alone, without going near the network."""

import socket
from datetime import UTC, date, datetime

import pytest
import trafilatura  # noqa: F401  asks for sockets when it is imported, before they are refused
from harbour import COST, FERRY, MAYOR

from retrieval.errors import UnreadableSource
from retrieval.reading import webpage
from retrieval.reading.drafts import Draft

TODAY = date(2026, 11, 1)

CAPTION = (
    "Fishing boats wait beside the north pier on a quiet Sunday, seen from the old lighthouse."
)

NAVIGATION = "<nav><a href='/'>Home</a> <a href='/world'>World</a> <a href='/town'>Town</a></nav>"
FOOTER = "<footer><p>Copyright 2024 The Harbour Post. All rights reserved.</p></footer>"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    webpage.preload()  # what it imports looks at sockets, and opens none

    def refuse(*_args, **_kwargs):
        raise AssertionError("reading a page went to the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def read(page: str) -> Draft:
    return webpage.drafted(page, "pier.html", TODAY)


def page(body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>{head}</head><body>"
        f"{NAVIGATION}<main><article>{body}</article></main>{FOOTER}</body></html>"
    )


HEAD = """
<title>North pier to reopen in spring - The Harbour Post</title>
<link rel="canonical" href="https://harbourpost.example/town/pier">
<meta property="og:title" content="North pier to reopen in spring">
<meta property="og:site_name" content="The Harbour Post">
<meta name="author" content="By KIM YOO-RA">
<meta property="article:published_time" content="2018-10-08T09:59:00+00:00">
<meta property="article:modified_time" content="2019-01-02T00:00:00+00:00">
"""


def test_a_page_tells_its_title_author_publisher_time_and_link():
    body = f"<h1>North pier to reopen in spring</h1><p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p>"
    assert read(page(body, HEAD)) == Draft(
        text=f"{FERRY}\n\n{MAYOR}\n\n{COST}",
        title="North pier to reopen in spring",
        url="https://harbourpost.example/town/pier",
        source="The Harbour Post",
        author="Kim Yoo-ra",
        published=datetime(2018, 10, 8, 9, 59, tzinfo=UTC),
    )


def test_json_ld_tells_what_the_head_leaves_out():
    head = """<title>Pier</title><link rel="canonical" href="https://harbourpost.example/town/pier">
    <script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
      {"@type": "WebPage", "datePublished": "2001-01-01"},
      {"@type": "NewsArticle", "headline": "North pier to reopen in spring",
       "datePublished": "2018-10-08T09:59:00Z",
       "author": [{"@type": "Person", "name": "Ada Fenn"}, {"@type": "Person", "name": "Jo Roe"}],
       "publisher": {"@type": "Organization", "name": "The Harbour Post"}}]}</script>"""
    draft = read(page(f"<p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p>", head))
    assert draft.title == "North pier to reopen in spring"
    assert draft.author == "Ada Fenn and Jo Roe"
    assert draft.source == "The Harbour Post"
    assert draft.published == datetime(2018, 10, 8, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize("told", ["1538992740", '"1538992740"', "1538992740000"])
def test_a_time_may_be_told_in_seconds_since_1970(told):
    head = f"""<script type="application/ld+json">{{"@type": "NewsArticle",
    "headline": "North pier to reopen", "datePublished": {told}}}</script>"""
    draft = read(page(f"<p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p>", head))
    assert draft.published == datetime(2018, 10, 8, 9, 59, tzinfo=UTC)


def test_a_page_without_metadata_tells_by_its_lines():
    body = (
        "<h1>North pier to reopen</h1><p>By Ada Fenn</p><p>Published: 8 October 2018 10:15</p>"
        f"<p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p>"
    )
    assert read(page(body)) == Draft(
        text=f"{FERRY}\n\n{MAYOR}\n\n{COST}",
        title="North pier to reopen",
        source="The Harbour Post",
        author="Ada Fenn",
        published=datetime(2018, 10, 8, 10, 15),
    )


def test_the_year_of_a_copyright_line_is_no_date():
    draft = read(page(f"<h1>North pier to reopen</h1><p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p>"))
    assert draft.published is None


def test_the_title_falls_back_to_that_of_the_window():
    draft = read(page(f"<p>{FERRY}</p><p>{MAYOR}</p>", "<title>North pier to reopen</title>"))
    assert draft.title == "North pier to reopen"


def test_headings_lists_and_quotes_are_paragraphs_and_comments_are_left_out():
    body = (
        f"<h1>North pier to reopen</h1><p>{FERRY}</p><h2>What it cost</h2><p>{COST}</p>"
        "<ul><li>A new roof for the hall of the pier</li><li>A longer jetty for the ferry</li></ul>"
        f"<blockquote>{MAYOR}</blockquote>"
        "<div class='comments' id='comments'><p>I never liked that pier at all, said a reader.</p>"
        "</div>"
    )
    assert read(page(body)).text.split("\n\n") == [
        FERRY,
        "What it cost",
        COST,
        "A new roof for the hall of the pier",
        "A longer jetty for the ferry",
        MAYOR,
    ]


def test_line_ends_and_inline_markup_within_a_paragraph_are_not_seen():
    marked = FERRY.replace("harbour", "<b>harbour</b>").replace(
        "pier after", "<i>pier</i>\n  after"
    )
    assert read(page(f"<h1>Pier</h1><p>{marked}</p><p>{MAYOR}</p><p>{COST}</p>")).text == (
        f"{FERRY}\n\n{MAYOR}\n\n{COST}"
    )


def test_a_paragraph_that_stands_twice_is_kept_once():
    body = f"<h1>Pier</h1><p>{FERRY}</p><p>{CAPTION}</p><p>{MAYOR}</p><p>{CAPTION}</p><p>{COST}</p>"
    assert read(page(body)).text == f"{FERRY}\n\n{CAPTION}\n\n{MAYOR}\n\n{COST}"


def test_broken_html_is_read():
    draft = read(f"<html><body><h1>Pier<p>{FERRY}<p>{MAYOR}</div></b><p>{COST}</table")
    assert draft.text.endswith(f"{FERRY}\n\n{MAYOR}\n\n{COST}")


def test_xhtml_that_declares_its_encoding_is_read():
    head = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
    body = f"<body><h1>Pier</h1><p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p></body></html>"
    assert read(head + body).text == f"{FERRY}\n\n{MAYOR}\n\n{COST}"


@pytest.mark.parametrize(
    "empty", ["<html><body></body></html>", "<p></p>", "<!-- -->", "<script>var a = 1</script>"]
)
def test_a_page_without_text_says_so(empty):
    with pytest.raises(UnreadableSource) as caught:
        read(empty)
    assert str(caught.value) == (
        "pier.html: no article text was found in this page; if it shows its text only in a browser,"
        " copy the text into a .txt file and add that."
    )


def test_a_page_nested_without_end_is_no_hang():
    deep = "<div>" * 100_000 + f"<p>{FERRY}</p>" + "</div>" * 100_000
    with pytest.raises(UnreadableSource):
        read(deep)
