"""Fetching is polite, honest, and over in time and within bounds whatever a server does."""

import gzip
import itertools
import random
import resource
import socket
import ssl
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import trustme
from website import Internet, Reply, Website, redirect, robots

from retrieval.errors import ComeAgain, Gone, Stopped, Unreachable, UnreadableSource
from retrieval.sources import fetch as fetching
from retrieval.sources.fetch import Fetched, Fetcher

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
REFUSED = (
    "the site's robots.txt asks programs not to read this; save the page in your browser and add"
    " the .html file."
)


def fetcher(site: Website, **more) -> Fetcher:
    return Fetcher([site.host, "localhost"], now=lambda: NOW, **more)


def fetch(site: Website, path: str, **more) -> Fetched:
    return fetcher(site).fetch(site.url(path), **more)


def reason(site: Website, path: str, **more) -> str:
    with pytest.raises(UnreadableSource) as caught:
        fetcher(site, **more).fetch(site.url(path))
    assert caught.value.source == site.url(path)
    return caught.value.reason


# -- what a page gives


def test_a_page_comes_with_what_its_server_says_of_it_and_is_not_sent_again(site):
    modified = "Sun, 01 Nov 2026 06:00:00 GMT"
    kind = "Text/HTML; charset=ISO-8859-2"
    site.set("/a", Reply("hello", type=kind, etag='"7"', modified=modified))
    first = fetch(site, "/a")
    assert (first.url, first.content, first.moved_to) == (site.url("/a"), b"hello", None)
    assert (first.content_type, first.charset) == ("text/html", "iso-8859-2")
    assert (first.headers["etag"], first.headers["last-modified"]) == ('"7"', modified)
    again = fetch(site, "/a", etag='"7"', modified=modified)
    assert (again.status, again.content, again.headers["etag"]) == (304, b"", '"7"')
    assert fetch(site, "/a", modified=modified).status == 304
    site.set("/a", Reply("hello, again", etag='"8"'))
    assert fetch(site, "/a", etag='"7"').content == b"hello, again"


