"""A saved web page is read as its article alone, without going near the network."""

import socket
import time
from datetime import UTC, date, datetime

import pytest
import trafilatura  # noqa: F401  asks for sockets when it is imported, before they are refused
from harbour import COST, FERRY, MAYOR

from retrieval.errors import UnreadableSource
from retrieval.reading import pagekind, webpage
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


SENTENCE = "The vote was nine to two in favour of closing the pier for good."


def kept(markup: str) -> bool:
    """Whether a sentence stays that stands in this markup between two paragraphs."""
    body = f"<h1>North pier</h1><p>{FERRY}</p><p>{COST}</p>{markup.format(SENTENCE)}<p>{MAYOR}</p>"
    return SENTENCE in read(page(body)).text


@pytest.mark.parametrize(
    "name",
    "bio social popular related player-rating popular-vote share-prices cookie-recipe".split(),
)
def test_a_class_that_boxes_have_elsewhere_takes_no_sentence_away(name):
    assert kept(f'<p class="{name}">{{}}</p>')
    assert kept(f'<div class="{name}"><p>{{}}</p></div>')


@pytest.mark.parametrize(
    "heading",
    [
        "Social impact", "Related work", "Advertising income", "Cookies and cakes",
        "Naval history", "Barley prices", "Advertising", "Comments", "Popular",
    ],
)  # fmt: skip
def test_a_section_that_has_its_heading_as_its_id_is_read(heading):
    """Pandoc and Sphinx make such ids."""
    ids = ("what-it-cost", heading.lower().replace(" ", "-"))
    one, other = (
        f'<section id="{id}"><h2>{told}</h2>{{}}</section>'
        for id, told in zip(ids, ("What it cost", heading), strict=True)
    )
    body = f"<h1>North pier</h1>{one.format(f'<p>{FERRY}</p><p>{COST}</p>')}"
    draft = read(page(body + other.format(f"<p>{MAYOR}</p><p>{SENTENCE}</p>")))
    assert draft.text.split("\n\n")[-2:] == [MAYOR, SENTENCE]


@pytest.mark.parametrize(
    "markup",
    [
        '<blockquote class="pullquote">{}</blockquote>',
        '<aside class="pull-quote"><p>{}</p></aside>',
        "<aside><p>{}</p></aside>",
        "<table><tr><td>{}</td></tr></table>",
        "<table><tr><td>Monday</td><td>12</td></tr><tr><td>{}</td></tr></table>",
        "<details><summary>The vote</summary><p>{}</p></details>",
    ],
)
def test_a_sentence_set_apart_that_is_told_nowhere_else_is_kept(markup):
    assert kept(markup)


def test_a_pull_quote_that_repeats_the_article_is_left_out():
    quote = '<aside class="pull-quote"><p>“We waited long enough”</p></aside>'
    body = f"<h1>Pier</h1><p>{FERRY}</p>{quote}<p>{MAYOR}</p><p>{COST}</p>"
    assert read(page(body)).text == f"{FERRY}\n\n{MAYOR}\n\n{COST}"


def test_words_within_a_sentence_stay_whatever_they_are_called():
    marked = (
        'As <strong><a href="/x">this newspaper reported in May</a></strong>, '
        '<span class="player">Calder</span> and <a class="related tag" href="/y">two more</a> won.'
    )
    body = f"<h1>Pier</h1><p>{FERRY}</p><p>{marked}</p><p>{MAYOR}</p><p>{COST}</p>"
    told = "As this newspaper reported in May, Calder and two more won."
    assert told in read(page(body)).text.split("\n\n")


def test_a_paragraph_that_is_all_link_stays_if_it_reports_and_goes_if_it_is_a_headline():
    report = "The minister said on Friday that she would pay"
    headline = "Museum finds lost sketchbook in its own cellar"
    links = f'<p><a href="/x">{report}</a></p><p><a href="/y">{headline}</a></p>'
    body = f"<h1>Pier</h1><p>{FERRY}</p>{links}<p>{MAYOR}</p><p>{COST}</p>"
    assert read(page(body)).text == f"{FERRY}\n\n{report}\n\n{MAYOR}\n\n{COST}"


@pytest.mark.parametrize("title", ["Before you continue", "The Harbour Post"])
@pytest.mark.parametrize(
    "lines",
    [
        ["We use cookies to improve your experience. By continuing you accept our privacy policy."],
        ["This website uses cookies. Accept all. Reject all."],
        ["We use cookies."],
        ["Wir verwenden Cookies, um unser Angebot zu verbessern."],
        ["We use cookies.", "If you reject, we will not use them for these purposes."],
        ["Your privacy matters to us.", "We use cookies.", "You can change your choices any time."],
    ],
)
def test_a_wall_of_a_few_lines_that_asks_for_consent_is_no_article(title, lines):
    told = "".join(f"<p>{line}</p>" for line in lines)
    with pytest.raises(UnreadableSource) as caught:
        read(f"<title>{title}</title><div>{told}<button>Accept</button></div>")
    assert caught.value.reason == pagekind.CONSENT


def test_a_page_of_nothing_but_boxes_is_no_article_called_by_its_title():
    with pytest.raises(UnreadableSource) as caught:
        read("<title>North pier</title><h1>North pier</h1><p>Sign up for our newsletter.</p>")
    assert caught.value.reason == pagekind.NO_TEXT


def test_news_in_one_line_above_a_banner_is_read():
    banner = "<div><p>We use cookies. You can change your choices at any time.</p></div>"
    assert FERRY in read(page(f"<h1>North pier to reopen</h1><p>{FERRY}</p>") + banner).text


def test_names_within_one_long_line_are_read_in_a_time_that_grows_with_its_length():
    start = time.process_time()
    span = '<span class="player">Calder said so <a href="/x">again</a></span> '
    with pytest.raises(UnreadableSource):
        read("<p>" + span * 4000)
    assert time.process_time() - start < 5  # it takes half a second
