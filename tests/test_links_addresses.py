"""Links lead to the public web only, whatever they look like and wherever their names lead."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.reading.web.addresses import Guard, is_public
from retrieval.reading.web.troubles import Trouble

CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1"),
    *("192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1"),
    *("2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "5f00::1", "2001:20::1"),
    *("3ffe::1", "2001:4860::1%eth0", "", "nonsense", "127.1"),
]
OPEN = [
    *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "193.0.0.1"),
    *("2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"),
]


@pytest.mark.parametrize("address", CLOSED)
def test_what_lies_inside_a_network_or_leads_there_is_closed(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_what_all_can_reach_is_open(address):
    assert is_public(address)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_open(ip):
    if is_public(str(ip)) and not str(ip).startswith("64:ff9b::"):
        assert ip.is_global
        assert not ip.is_multicast
        assert not ip.is_reserved


def refusal(url: str, *allow_hosts: str) -> str | None:
    try:
        Guard(allow_hosts).checked(url)
    except Trouble as error:
        return error.reason
    return None


NO_LINK = "this is no web link that can be followed; check its spelling."
ODD = "this link spells an address in an odd way; write it with four numbers."
OTHER = "only links that begin with http:// or https:// can be read; check it."
LONG = "this link has more than 8,000 characters; check where it ends."
PASSWORD = "this link holds a password; take out what stands before the @."


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file:///etc/passwd", OTHER),
        ("ftp://post.example/a", OTHER),
        ("gopher://post.example/a", OTHER),
        ("javascript://post.example/%0aalert(1)", OTHER),
        ("//post.example/a", OTHER),
        ("http://", NO_LINK),
        ("http:///etc/passwd", NO_LINK),
        ("http://[::1", NO_LINK),
        ("http://post.example:port/", NO_LINK),
        ("http://post.example:99999/", NO_LINK),
        ("http://post example/", NO_LINK),
        ("http://post.example\\@10.0.0.1/", NO_LINK),
        ("http://[fe80::1%25eth0]/", NO_LINK),
        ("http://post%2eexample/", NO_LINK),
        ("http://me:secret@post.example/", PASSWORD),
        ("http://token@post.example/", PASSWORD),
        ("http://@post.example/", PASSWORD),
        ("http://2130706433/", ODD),
        ("http://017700000001/", ODD),
        ("http://0x7f000001/", ODD),
        ("http://0x7f.1/", ODD),
        ("http://0177.0.0.1/", ODD),
        ("http://127.1/", ODD),
        ("http://127.0.0.1.5/", ODD),
        ("http://0xa.0xa.0xa.0xa/", ODD),
        ("http://256.1.1.1/", ODD),
        ("http://2130706433./", ODD),
        ("http://post.0x/", ODD),
        ("http://post.example/" + "a" * 8000, LONG),
    ],
)
def test_a_link_that_is_none_or_hides_where_it_leads_is_refused_unresolved(url, told):
    assert refusal(url) == told


@pytest.mark.parametrize("port", [22, 25, 81, 3306, 6379, 9200, 0])
def test_ports_that_serve_no_web_pages_are_not_knocked_at(port):
    assert refusal(f"http://post.example:{port}/") == (
        f"web pages are not served on port {port}; check the link. Whoever runs Quotewise can allow"
        f" it with QUOTEWISE_ALLOW_HOSTS=post.example:{port}."
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://post.example/",
        "https://post.example/",
        "https://post.example:443/",
        "http://post.example:8080/a",
        "https://post.example:8443/a",
        "https://münchen.example/",
        "https://xn--mnchen-3ya.example/",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
        "https://1.example/",
    ],
)
def test_links_of_the_public_web_pass(url):
    assert refusal(url) is None


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


def addresses(found: list[str], *allow_hosts: str) -> list[str]:
    return Guard(allow_hosts, lambda host, port: found).addresses("post.example", 80, 1.0)


def test_a_name_is_refused_if_any_of_its_addresses_is_not_public():
    assert addresses(["8.8.8.8", "2606:4700::1111"]) == ["8.8.8.8", "2606:4700::1111"]
    for found in (["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8", "::ffff:169.254.169.254"]):
        with pytest.raises(Trouble) as caught:
            addresses(found)
        assert caught.value.reason == (
            "this leads to an address that is not on the public web, which is not read; save the"
            " page in your browser and add the .html file. Whoever runs Quotewise can allow the"
            " host with QUOTEWISE_ALLOW_HOSTS=post.example."
        )
    assert addresses(["10.0.0.1"], "post.example") == ["10.0.0.1"]


def test_a_name_without_addresses_says_so():
    with pytest.raises(Trouble) as caught:
        addresses([])
    assert caught.value.reason == (
        "no site called post.example can be found; check the spelling, and that this machine is"
        " online."
    )


def test_a_name_server_that_never_answers_is_not_waited_for():
    never = threading.Event()

    def asleep(host: str, port: int) -> list[str]:
        never.wait(5)
        return []

    with pytest.raises(Trouble):
        Guard([], asleep).addresses("post.example", 80, 0.05)
    never.set()
