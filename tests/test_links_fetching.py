"""Fetching is polite, honest, and over in time and within bounds whatever a server does."""

import gzip
import itertools
import random
import resource
import socket
import ssl
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import trustme
from website import Connections, Reply, Website, redirect, robots

from retrieval.errors import ComeAgain, Gone, UnreadableSource
from retrieval.reading.web.client import certificates
from retrieval.reading.web.fetching import Fetched, Fetcher

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


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


def test_a_page_comes_with_what_its_server_says_of_it(site):
    kind = "Text/HTML; charset=ISO-8859-2"
    modified = "Sun, 01 Nov 2026 06:00:00 GMT"
    site.set("/a", Reply("hello", type=kind, etag='"7"', modified=modified))
    assert fetch(site, "/a") == Fetched(
        url=site.url("/a"),
        content=b"hello",
        content_type="text/html",
        charset="iso-8859-2",
        etag='"7"',
        modified=modified,
    )


def test_a_page_that_has_not_changed_is_not_sent_again(site):
    modified = "Sun, 01 Nov 2026 06:00:00 GMT"
    site.set("/a", Reply("hello", etag='"7"', modified=modified))
    first = fetch(site, "/a")
    again = fetch(site, "/a", etag=first.etag, modified=first.modified)
    assert again.unchanged and again.content == b"" and again.etag == '"7"'
    assert fetch(site, "/a", modified=modified).unchanged
    site.set("/a", Reply("hello, again", etag='"8"'))
    assert fetch(site, "/a", etag=first.etag).content == b"hello, again"


def test_an_etag_that_could_not_be_sent_back_is_not_kept(site):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
    site.set("/a", Reply(raw=head + b"Content-Type: a/b\r\nETag: \xe9\r\n\r\nhello"))
    found = fetch(site, "/a")
    assert (found.etag, found.content) == (None, b"hello")


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"hello"),
        gzip.compress(b"hel") + gzip.compress(b"lo"),
        gzip.compress(b"hello") + b"\0" * 8,
    ],
)
def test_packed_pages_are_unpacked(site, packed):
    site.set("/a", Reply(packed, headers={"Content-Encoding": "gzip"}))
    assert fetch(site, "/a").content == b"hello"


def test_the_reader_says_who_it_is_and_takes_no_proxy_or_password_from_its_surroundings(
    site, monkeypatch, tmp_path
):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    site.set("/a", Reply("hello"))
    assert fetch(site, "/a").content == b"hello"
    assert site.requests[-1].headers["user-agent"] == (
        "Quotewise/0.1.0 (+https://quotewise.example/bot)"
    )
    assert "authorization" not in site.requests[-1].headers


# -- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_permanent_ones_told(site, status):
    site.set("/old", redirect("new#top", status))
    site.set("/new", Reply("hello"))
    found = fetch(site, "/old")
    assert (found.url, found.content) == (site.url("/new"), b"hello")
    assert found.moved_to == (site.url("/new") if status in (301, 308) else None)


def test_a_move_is_permanent_only_if_every_step_is(site):
    site.set("/a", redirect("/b", 301))
    site.set("/b", redirect("/c", 302), redirect("/c", 308))
    site.set("/c", Reply("hello"))
    assert fetch(site, "/a").moved_to is None
    assert fetch(site, "/a").moved_to == site.url("/c")


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


def test_thirty_redirects_are_too_many(site):
    for step in range(30):
        site.set(f"/{step}", redirect(f"/{step + 1}", 301))
    assert reason(site, "/0") == (
        "the site sends on more than 10 times; open the link in your browser and give the address"
        " where that ends."
    )
    assert site.paths == ["/robots.txt", *(f"/{step}" for step in range(11))]


# -- connections


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(site):
    """The name is looked up once a connection, and never by anyone else."""
    looked_up = []

    def once(host: str, port: int) -> list[str]:
        looked_up.append((host, port))
        return ["127.0.0.1"]

    site.set("/a", Reply("hello"))
    asked = Fetcher(["news.example"], resolve=once)
    assert asked.fetch(site.url("/a", "news.example")).content == b"hello"
    assert looked_up == [("news.example", site.port)] * 2  # robots.txt, and the page
    assert site.requests[-1].headers["host"] == f"news.example:{site.port}"


def test_where_the_first_address_is_dead_the_next_is_tried(site):
    site.set("/a", Reply("hello"))
    asked = Fetcher(["news.example"], resolve=lambda host, port: ["127.0.0.3", "127.0.0.1"])
    assert asked.fetch(site.url("/a", "news.example")).content == b"hello"


def tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def secure(site: Website, name: str) -> bytes:
    asked = Fetcher([name], resolve=lambda host, port: ["127.0.0.1"])
    return asked.fetch(site.url("/a", name)).content


