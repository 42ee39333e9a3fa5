"""The settings of the Telegram bot, from flags, the environment and a file named .env."""

from __future__ import annotations

import re
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from retrieval import QuotewiseError

PREFIX = "QUOTEWISE_TELEGRAM_"
TELEGRAM = "https://api.telegram.org"
LAST_PORT = 65_535
LOCAL = "127.0.0.1"
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def _variable(info: ValidationInfo) -> str:
    return f"{PREFIX}{(info.field_name or '').upper()}"


def _whole_number(value: Any, info: ValidationInfo, most: int | None = None) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1 or (most and number > most):
        wanted = f"a number from 1 to {most}" if most else "a number of at least 1"
        raise ValueError(
            f"{_variable(info)} should be {wanted}, and {str(value).strip()!r} is not."
        )
    return number


def _port(value: Any, info: ValidationInfo) -> int:
    return _whole_number(value, info, LAST_PORT)


def _user_ids(value: Any, info: ValidationInfo) -> frozenset[int]:
    return frozenset(_whole_number(id, info) for id in value.split(",") if id.strip())


def _token(value: str) -> str:
    if not value:
        raise ValueError(
            "There is no bot token: get one from @BotFather in Telegram and set "
            "QUOTEWISE_TELEGRAM_TOKEN to it, in the environment or in a file named .env."
        )
    if not TOKEN.fullmatch(value):
        raise ValueError(
            "QUOTEWISE_TELEGRAM_TOKEN is not a bot token, which looks like "
            "123456789:AAE…: copy it again from @BotFather."
        )
    return value


def _url(value: str, info: ValidationInfo) -> str:
    if info.field_name == "api_url" and not re.match(r"https?://[^/\s]+", value):
        raise ValueError(f"{_variable(info)} should begin with https:// or http://.")
    try:
        valid = urlsplit(value).port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(
            f"{_variable(info)} should be an address with a port from 1 to {LAST_PORT}."
        )
    return value.rstrip("/")


def _log_level(value: str, info: ValidationInfo) -> str:
    if value.upper() not in LOG_LEVELS:
        raise ValueError(f"{_variable(info)} should be one of {', '.join(LOG_LEVELS)}.")
    return value.upper()


Port = Annotated[int, BeforeValidator(_port)]
Rate = Annotated[int, BeforeValidator(_whole_number)]
Url = Annotated[str, AfterValidator(_url)]


class TelegramSettings(BaseSettings):
    """How the bot reaches Telegram, and who may talk to it.

    `api_url` is a Bot API server: `<url>/bot<token>/<method>`. With a `webhook_url` the bot
    receives updates there, on `webhook_host` and `webhook_port`, instead of polling; Telegram
    sends `webhook_secret` with each. Rates are questions a minute.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        validate_default=False,
    )

    token: Annotated[str, AfterValidator(_token)] = Field("", repr=False, validate_default=True)
    admins: Annotated[frozenset[int], NoDecode, BeforeValidator(_user_ids)] = frozenset()
    api_url: Url = TELEGRAM
    webhook_url: Url | None = None
    webhook_host: str = LOCAL
    webhook_port: Port = 8080
    webhook_secret: str = Field(default_factory=lambda: token_urlsafe(32), repr=False)
    health_host: str = LOCAL
    health_port: Port | None = None
    person_rate: Rate = 20
    chat_rate: Rate = 60
    log_level: Annotated[str, AfterValidator(_log_level)] | None = None

    @classmethod
    def of(cls, flags: Mapping[str, str | None]) -> Self:
        """Return the settings that flags give, else the environment, else a file named .env.

        Raises QuotewiseError, with what to do, where one is missing or makes no sense.
        """
        given: dict[str, Any] = {name: value for name, value in flags.items() if value}
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            reason = first.get("ctx", {}).get("error") or first["msg"]
            raise QuotewiseError(str(reason)) from None
