"""A web page is read as its article: all that a reader sees of it, and nothing else."""

import socket
from datetime import UTC, date, datetime

import pytest
import trafilatura  # noqa: F401  asks for sockets when it is imported, before they are refused
from generated_documents import COST, FERRY, MAYOR

from bot.rendering import telegram, terminal
from retrieval.errors import UnreadableSource
from retrieval.sources import html
from retrieval.sources.drafts import Draft

TODAY = date(2026, 11, 1)
TITLE = "North pier to reopen in spring"
BODY = f"<p>{FERRY}</p><p>{MAYOR}</p><p>{COST}</p>"
TEXT = [FERRY, MAYOR, COST]
VOTE = "The vote was nine to two in favour of closing the pier for good, the clerk wrote."
NAVIGATION = "<nav><a href='/'>Home</a> <a href='/world'>World</a> <a href='/town'>Town</a></nav>"
FOOTER = "<footer><p>Copyright 2024 The Harbour Post. All rights reserved.</p></footer>"
HEAD = """
<title>North pier to reopen in spring - The Harbour Post</title>
<link rel="canonical" href="https://harbourpost.example/town/pier">
<meta property="og:title" content="North pier to reopen in spring">
<meta property="og:site_name" content="The Harbour Post">
<meta name="author" content="By KIM YOO-RA">
<meta property="article:published_time" content="2018-10-08T09:59:00+00:00">
<meta property="article:modified_time" content="2019-01-02T00:00:00+00:00">
"""


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    html.preload()  # what it imports looks at sockets, and opens none

    def refuse(*_args, **_kwargs):
        raise AssertionError("reading a page went to the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def read(page: str, url: str | None = None) -> Draft:
    return html.drafted(page, "pier.html", TODAY, url)


def page(body: str, head: str = "", below: str = "") -> str:
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>{head}</head><body>"
        f"{NAVIGATION}<main><article>{body}</article>{below}</main>{FOOTER}</body></html>"
    )


def paragraphs(markup: str) -> list[str]:
    """The paragraphs of a page that has this markup between two of an article."""
    body = f"<h1>{TITLE}</h1><p>{FERRY}</p><p>{COST}</p>{markup}<p>{MAYOR}</p>"
    found = read(page(body)).text.split("\n\n")
    assert (found[:2], found[-1]) == ([FERRY, COST], MAYOR)
    return found[2:-1]


def refusal(page: str) -> str:
    with pytest.raises(UnreadableSource) as caught:
        read(page)
    assert caught.value.source == "pier.html"
    return caught.value.reason


