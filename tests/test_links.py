"""A link becomes an article: whose page it is, what its site allows, and what is refused."""

import io
import json
import os
import subprocess
import time
import zipfile
from datetime import date

import pytest
from telegram_bot import IMPORTED_FROM, QUOTEWISE
from website import Reply, Website, redirect, robots

from retrieval import Library, sources
from retrieval.errors import UnreadableSource
from retrieval.records import Article, Status
from retrieval.sources.fetch import Fetcher

TODAY = date(2026, 11, 1)

FERRY = "The harbour council voted on Tuesday to reopen the north pier after a nine-month closure."
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
    "claimed",
    [
        "https://other.example/pier",
        "https://127.0.0.1.other.example/pier",
        "http://127.0.0.1/",
        "ftp://127.0.0.1/pier",
    ],
)
def test_a_page_may_not_pass_for_another_site_or_for_a_front_page(site, claimed):
    site.set("/pier", Reply(page(canonical(claimed))))
    assert article(site.url("/pier"), site).url == site.url("/pier")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/a", "text/plain"),
        ("/a.md", "text/plain; charset=utf-8"),
        ("/a", "text/markdown"),
        ("/a.txt", "application/octet-stream"),
        ("/a", None),
    ],
)
def test_texts_are_read_by_what_the_server_calls_them_or_else_by_their_name(site, path, kind):
    mark = "# " if path == "/a.md" or kind == "text/markdown" else ""
    site.set(path, Reply(f"{mark}North pier to reopen\n\n{FERRY}\n\n{MAYOR}\n", type=kind))
    found = article(site.url(path), site)
    assert (found.title, found.text) == ("North pier to reopen", f"{FERRY}\n\n{MAYOR}")
    assert found.url == site.url(path)


def test_json_lines_at_a_link_are_many_articles_that_keep_their_own_links(site):
    lines = [{"text": FERRY, "url": "https://post.example/1"}, {"text": MAYOR}]
    site.set("/all.jsonl", Reply("\n".join(map(json.dumps, lines)), type="application/jsonl"))
    one, other = read(site.url("/all.jsonl"), site)
    assert (one.url, other.url) == ("https://post.example/1", None)
    assert one.origin == other.origin == site.url("/all.jsonl")


@pytest.mark.parametrize("kind", ["application/zip", "application/epub+zip", "text/html"])
def test_a_document_is_read_whatever_its_server_calls_it(site, kind):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("pier.txt", f"North pier to reopen\n\n{FERRY}\n")
    site.set("/get?id=7", Reply(packed.getvalue(), type=kind))
    assert article(site.url("/get?id=7"), site).text == FERRY


@pytest.mark.parametrize(
    ("declared", "kind", "encoding"),
    [
        ("", "text/html; charset=koi8-r", "koi8-r"),
        ("", 'text/html; charset="Shift_JIS"', "shift_jis"),
        ('<meta charset="windows-1251">', "text/html; charset=iso-8859-1", "cp1251"),
        ("", "text/html; charset=iso-8859-1", "utf-8"),
        ("", "text/html; charset=nonsense", "utf-8"),
    ],
)
def test_the_servers_charset_counts_where_neither_the_text_nor_the_page_knows_better(
    site, declared, kind, encoding
):
    word = "灯台の火が消えた。" if encoding == "shift_jis" else "Маяк погас во вторник."
    site.set("/a", Reply(page(declared, text=f"{FERRY} {word}").encode(encoding), type=kind))
    assert word in article(site.url("/a"), site).text


RSS = '<?xml version="1.0"?>\n<!-- made by hand -->\n<rss version="2.0"><channel/></rss>'
JSON_FEED = '{"version": "https://jsonfeed.org/version/1.1", "title": "Skerry", "items": []}'


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        (RSS, "application/rss+xml", "a feed"),
        (RSS, "text/html", "a feed"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", "application/xml", "a feed"),
        (JSON_FEED, "application/json", "a feed"),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "text/xml", "a sitemap"),
        ("<opml version='2.0'><body/></opml>", "text/x-opml", "a list of feeds"),
    ],
)
def test_a_feed_or_sitemap_says_how_it_is_followed(site, body, kind, name):
    site.set("/feed", Reply(body, type=kind))
    link = site.url("/feed")
    assert reason(link, site) == (
        f"this is {name}, not an article; follow it with `quotewise feed add {link}`."
    )


def test_a_page_of_comments_is_looked_at_in_no_time(site):
    for body in ("<!---->" * 2000 + "x", " " * 100_000 + "x", "<?a?>" * 2000):
        site.set("/a", Reply(body, type="text/xml"))
        started = time.monotonic()
        read(site.url("/a"), site)
        assert time.monotonic() - started < 20


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "text/css", "application/json"])
def test_what_no_article_can_be_in_is_refused_by_its_kind(site, kind):
    site.set("/x", Reply(b"\x89\x00\xff", type=kind))
    assert reason(site.url("/x"), site) == (
        f"this is {kind} and no article; add a web page, a text or a document."
    )


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/octet-stream"])
def test_an_empty_page_says_so(site, kind):
    site.set("/x", Reply("", type=kind))
    assert reason(site.url("/x"), site) == "this is empty; nothing was read."


def test_links_are_added_one_by_one_and_a_failure_ends_nothing(site, tmp_path, copies):
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


def test_the_command_line_adds_a_link_and_tells_how_to_allow_a_private_one(site, tmp_path, copies):
    site.set("/pier", Reply(page()))
    environment = {"PATH": os.defpath, "QUOTEWISE_HOME": str(tmp_path), "LANG": "C.UTF-8"}
    environment |= IMPORTED_FROM
    (tmp_path / "models").symlink_to(copies)

    def added(*flags: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [QUOTEWISE, "add", site.url("/pier"), *flags],
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    refused = added()
    assert refused.returncode == 1
    assert f"can allow it with QUOTEWISE_ALLOW_HOSTS={site.host}:{site.port}." in refused.stdout
    assert site.requests == []
    assert "1 added" in added("--allow-hosts", f"post.example, {site.host}").stdout
    assert "1 unchanged" in added(QUOTEWISE_ALLOW_HOSTS=f"{site.host}:{site.port}").stdout
