"""The addresses on which the bot's own servers listen."""

from __future__ import annotations

import errno
import socket

from tornado.httpserver import HTTPServer

from retrieval import QuotewiseError


def listen(server: HTTPServer, name: str, host: str, port: int) -> None:
    """Let a server listen, on the host and port of the settings that begin with `name`.

    Raises QuotewiseError, which names the setting, if the host or the port cannot be listened on.
    """
    setting = f"QUOTEWISE_TELEGRAM_{name.upper()}"
    try:
        server.listen(port, host)
    except (OSError, UnicodeError) as error:
        if isinstance(error, socket.gaierror | UnicodeError) or error.errno == errno.EADDRNOTAVAIL:
            raise QuotewiseError(
                f"This machine has no address {host} to listen on: set {setting}_HOST to "
                "127.0.0.1, or to 0.0.0.0 for all of its own."
            ) from error
        raise QuotewiseError(
            f"Port {port} cannot be listened on ({error.strerror or error}): set {setting}_PORT "
            "to a free one."
        ) from error