class TestText:
    """What of a page is text of its article."""

    def test_headings_lists_and_quotes_are_paragraphs_and_comments_are_left_out(self):
        body = (
            f"<h1>{TITLE}</h1><p>{FERRY}</p><h2>What it cost</h2><p>{COST}</p>"
            "<ul><li>A new roof for the hall of the pier</li><li>A longer jetty</li></ul>"
            f"<blockquote>{MAYOR}</blockquote><div class='comments'><p>I never liked it.</p></div>"
        )
        listed = ["A new roof for the hall of the pier", "A longer jetty"]
        assert read(page(body)).text.split("\n\n") == [FERRY, "What it cost", COST, *listed, MAYOR]

    @pytest.mark.parametrize(
        ("markup", "text"),
        [
            ("About 10<sup>2</sup> gulls live here.", "About 10² gulls live here."),
            ("There are 10<sup>a+b</sup> ways.", "There are 10 a+b ways."),
            ("CO<sub>2</sub> is in the water.", "CO2 is in the water."),
            ("In binary, 101<sub>2</sub> is 5.", "In binary, 101₂ is 5."),
            ('It sank.<sup><a href="#n1">[1]</a></sup> Then it rose.', "It sank. Then it rose."),
            ("It costs <del>four</del> <ins>nine</ins> crowns.", "It costs nine crowns."),
            ("<s>The mayor left.</s> The mayor stays in office.", "The mayor stays in office."),
        ],
    )
    def test_a_sentence_is_quoted_as_its_reader_sees_it(self, markup, text):
        assert paragraphs(f"<p>{markup}</p>") == [text]

    @pytest.mark.parametrize(
        "markup",
        [
            "<p style='display: none'>{}</p>",
            "<div hidden><p>{}</p></div>",
            "<p class='visually-hidden'>{}</p>",
        ],
    )
    def test_what_no_reader_sees_is_left_out(self, markup):
        assert paragraphs(markup.format(VOTE)) == []

    @pytest.mark.parametrize(
        "markup",
        [
            "<blockquote class='quote'>{}</blockquote>",
            "<table><tr><td>{}</td></tr></table>",
            "<details><summary>Vote</summary><p>{}</p></details>",
        ],
    )
    def test_a_sentence_set_apart_stays(self, markup):
        assert VOTE in paragraphs(markup.format(VOTE))

    def test_the_cells_of_a_table_are_read_with_the_names_of_their_rows_and_columns(self):
        table = (
            "<table><tr><th>Crane</th><th>Load</th><th>Built</th></tr>"
            "<tr><td>Iron Anna</td><td>9 tonnes</td><td>1931</td></tr>"
            "<tr><td>Blue Peter</td><td>14 tonnes</td><td></td></tr></table>"
        )
        assert paragraphs(table) == [
            "Iron Anna, Load: 9 tonnes, Built: 1931",
            "Blue Peter, Load: 14 tonnes",
        ]

    def test_a_correction_below_the_text_belongs_to_it(self):
        correction = "This article was corrected on 4 May 2018: it was nine."
        link = "<p><a href='/x'>Tell your friends about us.</a></p>"
        body = f"<div>{BODY}</div>{link}<p>{correction}</p>"
        assert read(page(f"<h1>{TITLE}</h1>{body}")).text.split("\n\n") == [*TEXT, correction]

    def test_a_caption_that_says_something_stays_once_without_its_credit(self):
        caption = "The iron crane, built in 1931, is seen from the ice in January."
        credited = f"{caption} Photo: Jan Rude"
        figure = f"<figure><img alt='{caption}'><figcaption>{credited}</figcaption></figure>"
        assert paragraphs(figure) == [caption]
        assert paragraphs("<figure><figcaption>Pier. Photo: Jan Rude</figcaption></figure>") == []

    def test_the_lead_the_body_and_a_correction_may_be_in_separate_boxes(self):
        body = "".join(f"<p>{one} {other}</p>" for one in TEXT for other in TEXT)
        boxes = (
            f"<h1>{TITLE}</h1><div class='lede'><p>{VOTE}</p><p>{VOTE[:-1]} too.</p></div>"
            f"<div class='text'>{body}</div><div class='ad'>ad</div>"
            f"<div class='text'><p>{MAYOR} {VOTE}</p></div>"
            "<div class='notes'><p>This article was corrected on 4 May 2018: it was nine.</p></div>"
        )
        found = read(f"<title>{TITLE}</title><body>{boxes}</body>").text.split("\n\n")
        assert found[:2] == [VOTE, f"{VOTE[:-1]} too."]
        assert found[-2:] == [
            f"{MAYOR} {VOTE}",
            "This article was corrected on 4 May 2018: it was nine.",
        ]

    @pytest.mark.parametrize(
        "box",
        [
            "<div class='newsletter'><p>Our best stories come to you every morning.</p></div>",
            "<p>Sign up for our newsletter and get the best stories in your inbox.</p>",
            "<p>This site uses cookies to give you the best experience.</p>",
            "<p>Advertisement</p>",
            "<p>Share this article</p>",
            "<p><a href='/x'>Related: Museum finds lost sketchbook in its cellar</a></p>",
        ],
    )
    def test_a_box_between_paragraphs_is_left_out(self, box):
        assert paragraphs(box) == []


