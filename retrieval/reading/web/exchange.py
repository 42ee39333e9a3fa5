"""One request and its answer, within limits of size and time; what goes wrong has a sentence."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Self

import httpcore
import httpx

from retrieval.reading.sources import in_megabytes
from retrieval.reading.web.addresses import Guard
from retrieval.reading.web.connecting import Deadline, GuardedTransport
from retrieval.reading.web.troubles import BY_HAND, NO_LINK, Trouble

NAME = "Quotewise"
USER_AGENT = f"{NAME}/{version('quotewise')} (+https://quotewise.example/bot)"
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml,"
    " */*;q=0.8",
    # The only one whose output can be bounded while it is unpacked, with Python's own means.
    "Accept-Encoding": "gzip",
    "Connection": "close",
}
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS + 32


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered; header names are in small letters. Only a 200 has content."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def location(self) -> str | None:
        """Where the server sends us on, None where it does not."""
        sent_on = self.status in (301, 302, 303, 307, 308)
        return self.headers.get("location") or None if sent_on else None


class Exchange:
    """The requests that one link takes, which share cookies and a limit of time."""

    def __init__(self, guard: Guard, context: ssl.SSLContext, seconds: float) -> None:
        self._deadline = Deadline(seconds)
        # Proxies and passwords in the environment are left alone: a proxy would resolve names where
        # they cannot be checked, and .netrc would send passwords to who is named in a link.
        self._client = httpx.Client(
            transport=GuardedTransport(guard, self._deadline, context),
            trust_env=False,
            headers=_HEADERS,
            timeout=seconds,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def cookies(self, url: str) -> str:
        """What a request for this address would send of what the servers gave before."""
        return str(self._client.build_request("GET", url).headers.get("cookie", ""))

    def get(
        self, url: str, headers: Mapping[str, str], *, limit: int, cut: bool = False
    ) -> Response:
        """Ask for a page; one that is larger than the limit is refused, or else cut."""
        try:
            with self._deadline, self._client.stream("GET", url, headers=headers) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                ok = response.status_code == 200
                content = _unpacked(response.iter_raw(), told, limit, cut=cut) if ok else b""
                return Response(url, response.status_code, told, content)
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise Trouble(
                f"the site took longer than {self._deadline.seconds:.3g} seconds; try again later."
            ) from error
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise Trouble(_unconnected(error)) from error
        except (httpcore.NetworkError, httpx.NetworkError) as error:
            raise Trouble("the site hung up in the middle; try again later.") from error
        except (httpcore.ProtocolError, httpx.ProtocolError, zlib.error) as error:
            reason = "the site's answer is damaged or incomplete; try again later."
            raise Trouble(reason) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Trouble(NO_LINK) from error


def _unconnected(error: Exception) -> str:
    """Why there was no connection: the certificate, or the network."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the site's certificate cannot be trusted ({cause.verify_message}); check the link,"
            " and this machine's clock."
        )
    if isinstance(cause, ssl.SSLError):
        return "no secure connection to the site is possible; try the link with http://."
    return "the site does not answer; check the link, and that this machine is online."


def _unpacked(
    chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, *, cut: bool
) -> bytes:
    """The content, never more of it in memory than the limit: a bomb is refused half unpacked."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", *_COMPRESSED):
        raise Trouble(f"the site sends this packed as {coding[:20]}; {BY_HAND}")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:15]) > limit and not cut:
        raise _too_large(limit)
    content = bytearray()
    for piece in _inflated(chunks, limit) if coding in _COMPRESSED else chunks:
        content += piece
        if len(content) > limit:
            if cut:
                break
            raise _too_large(limit)
    return bytes(content[:limit])


def _inflated(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The unpacked pieces of gzip or zlib data, none larger than a megabyte."""
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:  # empty blocks without end unpack to nothing
            raise _too_large(limit)
        while chunk:
            if unpacking.eof:
                if not chunk.startswith(b"\x1f\x8b"):
                    return  # some servers pad what they send
                unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
            yield unpacking.decompress(chunk, 1_000_000)
            chunk = unpacking.unconsumed_tail or unpacking.unused_data
    if received and not unpacking.eof:
        raise zlib.error("the data ends too early")


def _too_large(limit: int) -> Trouble:
    return Trouble(
        f"this is larger than {in_megabytes(limit)}, too long to be read; save the part that"
        " matters as a file and add that."
    )
