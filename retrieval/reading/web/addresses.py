"""Which addresses may be read: the public web's, and those of hosts that were allowed by name."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from retrieval.errors import QuotewiseError, Unreachable
from retrieval.reading.web.troubles import BY_HAND, NO_LINK, Trouble

# News stands on the first two; the others are what people choose instead. Any port at all would let
# a link make this machine knock at mail servers and databases of others.
PORTS = frozenset({80, 443, 8080, 8443})

LONGEST = 8_000
"""The characters that a link may have, as servers have it."""

# What `is_global` grants in some releases of Python or in all, beside what is reachable by all.
_CLOSED = [
    ip_network(block)
    for block in (
        *("192.0.0.0/24", "192.88.99.0/24"),
        "168.63.129.16/32",  # public by number, but Azure's machines find their host's keys there
        # Teredo and its neighbours, and 6to4, whose addresses lead to any IPv4 address.
        *("2001::/23", "2002::/16", "3ffe::/16", "3fff::/20"),
    )
]
_GLOBAL_V6 = ip_network("2000::/3")
# Where a network has no IPv4, its name servers give every IPv4 site an address in here (RFC 6052).
_NAT64 = ip_network("64:ff9b::/96")

_NO_HOST = re.compile(r"[\s@\\%]|:\Z")

Resolve = Callable[[str, int], list[str]]


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses that this machine's resolver has for a host name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet's, and can lead nowhere else."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.scope_id is not None or ip not in _GLOBAL_V6:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _CLOSED)


class Guard:
    """Who may be connected to. Hosts allowed by name, as `host` or `host:port`, always may.

    Raises QuotewiseError if such a name is none.
    """

    def __init__(self, allow_hosts: Iterable[str] = (), resolve: Resolve = system_resolve) -> None:
        self._allowed = frozenset(_checked(host.strip()) for host in allow_hosts if host.strip())
        self._resolve = resolve

    def allows(self, host: str, port: int) -> bool:
        """Whether a host was allowed by name."""
        name = _plain(host)
        return not self._allowed.isdisjoint(
            {name, f"{name}:{port}", f"[{name}]", f"[{name}]:{port}"}
        )

    def checked(self, url: str) -> SplitResult:
        """The parts of a link that may be tried; its addresses are checked at each connection."""
        if len(url) > LONGEST:
            raise Trouble(f"this link has more than {LONGEST:,} characters; check where it ends.")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, port_of(parts)
        except ValueError as error:
            raise Trouble(NO_LINK) from error
        if parts.scheme not in ("http", "https"):
            raise Trouble("only links that begin with http:// or https:// can be read; check it.")
        if not host or re.search(r"[\s\\%]", parts.netloc):
            raise Trouble(NO_LINK)
        if parts.username is not None or parts.password is not None:
            # It would be kept with the article and shown with every quote.
            raise Trouble("this link holds a password; take out what stands before the @.")
        if port not in PORTS and not self.allows(host, port):
            raise Trouble(
                f"web pages are not served on port {port}; check the link. Whoever runs Quotewise"
                f" can allow it with QUOTEWISE_ALLOW_HOSTS={_plain(host)}:{port}."
            )
        return parts

    def addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """The addresses of a host, if it may be connected to at every one of them.

        Raises Trouble where one is not public, or the name has none.
        """
        found = self._resolved(host, port, seconds)
        # One that is private beside a public one is how a name is bent to lead inside.
        if not self.allows(host, port) and not all(map(is_public, found)):
            # Which address it is would tell a stranger about the network.
            raise Trouble(
                "this leads to an address that is not on the public web, which is not read; "
                f"{BY_HAND} Whoever runs Quotewise can allow the host with"
                f" QUOTEWISE_ALLOW_HOSTS={_plain(host)}."
            )
        return found

    def _resolved(self, host: str, port: int, seconds: float) -> list[str]:
        found: list[str] = []

        def resolve() -> None:
            with suppress(OSError, ValueError):  # no such name, or none that could be one
                found.extend(self._resolve(host, port))

        # The resolver knows no time limit, so it is left behind when it takes too long.
        thread = threading.Thread(target=resolve, daemon=True)
        thread.start()
        thread.join(seconds)
        if not found:
            raise Trouble(
                f"no site called {_plain(host)} can be found; check the spelling, and that this"
                " machine is online.",
                Unreachable,
            )
        return list(found)


def port_of(parts: SplitResult) -> int:
    """The port of a link, also where it is the scheme's own."""
    return parts.port if parts.port is not None else 443 if parts.scheme == "https" else 80


def _checked(host: str) -> str:
    """A host that is allowed, in lower case. Raises QuotewiseError if it cannot be one."""
    with suppress(ValueError):
        if ":" in host.partition(":")[2] and not host.startswith("["):
            return str(IPv6Address(host))
        parts = urlsplit(f"//{host}")
        if (
            parts.netloc == host
            and parts.hostname
            and parts.port != 0
            and not _NO_HOST.search(host)
        ):
            return host.lower()
    raise QuotewiseError(
        "The allowed hosts (allow_hosts) should be names such as wiki.example or "
        f"wiki.example:8080, with a port from 1 to 65535, and {host!r} is none."
    )


def _plain(host: str) -> str:
    return host.lower().strip("[]").rstrip(".")