def test_the_reader_names_itself_and_takes_no_proxy_or_password(site, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    site.set("/a", Reply("hello"))
    assert fetch(site, "/a").content == b"hello"
    name = "Quotewise/0.1.0 (+https://quotewise.example/bot)"
    assert site.requests[-1].headers["user-agent"] == name


@pytest.mark.parametrize("statuses", [[301], [302], [301, 308], [301, 302]])
def test_redirects_are_followed_and_a_move_is_permanent_only_if_every_step_is(site, statuses):
    for step, status in enumerate(statuses):
        site.set(f"/{step}", redirect(f"{step + 1}#top", status))
    end = f"/{len(statuses)}"
    site.set(end, Reply("hello"))
    page = fetch(site, "/0")
    assert (page.url, page.content) == (site.url(end), b"hello")
    assert page.moved_to == (site.url(end) if {301, 308}.issuperset(statuses) else None)


def test_thirty_redirects_are_too_many(site):
    for step in range(30):
        site.set(f"/{step}", redirect(f"/{step + 1}", 301))
    assert reason(site, "/0") == (
        "the site sends on more than 10 times; save the page in your browser and add the .html"
        " file."
    )
    assert site.paths == ["/robots.txt", *(f"/{step}" for step in range(11))]


def tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_certificates_are_checked_against_the_name_not_the_address(tmp_path, monkeypatch):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with Website(tls(authority, "news.example")) as site:
        site.set("/a", Reply("hello"))
        Internet(site, monkeypatch)
        asked = Fetcher(["news.example", "other.example"])
        with pytest.raises(UnreadableSource, match="to get local issuer certificate"):
            asked.fetch(site.url("/a", "news.example"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        fetching.certificates.cache_clear()
        asked = Fetcher(["news.example", "other.example"])
        assert asked.fetch(site.url("/a", "news.example")).content == b"hello"
        with pytest.raises(Unreachable) as caught:
            asked.fetch(site.url("/a", "other.example"))
        fetching.certificates.cache_clear()
    assert caught.value.reason == (
        "no secure connection to the site is possible (Hostname mismatch, certificate is not valid"
        " for 'other.example'.); check the link."
    )


# -- robots.txt and pace


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("User-agent: *\nDisallow: /a", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: quotewise\nAllow: /", True),
        ("User-agent: *\nDisallow: /\nAllow: /a$", True),
        ("User-agent: GPTBot\nDisallow: /", True),
    ],
)
def test_robots_txt_is_obeyed_by_every_redirect_too(site, rules, allowed):
    site.set("/robots.txt", robots(rules))
    site.set("/start", redirect("/a"))
    site.set("/a", Reply("hello"))
    if allowed:
        assert fetch(site, "/a").content == b"hello"
    else:
        assert reason(site, "/a") == reason(site, "/start") == REFUSED
    assert site.asked("/a") == allowed


def test_robots_txt_is_read_once_for_many_pages_and_again_after_half_a_day(site):
    site.set("/robots.txt", robots("User-agent: *\nDisallow: /b"))
    site.set("/a", Reply("hello"))
    times = [NOW, NOW + timedelta(hours=11), NOW + timedelta(hours=13)]
    asked = Fetcher([site.host], now=lambda: times[0])
    while times:
        asked.fetch(site.url("/a"))
        times.pop(0)
    assert site.paths == ["/robots.txt", "/a", "/a", "/robots.txt", "/a"]


def test_a_robots_txt_that_cannot_be_read_forbids_all_for_now(site):
    site.set("/robots.txt", Reply(status=500), robots("User-agent: *\nAllow: /"))
    site.set("/a", Reply("hello"))
    now = NOW
    asked = Fetcher([site.host], now=lambda: now)
    for _ in range(2):
        with pytest.raises(ComeAgain) as caught:
            asked.fetch(site.url("/a"))
        assert caught.value.after == NOW + timedelta(minutes=1)
        assert caught.value.reason == (
            "the site's robots.txt cannot be read for now (500); try again after 12:01 on"
            " 1 November 2026 (UTC)."
        )
    assert site.paths == ["/robots.txt"]
    now = NOW + timedelta(minutes=1)
    assert asked.fetch(site.url("/a")).content == b"hello"


def test_a_site_gets_one_request_at_a_time_and_another_need_not_wait(site):
    site.set("/a", Reply("hello", delay=0.2))
    asked = fetcher(site)
    links = [site.url("/a", host) for host in ("127.0.0.1", "localhost") for _ in range(3)]
    with ThreadPoolExecutor(8) as threads:
        assert [page.content for page in threads.map(asked.fetch, links)] == [b"hello"] * 6
    pages = [page for page in site.requests if page.path == "/a"]
    times = {
        host: [one.at for one in pages if one.headers["host"].startswith(host)]
        for host in ("127", "l")
    }
    for one, next_one, last in times.values():
        assert next_one - one >= 0.2 and last - next_one >= 0.2
    assert times["l"][0] < times["127"][-1] and times["127"][0] < times["l"][-1]
    assert site.asked("/robots.txt") == 2


def test_a_crawl_delay_of_a_day_is_ten_seconds_and_can_be_stopped(site, internet, monkeypatch):
    site.set("/robots.txt", robots("User-agent: *\nCrawl-delay: 86400"))
    site.set("/a", Reply("hello"))
    asked = Fetcher(now=lambda: NOW)
    asked.fetch("http://post.example/a")
    started = time.monotonic()
    with pytest.raises(Stopped):
        asked.stopped_by(lambda: time.monotonic() - started > 0.1).fetch("http://post.example/a")
    assert time.monotonic() - started < 5
    monkeypatch.setattr("retrieval.sources.fetch.LONGEST_PAUSE_SECONDS", 0.3)
    asked = Fetcher(now=lambda: NOW)
    for _ in range(2):
        asked.fetch("http://post.example/a")
    assert 0.3 <= site.requests[-1].at - site.requests[-2].at < 5


# -- servers that refuse


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (403, UnreadableSource, "the site does not give this to programs (403); save"),
        (302, UnreadableSource, "the site does not give this to programs (302); save"),
        (404, UnreadableSource, "the site has no such page (404); check the link."),
        (410, Gone, "the site has taken this page away for good (410); remove the link."),
        (500, Unreachable, "the site has a fault of its own (500); try again later."),
        (503, ComeAgain, "the site asks for fewer requests (503); try again later."),
    ],
)
def test_a_status_is_an_error_of_its_kind_that_says_what_to_do(site, status, kind, message):
    site.set("/a", Reply(status=status))
    with pytest.raises(UnreadableSource) as caught:
        fetch(site, "/a")
    assert type(caught.value) is kind
    assert str(caught.value).startswith(f"{site.url('/a')}: {message}")


@pytest.mark.parametrize(
    ("wanted", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("-5", None),
        (format_datetime(NOW + timedelta(hours=2), usegmt=True), timedelta(hours=2)),
        ("99999999", timedelta(days=7)),
        ("9" * 5000, None),
    ],
)
def test_when_to_come_again_is_in_seconds_or_a_date(site, wanted, wait):
    site.set("/a", Reply(status=503, headers={"Retry-After": wanted}))
    with pytest.raises(ComeAgain) as caught:
        fetch(site, "/a")
    assert caught.value.after == (None if wait is None else NOW + wait)


# -- servers that do not behave

DAMAGED = "the site's answer is damaged or incomplete; try again later."
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 500\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello" * 99)[:-12],
        b"\x16\x03\x01\x00\x05hello",
    ],
)
def test_a_damaged_answer_is_refused(site, raw):
    site.set("/a", Reply(raw=raw))
    assert reason(site, "/a") == DAMAGED


