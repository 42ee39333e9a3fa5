"""A link becomes an article: whose page it is, what its site allows, and what is refused."""

from datetime import date

import pytest
from generated_documents import FERRY
from quotewise_command import printed, run
from website import Reply, Website, redirect, robots

from retrieval import Library, sources
from retrieval.errors import UnreadableSource
from retrieval.records import Article, Status
from retrieval.sources.fetch import Fetcher

TODAY = date(2026, 11, 1)
MAYOR = "The first ferry to Low Island leaves at six in the morning, said Mayor Ines Calder."


def page(head: str = "", title: str = "North pier to reopen", text: str = FERRY) -> str:
    """A plain page with an article."""
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><article>"
        f"<h1>{title}</h1><p>{text}</p><p>{MAYOR}</p></article></body></html>"
    )


def canonical(link: str) -> str:
    return f'<link rel="canonical" href="{link}">'


def read(link: str, site: Website) -> list[Article | UnreadableSource]:
    fetcher = Fetcher([site.host, "localhost"])
    return list(sources.articles(link, today=TODAY, fetcher=fetcher))


def article(link: str, site: Website) -> Article:
    (found,) = read(link, site)
    assert isinstance(found, Article), found
    return found


def reason(link: str, site: Website) -> str:
    (error,) = read(link, site)
    assert isinstance(error, UnreadableSource)
    assert error.source == link
    return error.reason


def test_a_page_becomes_an_article_that_keeps_its_link_and_the_one_that_was_given(site):
    site.set("/old", redirect("/new?id=3&utm_medium=x", 301))
    site.set("/new", Reply(page()))
    link = site.url("/old?utm_source=mail#top")
    found = article(link, site)
    assert (found.title, found.text) == ("North pier to reopen", f"{FERRY}\n\n{MAYOR}")
    assert (found.url, found.origin) == (site.url("/new?id=3"), link)


def test_an_article_goes_by_its_canonical_link_whichever_way_it_was_reached(site):
    site.set("/pier", Reply(page(canonical(site.url("/news/pier")))))
    site.set("/short", redirect("/pier?from=short"))
    one, other = article(site.url("/pier?fbclid=7"), site), article(site.url("/short"), site)
    assert one.url == other.url == site.url("/news/pier")
    assert one.id == other.id


@pytest.mark.parametrize(
    ("declared", "kind", "encoding"),
    [
        ("", "text/html; charset=koi8-r", "koi8-r"),
        ('<meta charset="windows-1251">', "text/html; charset=iso-8859-1", "cp1251"),
        ("", "text/html; charset=iso-8859-1", "utf-8"),
    ],
)
def test_the_servers_charset_counts_where_text_and_page_name_none(site, declared, kind, encoding):
    word = "Маяк погас во вторник."
    site.set("/a", Reply(page(declared, text=f"{FERRY} {word}").encode(encoding), type=kind))
    assert word in article(site.url("/a"), site).text


RSS = '<?xml version="1.0"?>\n<!-- made by hand -->\n<rss version="2.0"><channel/></rss>'
JSON_FEED = '{"version": "https://jsonfeed.org/version/1.1", "title": "Skerry", "items": []}'


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        (RSS, "text/html", "a feed"),
        (JSON_FEED, "application/json", "a feed"),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "text/xml", "a sitemap"),
    ],
)
def test_a_feed_or_sitemap_says_how_it_is_followed(site, body, kind, name):
    site.set("/feed", Reply(body, type=kind))
    link = site.url("/feed")
    assert reason(link, site) == (
        f"this is {name}, not an article; follow it with `quotewise feed add {link}`."
    )


@pytest.mark.parametrize("kind", ["image/png", "application/json"])
def test_what_no_article_can_be_in_is_refused_by_its_kind(site, kind):
    site.set("/x", Reply(b"\x89\x00\xff", type=kind))
    assert reason(site.url("/x"), site) == (
        f"this is {kind} and no article; add a web page, a text or a document."
    )


def test_a_link_that_fails_does_not_stop_the_others(site, tmp_path, copies):
    site.set("/robots.txt", robots("User-agent: Quotewise\nDisallow: /private/"))
    site.set("/pier", Reply(page()))
    site.set("/market", Reply(page(title="Market moves indoors", text="The market moved.")))
    links = [
        site.url(path)
        for path in ("/pier", "/private/a", "/none", "/market", "/pier?utm_source=x#top")
    ]
    home = tmp_path / "home"
    with Library.open(home, copies=copies, allow_hosts=[f"{site.host}:{site.port}"]) as library:
        assert library.count(links) == 5
        outcomes = list(library.add(links))
        assert [one.source for one in outcomes] == links
        assert [one.status for one in outcomes] == [
            Status.ADDED,
            Status.FAILED,
            Status.FAILED,
            Status.ADDED,
            Status.UNCHANGED,
        ]
        assert outcomes[1].reason == (
            "the site's robots.txt asks programs not to read this; save the page in your browser"
            " and add the .html file."
        )
        assert outcomes[2].reason == "the site has no such page (404); check the link."
        answer = library.answer("When does the first ferry to Low Island leave?")
        assert {quote.text for quote in (*answer.quotes, *answer.closest)} >= {MAYOR}
    assert site.paths == ["/robots.txt", "/pier", "/none", "/market", "/pier?utm_source=x"]


def test_the_command_line_adds_a_link_and_says_how_to_allow_a_private_host(site, tmp_path, copies):
    site.set("/pier", Reply(page()))
    (tmp_path / "models").symlink_to(copies)
    add = ("add", site.url("/pier"))
    refused = run(tmp_path, *add)
    assert refused.returncode == 1
    assert f"can allow it with QUOTEWISE_ALLOW_HOSTS={site.host}:{site.port}." in refused.stdout
    assert site.requests == []
    assert "1 added" in printed(tmp_path, *add, "--allow-hosts", f"post.example, {site.host}")
    allowed = f"{site.host}:{site.port}"
    assert "1 unchanged" in printed(tmp_path, *add, QUOTEWISE_ALLOW_HOSTS=allowed)
