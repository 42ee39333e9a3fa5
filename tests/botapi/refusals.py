"""What the server refuses, and whether that is the bot's fault."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A request that gets an error for an answer, as the state of things may make happen."""

    breach = False

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Breach(Refused):
    """A request that the description of the API forbids, whatever the state of things."""

    breach = True

    def __init__(self, description: str) -> None:
        super().__init__(400, f"Bad Request: {description}")


def bad_request(description: str, **parameters: Any) -> Refused:
    """A 400 that a bot without a defect may meet."""
    return Refused(400, f"Bad Request: {description}", **parameters)


def forbidden(description: str) -> Refused:
    """A 403: the bot is blocked, or outside."""
    return Refused(403, f"Forbidden: {description}")
