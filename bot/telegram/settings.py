"""The settings of the Telegram bot, from flags, the environment and a file named .env."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from retrieval import QuotewiseError

PREFIX = "QUOTEWISE_TELEGRAM_"
TELEGRAM = "https://api.telegram.org"
LAST_PORT = 65_535
LOCAL = "127.0.0.1"


def _split(ids: str) -> list[str]:
    return [id.strip() for id in ids.split(",") if id.strip()]


def _with_valid_port(url: str) -> str:
    if urlsplit(url).port == 0:  # raises ValueError for others that are not valid
        raise ValueError
    return url.rstrip("/")


Port = Annotated[int, Field(ge=1, le=LAST_PORT)]
Url = Annotated[str, AfterValidator(_with_valid_port)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


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
        str_strip_whitespace=True,
        validate_default=False,
    )

    token: str = Field(
        "", repr=False, pattern=r"^[0-9]+:[A-Za-z0-9_-]{20,}$", validate_default=True
    )
    admins: Annotated[frozenset[PositiveInt], NoDecode, BeforeValidator(_split)] = frozenset()
    api_url: Url = Field(TELEGRAM, pattern=r"^https?://[^/\s]+")
    webhook_url: Url | None = None
    webhook_host: str = LOCAL
    webhook_port: Port = 8080
    webhook_secret: str = Field(default_factory=lambda: token_urlsafe(32), repr=False)
    health_host: str = LOCAL
    health_port: Port | None = None
    person_rate: PositiveInt = 20
    chat_rate: PositiveInt = 60
    log_level: Annotated[LogLevel, BeforeValidator(str.upper)] | None = None

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
            reason = _reason(str(first["loc"][0]), first["type"], str(first["input"]).strip())
            raise QuotewiseError(reason) from None  # its text has the value, perhaps a token


def _reason(name: str, kind: str, value: str) -> str:
    """Say what is wrong with a setting, and what to do."""
    if name == "token" and not value:
        return (
            "There is no bot token: get one from @BotFather in Telegram and set "
            "QUOTEWISE_TELEGRAM_TOKEN to it, in the environment or in a file named .env."
        )
    if name == "token":
        return (
            "QUOTEWISE_TELEGRAM_TOKEN is not a bot token, which looks like "
            "123456789:AAE…: copy it again from @BotFather."
        )
    if name == "log_level":
        wanted = "one of DEBUG, INFO, WARNING, ERROR."
    elif name.endswith("_url"):
        if kind == "string_pattern_mismatch":
            return f"{PREFIX}{name.upper()} should begin with https:// or http://."
        wanted = f"an address with a port from 1 to {LAST_PORT}."
    elif name.endswith("_port"):
        wanted = f"a number from 1 to {LAST_PORT}, and {value!r} is not."
    else:
        wanted = f"a number of at least 1, and {value!r} is not."
    return f"{PREFIX}{name.upper()} should be {wanted}"