class TestFacts:
    """What a page says of its article."""

    def test_the_head_gives_title_author_publisher_time_and_link(self):
        assert read(page(f"<h1>{TITLE}</h1>{BODY}", HEAD)) == Draft(
            text="\n\n".join(TEXT),
            title=TITLE,
            url="https://harbourpost.example/town/pier",
            source="The Harbour Post",
            author="Kim Yoo-ra",
            published=datetime(2018, 10, 8, 9, 59, tzinfo=UTC),
        )

    def test_json_ld_gives_what_the_head_leaves_out(self):
        head = """<title>Pier</title><link rel="canonical" href="https://post.example/town/pier">
        <script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
          {"@type": "WebPage", "datePublished": "2001-01-01"},
          {"@type": "NewsArticle", "headline": "North pier to reopen in spring",
           "datePublished": 1538992740, "dateModified": "2019-10-08", "author": [{"@id": "#1"},
           {"@type": "Person", "name": "Jo Roe"}],
           "publisher": {"@type": "Organization", "name": "The Harbour Post"}},
          {"@id": "#1", "@type": "Person", "name": "Ada Fenn"}]}</script>"""
        draft = read(page(BODY, head))
        assert (draft.title, draft.author, draft.source, draft.published) == (
            TITLE,
            "Ada Fenn and Jo Roe",
            "The Harbour Post",
            datetime(2018, 10, 8, 9, 59, tzinfo=UTC),
        )

    @pytest.mark.parametrize(
        ("byline", "author"),
        [
            ("May 2, 2024", None),
            ("Staff Reporter", None),
            ("Ada Fenn, Harbour Correspondent", "Ada Fenn"),
            ("Ada Fenn. The Harbour Post", "Ada Fenn"),
        ],
    )
    def test_an_author_is_a_person(self, byline, author):
        head = "<meta property='og:site_name' content='The Harbour Post'>"
        body = f"<h1>{TITLE}</h1><div class='byline'>{byline}</div>{BODY}"
        assert read(page(body, head)).author == author

    @pytest.mark.parametrize(
        "teaser",
        [
            "<div class='post'><h3><a href='/a'>Storm closes the pass</a></h3>"
            "<div class='byline'>5 hours ago <a rel='author' href='/x'>Jan Rude</a></div></div>",
            "<section><article><h3><a href='/a'>Storm closes the pass</a></h3>"
            "<span itemprop='author'>Jan Rude</span>"
            "<time datetime='2019-01-01'>1 January 2019</time></article></section>",
        ],
    )
    def test_a_teaser_gives_neither_author_nor_date(self, teaser):
        draft = read(page(f"<h1>{TITLE}</h1>{BODY}", below=teaser))
        assert (draft.author, draft.published) == (None, None)
        signed = f"<h1>{TITLE}</h1><p class='byline'>Edda Roos</p>{BODY}"
        assert read(page(signed, below=teaser)).author == "Edda Roos"


NOT_FREE = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle",'
    '"headline": "North pier to reopen in spring", "isAccessibleForFree": false}</script>'
)
DOOR = "<div class='offer'><h3>Subscribe to continue reading</h3><p>From 1 crown a week.</p></div>"


class TestPaywall:
    """An article whose page shows only its beginning gets a note that says so."""

    @pytest.mark.parametrize("head", ["", NOT_FREE])
    def test_a_page_that_ends_at_a_paywall_is_read_with_a_note(self, head):
        draft = read(page(f"<h1>{TITLE}</h1>{BODY}", head, below=DOOR))
        assert draft.text.split("\n\n") == TEXT
        assert draft.note == html.ONLY_THE_BEGINNING

    @pytest.mark.parametrize(
        ("head", "below"),
        [
            (NOT_FREE, "<p>You are signed in as Jo Doe.</p>"),  # a subscriber has saved it
            ("", "<p>Log in to leave a comment.</p>"),
        ],
    )
    def test_a_page_that_is_whole_is_read_without_a_note(self, head, below):
        assert read(page(f"<h1>{TITLE}</h1>{BODY}", head, below)).note is None

    def test_the_note_is_shown_when_the_article_is_added(self, library, tmp_path):
        file = tmp_path / "pier.html"
        file.write_text(page(f"<h1>{TITLE}</h1>{BODY}", NOT_FREE, DOOR))
        (added,) = library.add(str(file))
        note = f"Note: {html.ONLY_THE_BEGINNING}"
        assert terminal.outcome_line(added).plain.endswith(f"  {note}")
        assert telegram.outcomes_message([added]).endswith(f"{TITLE}. {note}")


TEASERS = "".join(
    f"<div><h3><a href='/{n}'>Council votes on the pier again in case {n}</a></h3>"
    f"<p>{FERRY if n % 2 else COST}</p></div>"
    for n in range(12)
)


class TestRefusal:
    """A page that is no article is refused, with what it is and what to do."""

    @pytest.mark.parametrize(
        ("reason", "page"),
        [
            (html.MANY, f"<title>The Harbour Post</title>{NAVIGATION}{TEASERS}"),
            (
                html.BARRED,
                "<title>Log in - The Harbour Post</title><form><p>E-mail</p><input type='password'>"
                "</form><p>No account? Create an account now.</p>",
            ),
            (
                html.BARRED,
                f"{NOT_FREE}<title>{TITLE}</title><h1>{TITLE}</h1><p>Subscribe for 1 crown.</p>",
            ),
            (html.ERROR, "<title>404</title><h1>Page not found</h1><p>Try the front page.</p>"),
            (html.NO_TEXT, f"<title>{TITLE}</title><h1>{TITLE}</h1><video src='x'></video>"),
        ],
    )
    def test_a_refusal_says_what_the_page_is(self, reason, page):
        assert refusal(page) == reason
        assert reason[0].islower() and reason.endswith(".")

    def test_a_page_nested_without_end_is_no_hang(self):
        assert refusal("<div>" * 100_000 + f"<p>{FERRY}</p>" + "</div>" * 100_000)
