"""The settings of the Telegram bot, from flags, the environment and a file named .env."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from secrets import token_urlsafe
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from retrieval import QuotewiseError

PREFIX = "QUOTEWISE_TELEGRAM_"
NO_TOKEN = (
    "There is no bot token: get one from @BotFather in Telegram and set QUOTEWISE_TELEGRAM_TOKEN "
    "to it, in the environment or in a file named .env."
)
BAD_TOKEN = (
    "QUOTEWISE_TELEGRAM_TOKEN is not a bot token, which looks like 123456789:AAE…: copy it again "
    "from @BotFather."
)


def _split(ids: str) -> list[str]:
    return [id.strip() for id in ids.split(",") if id.strip()]


def _checked_url(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("should begin with https:// or http://")
    with suppress(ValueError):  # of a port that is no number, or too large
        if urlsplit(url).hostname and urlsplit(url).port != 0:
            return url.rstrip("/")
    raise ValueError("should have a host, and a port from 1 to 65535 if it has one")


Port = Annotated[int, Field(ge=1, le=65_535)]
Url = Annotated[str, AfterValidator(_checked_url)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class TelegramSettings(BaseSettings):
    """How the bot reaches Telegram, and who may talk to it.

    `api_url` is a Bot API server: `<url>/bot<token>/<method>`. With a `webhook_url` the bot
    receives updates there, on `webhook_host` and `webhook_port`, instead of polling; Telegram
    sends `webhook_secret` with each. Rates are questions a minute. Answers, with their questions,
    are deleted after `answers_days`, if set; the log has the questions only with `log_questions`.
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
    api_url: Url = "https://api.telegram.org"
    webhook_url: Url | None = None
    webhook_host: str = "127.0.0.1"
    webhook_port: Port = 8080
    webhook_secret: str = Field(default_factory=lambda: token_urlsafe(32), repr=False)
    health_host: str = "127.0.0.1"
    health_port: Port | None = None
    person_rate: PositiveInt = 20
    chat_rate: PositiveInt = 60
    log_questions: bool = False
    answers_days: PositiveInt | None = None
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
            # Its own text has the value, perhaps a token.
            first = error.errors()[0]
            name, value = str(first["loc"][0]), str(first["input"]).strip()
            if name == "token":
                raise QuotewiseError(BAD_TOKEN if value else NO_TOKEN) from None
            wanted = first["msg"].removeprefix("Input ").removeprefix("Value error, ")
            wanted = wanted.partition(", unable to parse")[0]
            but = "" if name.endswith("_url") else f", and not {value!r}"
            raise QuotewiseError(f"{PREFIX}{name.upper()} {wanted}{but}.") from None