def test_certificates_are_checked_against_the_name_not_the_address(tmp_path, monkeypatch):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with Website(tls(authority, "news.example")) as site:
        site.set("/a", Reply("hello"))
        with pytest.raises(UnreadableSource) as caught:
            secure(site, "news.example")
        assert caught.value.reason == (
            "the site's certificate cannot be trusted (unable to get local issuer certificate);"
            " check the link, and this machine's clock."
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        certificates.cache_clear()
        assert secure(site, "news.example") == b"hello"
        with pytest.raises(UnreadableSource) as caught:
            secure(site, "other.example")
        certificates.cache_clear()
        assert "certificate is not valid for 'other.example'" in caught.value.reason


# -- robots.txt and pace


REFUSED = (
    "the site's robots.txt asks programs not to read this; save the page in your browser and add"
    " the .html file."
)


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("User-agent: *\nDisallow: /a", False),
        ("User-agent: *\nDisallow: /b", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: quotewise\nAllow: /", True),
        ("User-agent: *\nDisallow: /\nAllow: /a$", True),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("User-agent: *\nDisallow:", True),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", False),
        ("<html>not found</html>", True),
        ("", True),
    ],
)
def test_robots_txt_is_obeyed(site, rules, allowed):
    site.set("/robots.txt", robots(rules))
    site.set("/a", Reply("hello"))
    if allowed:
        assert fetch(site, "/a").content == b"hello"
    else:
        assert reason(site, "/a") == REFUSED
        assert site.asked("/a") == 0


