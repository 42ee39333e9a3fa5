"""Everything that can be set for the Telegram bot, in one object."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import urlsplit

from dotenv import dotenv_values

from retrieval import QuotewiseError

TELEGRAM = "https://api.telegram.org"
LAST_PORT = 65_535
LOCAL = "127.0.0.1"
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """How the bot reaches Telegram, and who may talk to it.

    `api_url` is a Bot API server: `<url>/bot<token>/<method>`. With a `webhook_url` updates are
    received there, on `webhook_host` and `webhook_port`, instead of being fetched, and Telegram
    sends `webhook_secret` with each, which is made up at each start if none is set. Rates are
    questions a minute.
    """

    token: str = field(repr=False)
    administrators: frozenset[int]
    api_url: str
    webhook_url: str | None = None
    webhook_host: str = LOCAL
    webhook_port: int = 8080
    webhook_secret: str = field(default_factory=lambda: token_urlsafe(32), repr=False)
    health_host: str = LOCAL
    health_port: int | None = None
    person_rate: int = 20
    chat_rate: int = 60
    log_level: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> TelegramSettings:
        """The settings as their names without QUOTEWISE_TELEGRAM_, in lower case, give them.

        Raises QuotewiseError, with what to do, where one is missing or makes no sense.
        """
        token = values.get("token", "")
        if not token:
            raise QuotewiseError(
                "There is no bot token: get one from @BotFather in Telegram and set "
                "QUOTEWISE_TELEGRAM_TOKEN to it, in the environment or in a file named .env."
            )
        if not TOKEN.fullmatch(token):
            raise QuotewiseError(
                "QUOTEWISE_TELEGRAM_TOKEN is not a bot token, which looks like "
                "123456789:AAE…: copy it again from @BotFather."
            )
        api_url = values.get("api_url") or TELEGRAM
        if not re.match(r"https?://[^/\s]+", api_url):
            raise QuotewiseError(
                "QUOTEWISE_TELEGRAM_API_URL should begin with https:// or http://."
            )
        for name in ("api_url", "webhook_url"):
            _check_port(name, values.get(name, ""))
        return cls(
            token,
            frozenset(
                _whole_number("admins", number)
                for number in values.get("admins", "").split(",")
                if number.strip()
            ),
            api_url.rstrip("/"),
            values.get("webhook_url") or None,
            values.get("webhook_host") or LOCAL,
            _whole_number("webhook_port", values.get("webhook_port") or "8080", LAST_PORT),
            values.get("webhook_secret") or token_urlsafe(32),
            values.get("health_host") or LOCAL,
            _whole_number("health_port", values["health_port"], LAST_PORT)
            if values.get("health_port")
            else None,
            _whole_number("person_rate", values.get("person_rate") or "20"),
            _whole_number("chat_rate", values.get("chat_rate") or "60"),
            _log_level(values.get("log_level")),
        )


def values_given(flags: Mapping[str, str | None]) -> dict[str, str]:
    """What is set for Telegram: by flags, else the environment, else a file named .env."""
    prefix = "QUOTEWISE_TELEGRAM_"
    named = {**dotenv_values(".env"), **os.environ}
    values = {
        name.removeprefix(prefix).lower(): value.strip()
        for name, value in named.items()
        if name.startswith(prefix) and value
    }
    return values | {name: value for name, value in flags.items() if value}


def _log_level(name: str | None) -> str | None:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR")
    if name and name.upper() not in levels:
        raise QuotewiseError(f"QUOTEWISE_TELEGRAM_LOG_LEVEL should be one of {', '.join(levels)}.")
    return name.upper() if name else None


def _check_port(name: str, url: str) -> None:
    try:
        valid = urlsplit(url).port != 0
    except ValueError:
        valid = False
    if not valid:
        raise QuotewiseError(
            f"QUOTEWISE_TELEGRAM_{name.upper()} should be an address with a port from 1 to "
            f"{LAST_PORT}."
        )


def _whole_number(name: str, value: str, most: int | None = None) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1 or (most and number > most):
        wanted = f"a number from 1 to {most}" if most else "a number of at least 1"
        raise QuotewiseError(
            f"QUOTEWISE_TELEGRAM_{name.upper()} should be {wanted}, and {value.strip()!r} is not."
        )
    return number
