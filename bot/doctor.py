"""Checks of everything Quotewise needs: each says what is so, or what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import httpx

from bot.settings import Settings
from bot.telegram.settings import TelegramSettings
from retrieval import QuotewiseError

LEAST_FREE = 1_000_000_000  # bytes: a library of 27,000 paragraphs and the model's copy take 0.2 GB
WRONG_BY = 60  # seconds of a clock; "last week" and rate limits depend on it
WAIT_S = 10

Verdict = Literal["ok", "warning", "failed"]


class Check(NamedTuple):
    """What was checked, and how it is."""

    name: str
    verdict: Verdict
    text: str


def checks(settings: Settings) -> Iterator[Check]:
    """Check folder, disk, articles, model, indexes, and then the bot's settings and Telegram."""
    yield _checked("folder", lambda: _folder(settings.home))
    yield _checked("disk", lambda: _disk(settings.home))
    yield _checked("articles", lambda: _articles(settings))
    yield _checked("model", lambda: _model(settings))
    yield _checked("library", lambda: _library(settings))
    try:
        telegram = TelegramSettings.of({})
    except QuotewiseError as error:
        yield Check("bot", "warning", f"{error} Only the Telegram bot needs it.")
        return
    number = len(telegram.admins)
    yield Check(
        "bot",
        "ok" if number else "warning",
        f"administrators: {number}"
        if number
        else "Nobody is its administrator: set QUOTEWISE_TELEGRAM_ADMINS to your user id.",
    )
    yield from _telegram(telegram)


def _checked(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", check())
    except (QuotewiseError, OSError) as error:
        return Check(name, "failed", str(error))


def _folder(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    if not os.access(home, os.W_OK):
        raise QuotewiseError(f"{home} cannot be written: nothing can be added or changed.")
    return str(home)


def _disk(home: Path) -> str:
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE:
        raise QuotewiseError(f"Only {free / 1e6:,.0f} MB are free in {home}: free some space.")
    return f"{free / 1e9:,.0f} GB free"


def _articles(settings: Settings) -> str:
    with settings.opened() as library:
        counts = {name: len(library.ids(library=name)) for name in library.names()}
    return f"{sum(counts.values())} articles in {len(counts)} libraries"


def _model(settings: Settings) -> str:
    with settings.opened() as library:
        library.warm_up()
        change = library.change()
        if change is not None and change.is_set:
            raise QuotewiseError(
                f"{change.before} answers, and {change.after} is set: `quotewise rebuild` embeds "
                "the articles with it."
            )
        return library.model()


def _library(settings: Settings) -> str:
    with settings.opened() as library:
        faults = library.verify()
    if faults:
        raise QuotewiseError(f"{faults[0]} `quotewise verify` lists all {len(faults)} faults.")
    return "articles and indexes agree"


def _telegram(settings: TelegramSettings) -> Iterator[Check]:
    """Ask Telegram who the bot is, what it may do, and what time it is."""
    try:
        me, date = _asked(settings, "getMe")
    except QuotewiseError as error:
        yield Check("telegram", "failed", str(error))
        return
    yield Check("telegram", "ok", f"@{me.get('username')} at {settings.api_url}")
    if date is not None:
        wrong_by = abs((datetime.now(UTC) - date).total_seconds())
        yield Check(
            "clock",
            "ok" if wrong_by < WRONG_BY else "failed",
            "agrees with Telegram's"
            if wrong_by < WRONG_BY
            else f"It differs from Telegram's by {wrong_by:,.0f} s: set it, best by NTP.",
        )
    sees_all = me.get("can_read_all_group_messages")
    yield Check(
        "groups",
        "ok",
        "reads all messages"
        if sees_all
        else "reads what mentions it or replies to it; /setprivacy of @BotFather changes that",
    )
    inline = me.get("supports_inline_queries")
    yield Check("inline", "ok", "on" if inline else "off; /setinline of @BotFather turns it on")
    webhook, _ = _asked(settings, "getWebhookInfo")
    if trouble := webhook.get("last_error_message"):
        yield Check("webhook", "warning", f"Telegram could not deliver: {trouble}")


def _asked(settings: TelegramSettings, method: str) -> tuple[dict[str, Any], datetime | None]:
    """Call a method of the Bot API; return its result, and when it was answered."""
    try:
        answer = httpx.post(f"{settings.api_url}/bot{settings.token}/{method}", timeout=WAIT_S)
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        kind = type(error).__name__  # its text has the address with the token
        raise QuotewiseError(
            f"{settings.api_url} cannot be reached ({kind}): check the network, a proxy, and "
            "QUOTEWISE_TELEGRAM_API_URL."
        ) from None
    if not body.get("ok"):
        refused = answer.status_code in (401, 404)
        raise QuotewiseError(
            "Telegram refuses the token: ask @BotFather for a new one."
            if refused
            else f"Telegram answers with an error: {body.get('description')}"
        )
    date = answer.headers.get("Date")
    return body["result"], parsedate_to_datetime(date) if date else None
