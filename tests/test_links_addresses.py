"""Only public addresses are connected to, whatever a link looks like and its name leads to."""

import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from website import Reply, redirect

from retrieval.errors import UnreadableSource
from retrieval.sources.fetch import Fetcher, Guard, is_public

CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1"),
    *("2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:808:808::"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "5f00::1", "2001:20::1"),
]
OPEN = [
    *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "193.0.0.1"),
    *("2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"),
]
PRIVATE = "this leads to an address that is not on the public web; save the page in your browser"


def refusal(asked: Fetcher, url: str = "http://post.example/a") -> str:
    with pytest.raises(UnreadableSource) as caught:
        asked.fetch(url)
    assert caught.value.source == url
    return caught.value.reason


@pytest.mark.parametrize("address", CLOSED)
def test_a_name_that_leads_inside_a_network_is_not_connected_to(address, internet):
    for answer in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        internet.answers = [answer]
        assert refusal(Fetcher()).startswith(PRIVATE)
    assert internet.addresses == []


@pytest.mark.parametrize("address", OPEN)
def test_a_name_with_a_public_address_is_connected_to_at_that_address(address, internet, site):
    site.set("/a", Reply("hello"))
    internet.answers = [[address]]
    assert Fetcher().fetch("http://post.example/a").content == b"hello"
    assert internet.addresses == [address, address]  # for robots.txt, and for the page
    assert internet.names == ["post.example"] * 2
    assert site.requests[-1].headers["host"] == "post.example"


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(ip):
    if is_public(str(ip)) and not str(ip).startswith("64:ff9b::"):
        assert ip.is_global
        assert not ip.is_multicast
        assert not ip.is_reserved


@pytest.mark.parametrize("inside", [["8.8.8.8", "169.254.169.254"]])
def test_a_name_that_leads_elsewhere_at_the_next_look_up_is_refused_then(inside, internet, site):
    """DNS rebinding: that it was public a moment ago gains it nothing."""
    site.set("/a", Reply("secret"))
    internet.answers = [["8.8.8.8"], inside, ["1.1.1.1"]]
    asked = Fetcher()
    assert refusal(asked).startswith(PRIVATE)
    assert internet.addresses == ["8.8.8.8"]
    assert site.paths == ["/robots.txt"]
    assert asked.fetch("http://post.example/a").content == b"secret"
    assert internet.addresses == ["8.8.8.8", "1.1.1.1"]


@pytest.mark.parametrize(
    ("to", "message"),
    [
        *((f"http://{one}/", PRIVATE) for one in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]")),
        *((f"//{one}/x", PRIVATE) for one in ("169.254.169.254", "192.168.1.1", "[fd00::1]")),
        # Resolvers take all of these for 127.0.0.1.
        *((f"http://{one}/", PRIVATE) for one in ("2130706433", "0x7f.1", "0177.1")),
        ("http://localhost/", PRIVATE),
        ("file:///etc/passwd", "this is no web link"),
        ("http://me:secret@post.example/", "this is no web link"),
        ("http://post.example\\.127.0.0.1/", "this is no web link"),
        ("http://post.example:25/", "web pages are not served on port 25"),
    ],
)
def test_every_redirect_is_checked_like_a_link(to, message, site):
    site.set("/a", redirect(to))
    asked = Fetcher([f"{site.host}:{site.port}"])
    assert refusal(asked, site.url("/a")).startswith(message)
    assert refusal(asked, f"http:{to}" if to.startswith("//") else to).startswith(message)
    assert site.paths == ["/robots.txt", "/a"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        *((f"http://post.example:{n}/", f"web pages are not served on port {n};") for n in (0, 22)),
        *((url, "this is no web link") for url in ("ftp://post.example/", "//post.example/a")),
        *((url, "this is no web link") for url in ("http://", "http:///etc", "http://[::1")),
        *(
            (f"http://{host}/", "this is no web link")
            for host in ("a:port", "a:99999", "[fe80::1%25eth0]", "post%2eexample", "@a", "me:pw@a")
        ),
    ],
)
def test_a_link_that_is_none_is_refused_before_it_is_looked_up(url, message, internet):
    assert refusal(Fetcher(), url).startswith(message)
    assert internet.names == []


def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [str(never.wait(5))])
    started = time.monotonic()
    assert refusal(Fetcher(seconds=0.1)).startswith("the site took longer than 0.1 seconds;")
    assert time.monotonic() - started < 3
    never.set()


def test_where_the_first_address_is_dead_the_next_is_tried(internet, site):
    site.set("/a", Reply("hello"))
    internet.answers = [["9.9.9.9", "8.8.8.8"]]
    assert Fetcher().fetch("http://post.example/a").content == b"hello"
    assert internet.addresses == ["9.9.9.9", "8.8.8.8"] * 2


@pytest.mark.parametrize(
    ("entry", "host", "port", "allowed"),
    [
        ("intranet.example", "intranet.example", 80, True),
        ("intranet.example", "Intranet.Example.", 9000, True),
        (" Intranet.example ", "intranet.example", 80, True),
        ("intranet.example:9000", "intranet.example", 9000, True),
        ("intranet.example:9000", "intranet.example", 80, False),
        ("intranet.example", "sub.intranet.example", 80, False),
        ("intranet.example", "intranet.example.evil.example", 80, False),
        ("[::1]:8000", "::1", 8000, True),
        ("::1", "::1", 8000, True),
        ("", "", 80, False),
    ],
)
def test_a_host_is_allowed_by_its_whole_name_with_or_without_its_port(entry, host, port, allowed):
    assert Guard([entry]).allows(host, port) is allowed


def test_a_name_without_addresses_says_so(internet):
    internet.answers = [[]]
    assert refusal(Fetcher()).startswith("no site called post.example can be found; check")