def test_robots_txt_is_read_once_for_many_pages_and_again_after_half_a_day(site):
    site.set("/robots.txt", robots("User-agent: *\nDisallow: /b"))
    site.set("/a", Reply("hello"))
    times = [NOW, NOW + timedelta(hours=11), NOW + timedelta(hours=13)]
    asked = Fetcher([site.host], now=lambda: times[0])
    while times:
        asked.fetch(site.url("/a"))
        times.pop(0)
    assert site.paths == ["/robots.txt", "/a", "/a", "/robots.txt", "/a"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_robots_txt_that_is_not_there_allows_all(site, status):
    site.set("/robots.txt", Reply("User-agent: *\nDisallow: /", status))
    site.set("/a", Reply("hello"))
    assert fetch(site, "/a").content == b"hello"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_robots_txt_that_cannot_be_read_forbids_all_for_now(site, status):
    site.set("/robots.txt", Reply(status=status), robots("User-agent: *\nAllow: /"))
    site.set("/a", Reply("hello"))
    now = NOW
    asked = Fetcher([site.host], now=lambda: now)
    for _ in range(2):
        with pytest.raises(ComeAgain) as caught:
            asked.fetch(site.url("/a"))
        assert caught.value.after == NOW + timedelta(minutes=1)
        assert caught.value.reason == (
            f"the site's robots.txt cannot be read for now ({status}), so what it allows is"
            " unknown; try again after 12:01 on 1 November 2026 (UTC)."
        )
    assert site.paths == ["/robots.txt"]
    now = NOW + timedelta(minutes=1)
    assert asked.fetch(site.url("/a")).content == b"hello"


def test_a_robots_txt_may_have_moved_even_in_circles(site):
    site.set("/robots.txt", redirect("/rules", 301))
    site.set("/rules", robots("User-agent: *\nDisallow: /a"))
    assert reason(site, "/a") == REFUSED
    site.set("/robots.txt", redirect("/robots.txt"))
    site.set("/a", Reply("hello"))
    assert fetch(site, "/a").content == b"hello"


def test_only_the_first_500_kibibytes_of_a_robots_txt_count(site):
    rules = "User-agent: *\nDisallow: /a\n" + "# more\n" * 100_000 + "Disallow: /b\n"
    site.set("/robots.txt", robots(rules))
    site.set("/b", Reply("hello"))
    assert reason(site, "/a") == REFUSED
    assert fetch(site, "/b").content == b"hello"


def test_a_robots_txt_without_end_costs_no_more_than_its_beginning(site):
    endless = itertools.chain([b"User-agent: *\nDisallow: /a\n"], itertools.repeat(b"#" * 9999))
    site.set("/robots.txt", Reply(type="text/plain", pieces=lambda: endless))
    assert reason(site, "/a") == REFUSED


def test_every_redirect_is_held_against_the_rules_of_its_own_site(site):
    site.set("/robots.txt", robots("User-agent: *\nDisallow: /private"))
    site.set("/a", redirect("/private/b"))
    assert reason(site, "/a") == REFUSED
    assert site.asked("/private/b") == 0


def test_a_crawl_delay_is_kept_between_pages(site):
    site.set("/robots.txt", robots("User-agent: *\nCrawl-delay: 0.3"))
    site.set("/a", Reply("hello"))
    asked = fetcher(site)
    for _ in range(3):
        asked.fetch(site.url("/a"))
    _, *pages = site.requests
    assert all(later.at - one.at >= 0.3 for one, later in itertools.pairwise(pages))


def test_a_host_has_one_connection_at_a_time_and_another_host_need_not_wait(site):
    site.set("/a", Reply("hello", delay=0.05))
    asked = fetcher(site)
    links = [site.url("/a", host) for host in ("127.0.0.1", "localhost") for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(asked.fetch, links))
    assert [one.content for one in found] == [b"hello"] * 8
    assert (site.most_at_once("127.0.0.1"), site.most_at_once("localhost")) == (1, 1)
    assert site.asked("/robots.txt") == 2


def public(site: Website) -> Fetcher:
    """A fetcher that reaches the site under all names, at a public address."""
    return Fetcher(now=lambda: NOW, resolve=lambda *_: ["8.8.8.8"], sockets=Connections(site))


def test_pages_of_a_public_host_are_a_second_apart_and_those_of_two_are_not(site):
    site.set("/a", Reply("hello"))
    asked = public(site)
    for link in ("http://post.example/a", "http://kelm.example/a", "http://POST.example:8080/a"):
        asked.fetch(link)
    one, other, again = (page.at for page in site.requests if page.path == "/a")
    assert again - one >= 1.0
    assert other - one < 1.0


def test_a_crawl_delay_of_a_day_is_held_to_ten_seconds(site):
    site.set("/robots.txt", robots("User-agent: *\nCrawl-delay: 86400"))
    site.set("/a", Reply("hello"))
    asked = public(site).stopped_by(lambda: time.monotonic() > late)
    late = time.monotonic() + 60
    asked.fetch("http://post.example/a")
    host = asked._hosts["post.example"]
    assert 8 < host.free_at - time.monotonic() <= 10


def test_a_host_that_asked_to_be_left_alone_is_left_alone(site):
    site.set("/a", Reply(status=429, headers={"Retry-After": "300"}))
    site.set("/b", Reply("hello"))
    asked = public(site)
    for path in ("/a", "/b"):
        with pytest.raises(ComeAgain) as caught:
            asked.fetch(f"http://post.example{path}")
        assert caught.value.after == NOW + timedelta(minutes=5)
    assert caught.value.reason == (
        "the site asked for fewer requests; try again after 12:05 on 1 November 2026 (UTC)."
    )
    assert site.asked("/b") == 0
    assert asked.fetch("http://kelm.example/b").content == b"hello"


def test_only_the_hosts_that_were_asked_last_are_remembered():
    asked = Fetcher(resolve=lambda *_: ["127.0.0.1"])
    for number in range(1500):
        with pytest.raises(UnreadableSource):
            asked.fetch(f"http://{number}.example/")
    assert len(asked._hosts) <= 1000


# -- servers that say no


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "the site shows this only to its subscribers (401); open it in a browser"),
        (402, "the site shows this only to its subscribers (402); open it in a browser"),
        (403, "the site refuses to give this to programs (403); save the page in your browser"),
        (404, "the site has no such page (404); check the link."),
        (410, "the site has taken this page away for good (410); remove the link."),
        (418, "the site gives no page but the status 418; save the page in your browser"),
        (451, "the site refuses to give this to programs (451); save the page in your browser"),
        (500, "the site has a fault of its own (500); try again later."),
        (502, "the site has a fault of its own (502); try again later."),
        (204, "the site gives no page but the status 204; save the page in your browser"),
        (302, "the site gives no page but the status 302; save the page in your browser"),
        (429, "the site asks for fewer requests (429); try again later."),
        (503, "the site is out of service for now (503); try again later."),
    ],
)
def test_a_status_is_told_with_what_to_do(site, status, told):
    site.set("/a", Reply(status=status))
    assert reason(site, "/a").startswith(told)


def test_gone_and_come_again_are_told_apart(site):
    site.set("/gone", Reply(status=410))
    site.set("/busy", Reply(status=429, headers={"Retry-After": "90"}))
    with pytest.raises(Gone):
        fetch(site, "/gone")
    with pytest.raises(ComeAgain) as caught:
        fetch(site, "/busy")
    assert caught.value.after == NOW + timedelta(seconds=90)
    assert caught.value.reason == (
        "the site asks for fewer requests (429); try again after 12:01 on 1 November 2026 (UTC)."
    )


@pytest.mark.parametrize(
    ("wanted", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta()),
        ("-5", None),
        ("soon", None),
        ("", None),
        (format_datetime(NOW + timedelta(hours=2), usegmt=True), timedelta(hours=2)),
        (format_datetime(NOW - timedelta(hours=2), usegmt=True), timedelta()),
        ("99999999", timedelta(days=7)),
        ("9" * 5000, timedelta(days=7)),
        ("Sat, 01 Jan 9999 00:00:00 GMT", timedelta(days=7)),
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
        b"\r\n\r\n",
        b"hello",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\0: a\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 500\r\n\r\nhello",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: five\r\n\r\nhello",
        HEAD + b"Content-Length: -5\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\nhello",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello" * 99)[:-12],
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
        b"\x16\x03\x01\x00\x05hello",
    ],
)
def test_a_damaged_answer_is_refused(site, raw):
    site.set("/a", Reply(raw=raw))
    assert reason(site, "/a") == DAMAGED


