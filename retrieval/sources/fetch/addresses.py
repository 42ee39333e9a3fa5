"""Which addresses may be read: the public web's, and those of hosts that were allowed by name."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from retrieval.errors import QuotewiseError, Unreachable, UnreadableSource

# News stands on the first two; the others are what people choose instead. Any port at all would let
# a link make this machine knock at mail servers and databases of others.
PORTS = frozenset({80, 443, 8080, 8443})

NO_LINK = (
    "this is no web link that can be followed: it begins with http:// or https:// and a host, and"
    " holds no password; check it."
)
BY_HAND = "save the page in your browser and add the .html file."
CONNECT_SECONDS = 5.0
"""How long a name may take to be resolved, and an address to answer."""

# What `is_global` grants in some releases of Python, or although it is not reachable by all.
_CLOSED = [
    ip_network("192.0.0.0/24"),  # among them where Oracle's machines find their keys
    ip_network("168.63.129.16"),  # public by number, but Azure's machines find theirs there
    ip_network("2001::/23"),  # Teredo and its neighbours
    ip_network("2002::/16"),  # 6to4, whose addresses lead to any IPv4 address
]
_GLOBAL_V6 = ip_network("2000::/3")
# Where a network has no IPv4, its name servers give every IPv4 site an address in here (RFC 6052).
_NAT64 = ip_network("64:ff9b::/96")

_NO_HOST = re.compile(r"[^\w.:\[\]-]")


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet's, and can lead nowhere else."""
    ip = ip_address(address)
    if ip in _NAT64:
        return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    if ip.version == 6 and ip not in _GLOBAL_V6:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in block for block in _CLOSED)


class Guard:
    """Who may be connected to. Hosts allowed by name, as `host` or `host:port`, always may.

    Raises QuotewiseError if such a name is none.
    """

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        self._allowed = {_host_and_port(host.strip()) for host in allow_hosts if host.strip()}

    def allows(self, host: str, port: int) -> bool:
        """Whether a host was allowed by name."""
        name = host.lower().rstrip(".")
        return not self._allowed.isdisjoint({(name, None), (name, port)})

    def checked(self, url: str) -> SplitResult:
        """The parts of a link that may be tried; its addresses are checked at each connection.

        Raises UnreadableSource if it may not, and ValueError if it is none.
        """
        parts = urlsplit(url)
        host, port = parts.hostname, port_of(parts)
        # A password would be kept with the article and shown with every quote.
        if parts.scheme not in ("http", "https") or not host or _NO_HOST.search(parts.netloc):
            raise UnreadableSource(url, NO_LINK)
        if port not in PORTS and not self.allows(host, port):
            raise UnreadableSource(
                url,
                f"web pages are not served on port {port}; check the link. Whoever runs Quotewise"
                f" can allow it with QUOTEWISE_ALLOW_HOSTS={host}:{port}.",
            )
        return parts

    def connected(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection to one of the addresses of a host, which were all checked just before.

        So nothing lies between the check and the connection: a name that leads elsewhere the next
        moment (DNS rebinding) gains nothing. Raises UnreadableSource where an address is not
        public, Unreachable if the name has none, and OSError if none answers.
        """
        seconds = min(seconds, CONNECT_SECONDS)
        addresses: list[str] = []

        def resolve() -> None:
            with suppress(OSError, ValueError):  # no such name, or none that could be one
                results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                addresses.extend([str(address[0]) for *_, address in results])

        # The resolver knows no time limit, so it is left behind when it takes too long.
        thread = threading.Thread(target=resolve, daemon=True)
        thread.start()
        thread.join(seconds)
        if not addresses:
            reason = f"no site called {host} can be found; check the spelling, and your network."
            raise Unreachable(host, reason)
        # One that is private beside a public one is how a name is bent to lead inside.
        if not self.allows(host, port) and not all(map(is_public, addresses)):
            # Which address it is would tell a stranger about the network.
            raise UnreadableSource(
                host,
                f"this leads to an address that is not on the public web; {BY_HAND} Whoever runs"
                f" Quotewise can allow it with QUOTEWISE_ALLOW_HOSTS={host}.",
            )
        for address in addresses:
            with suppress(OSError):  # where IPv6 is broken, IPv4 may do
                sock = socket.create_connection((address, port), seconds)
                sock.settimeout(None)
                return sock
        raise ConnectionError


def port_of(parts: SplitResult) -> int:
    """The port of a link, also where it is the scheme's own."""
    return parts.port if parts.port is not None else 443 if parts.scheme == "https" else 80


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """A host that is allowed, and its port if only that is."""
    with suppress(ValueError):
        is_bare_ipv6 = entry.count(":") > 1 and not entry.startswith("[")
        parts = urlsplit(f"//[{entry}]" if is_bare_ipv6 else f"//{entry}")
        if parts.hostname and parts.port != 0 and not _NO_HOST.search(entry):
            return parts.hostname.rstrip("."), parts.port
    raise QuotewiseError(
        "The allowed hosts (allow_hosts) should be names such as wiki.example or "
        f"wiki.example:8080, with a port from 1 to 65535, and {entry!r} is none."
    )