def test_any_bytes_of_a_server_give_a_page_or_a_reason(site):
    chosen = random.Random(4)
    good = HEAD + b'Content-Encoding: gzip\r\nLocation: /b\r\nETag: "1"\r\nRetry-After: 9\r\n\r\n'
    good += gzip.compress(b"hello " * 50)
    asked = fetcher(site, seconds=2)
    for _ in range(200):
        raw = bytearray(good.replace(b"200", b"%d" % chosen.choice([200, 301, 404, 429, 503])))
        for _ in range(chosen.randrange(12)):
            raw[chosen.randrange(len(raw))] = chosen.randrange(256)
        length = chosen.randrange(len(raw)) if chosen.random() < 0.3 else None
        site.set("/a", Reply(raw=bytes(raw[:length])))
        try:
            assert isinstance(asked.fetch(site.url("/a")), Fetched)
        except UnreadableSource as error:
            assert error.reason.endswith(".")


LARGE = (
    "this is larger than 1 MB, too long to be read; save the part that matters as a file and add"
    " that."
)
PACKED = {"Content-Encoding": "gzip"}


def negative_chunk():
    head = b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"
    return itertools.chain([HEAD + head], itertools.repeat(b"x" * 65536))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(Reply(pieces=lambda: itertools.repeat(b"x" * 65536)), LARGE, id="endless"),
        pytest.param(
            Reply(gzip.compress(b"0" * 1_000_000) * 200, headers=PACKED), LARGE, id="bomb"
        ),
        pytest.param(Reply(gzip.compress(b"0" * 1_000_001), headers=PACKED), LARGE, id="slightly"),
        pytest.param(Reply(raw=negative_chunk), DAMAGED, id="negative chunk"),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_in_memory(site, reply, message):
    site.set("/a", reply)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    assert reason(site, "/a", limit_bytes=1_000_000) == message
    assert time.monotonic() - started < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # KiB


def trickle():
    for piece in itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], itertools.repeat(b"x")):
        yield piece
        time.sleep(0.05)


def empty_blocks():
    packing = zlib.compressobj(wbits=31)
    yield packing.compress(b"x") + packing.flush(zlib.Z_SYNC_FLUSH)
    yield from itertools.repeat(b"\x00\x00\x00\xff\xff" * 2000)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply("hello", delay=30), id="silent"),
        pytest.param(Reply(raw=trickle), id="trickling head"),
        pytest.param(Reply(pieces=empty_blocks, headers=PACKED), id="endless gzip of nothing"),
        pytest.param(redirect("/a?1", delay=0.6), id="slow redirects"),
    ],
)
@pytest.mark.parametrize("secure", [False, True])
def test_a_slow_server_is_left_by_a_deadline_for_the_whole_link(reply, secure, monkeypatch):
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(fetching, "certificates", lambda: trusting)
    with Website(tls(authority, "127.0.0.1") if secure else None) as site:
        site.set("/a", reply)
        started = time.monotonic()
        message = "the site took longer than 1 seconds; try again later."
        assert reason(site, "/a", seconds=1) == message
        assert time.monotonic() - started < 10


def test_pages_of_a_public_site_are_a_second_apart_and_those_of_two_are_not(site, internet):
    site.set("/a", Reply("hello"))
    asked = Fetcher(now=lambda: NOW)
    for link in ("http://post.example/a", "http://kelm.example/a", "http://POST.example/a"):
        asked.fetch(link)
    one, other, again = (page.at for page in site.requests if page.path == "/a")
    assert again - one >= 1.0
    assert other - one < 1.0


def test_links_may_have_letters_of_any_script(site, internet):
    site.set("/%C3%BCber%20uns", redirect("/é?q=ü".encode().decode("latin-1")))
    site.set("/%C3%A9?q=%C3%BC", Reply("hello"))
    assert Fetcher().fetch("http://bücher.example/über uns").content == b"hello"
    assert site.requests[-1].headers["host"] == "xn--bcher-kva.example"


def test_a_page_that_first_sets_a_cookie_is_read_and_the_cookie_is_then_forgotten(site):
    def consent(seen):
        if "seen=1" in seen.headers.get("cookie", ""):
            return Reply("hello")
        return Reply(status=302, headers={"Location": "/a", "Set-Cookie": "seen=1; Path=/"})

    site.set("/a", consent)
    site.set("/b", Reply("hello"))
    asked = fetcher(site)
    assert asked.fetch(site.url("/a")).content == b"hello"
    asked.fetch(site.url("/b"))
    assert "cookie" not in site.requests[-1].headers


def test_nobody_at_home_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreadableSource) as caught:
        Fetcher(["127.0.0.1"]).fetch(f"http://127.0.0.1:{port}/")
    assert caught.value.reason == (
        "the site does not answer; check the link, and that this machine is online."
    )