def test_whatever_bytes_a_server_answers_a_page_or_a_reason_comes_of_it(site):
    chosen = random.Random(4)
    good = HEAD + b'Content-Encoding: gzip\r\nLocation: /b\r\nETag: "1"\r\nRetry-After: 9\r\n\r\n'
    good += gzip.compress(b"hello " * 50)
    asked = fetcher(site, seconds=2)
    started = time.monotonic()
    for _ in range(200):
        raw = bytearray(good.replace(b"200", b"%d" % chosen.choice([200, 301, 404, 429, 503])))
        for _ in range(chosen.randrange(12)):
            raw[chosen.randrange(len(raw))] = chosen.randrange(256)
        site.set(
            "/a",
            Reply(raw=bytes(raw[: chosen.randrange(len(raw)) if chosen.random() < 0.3 else None])),
        )
        try:
            assert isinstance(asked.fetch(site.url("/a")), Fetched)
        except UnreadableSource as error:
            assert error.reason.endswith(".")
    assert time.monotonic() - started < 60


LARGE = (
    "this is larger than 1 MB, too long to be read; save the part that matters as a file and add"
    " that."
)


def endless_gzip():
    packing = zlib.compressobj(wbits=31)
    yield packing.compress(b"x") + packing.flush(zlib.Z_SYNC_FLUSH)
    yield from itertools.repeat(b"\x00\x00\x00\xff\xff" * 2000)  # empty blocks


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"x" * 1_000_001),
        Reply(pieces=lambda: itertools.repeat(b"x" * 65536)),
        Reply(b"0" * 200_000_000, gzipped=True),
        Reply(
            gzip.compress(b"0" * 1_000_001) + b"trailing", headers={"Content-Encoding": "x-gzip"}
        ),
        Reply(pieces=endless_gzip, headers={"Content-Encoding": "gzip"}),
    ],
    ids=["large", "endless", "bomb", "slightly", "empty blocks"],
)
def test_what_is_too_large_is_refused_before_it_is_in_memory(site, reply):
    site.set("/a", reply)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    assert reason(site, "/a", limit_bytes=1_000_000) == LARGE
    assert time.monotonic() - started < 30
    if not reply.gzipped:  # the site itself packs that one
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # KiB


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip"])
def test_packing_that_nobody_asked_for_is_refused(site, coding):
    site.set("/a", Reply("hello", headers={"Content-Encoding": coding}))
    assert reason(site, "/a") == (
        f"the site sends this packed as {coding}; save the page in your browser and add the .html"
        " file."
    )


@pytest.mark.parametrize(
    "reply",
    [
        Reply("hello", delay=30),
        Reply("hello" * 100, drip=0.05),
        Reply(redirect("/a").body, 302, headers={"Location": "/a?1"}, delay=0.6),
    ],
    ids=["silent", "trickle", "slow redirects"],
)
def test_a_slow_server_is_left_by_a_deadline_for_the_whole_link(site, reply):
    site.set("/a", reply)
    started = time.monotonic()
    site.set("/a?1", redirect("/a?2", delay=0.6))
    assert reason(site, "/a", seconds=1) == "the site took longer than 1 seconds; try again later."
    assert time.monotonic() - started < 20


def test_a_server_that_never_ends_its_head_or_hangs_up_in_it_is_left():
    """Every answer is one byte of a header a time, or none and a reset."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    ended = threading.Event()

    def trickle() -> None:
        while not ended.is_set():
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                for _ in range(1000):
                    try:
                        connection.sendall(b"X")
                    except OSError:
                        break
                    if ended.wait(0.05):
                        break

    thread = threading.Thread(target=trickle)
    thread.start()
    started = time.monotonic()
    with pytest.raises(UnreadableSource) as caught:
        Fetcher(["127.0.0.1"], seconds=0.6).fetch(f"http://127.0.0.1:{port}/a")
    assert time.monotonic() - started < 20
    assert "took longer than 0.3 seconds" in caught.value.reason
    ended.set()
    with socket.create_connection(("127.0.0.1", port)):
        pass
    thread.join()
    listening.close()


def test_nobody_at_home_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreadableSource) as caught:
        Fetcher(["127.0.0.1"]).fetch(f"http://127.0.0.1:{port}/")
    assert caught.value.reason == (
        "the site does not answer; check the link, and that this machine is online."
    )
