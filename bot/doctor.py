"""Checks of everything Quotewise needs: each says what is so, or what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import httpx

from bot.settings import Settings
from bot.telegram.settings import TelegramSettings
from retrieval import DatabaseServer, Library, QuotewiseError

LEAST_FREE = 1_000_000_000  # bytes: a library of 27,000 paragraphs and the model's copy take 0.2 GB
WRONG_BY = 60  # seconds of a clock; "last week" and rate limits depend on it
WAIT_S = 10

Subject = TypeVar("Subject")
Verdict = Literal["ok", "warning", "failed"]


class Check(NamedTuple):
    name: str
    verdict: Verdict
    text: str


def checks(settings: Settings) -> Iterator[Check]:
    """Check folder, disk, articles, model, indexes, and then the bot's settings and Telegram."""
    yield _checked("folder", _folder, settings.home)
    yield _checked("disk", _disk, settings.home)
    try:
        with settings.opened() as library:
            if server := library.server():
                yield Check("database", "ok", _database(server))
            yield _checked("articles", _articles, library)
            yield _checked("model", _model, library)
            yield _checked("indexes", _indexes, library)
    except (QuotewiseError, OSError) as error:
        yield Check("articles" if settings.database is None else "database", "failed", str(error))
    try:
        telegram = TelegramSettings.of({})
    except QuotewiseError as error:
        yield Check("bot", "warning", f"{error} Only the Telegram bot needs it.")
        return
    yield _checked("administrators", _administrators, telegram)
    try:
        me, date = _call(telegram, "getMe")
    except QuotewiseError as error:
        yield Check("telegram", "failed", str(error))
        return
    groups = "reads all" if me.get("can_read_all_group_messages") else "reads what mentions it"
    inline = "on" if me.get("supports_inline_queries") else "off"
    bot = f"@{me['username']} at {telegram.api_url}"
    yield Check("telegram", "ok", f"{bot}; in groups it {groups}; inline mode is {inline}")
    yield _checked("clock", _clock, date)
    yield _checked("webhook", _webhook, telegram)


def _checked(name: str, check: Callable[[Subject], str], subject: Subject) -> Check:
    try:
        return Check(name, "ok", check(subject))
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


def _database(server: DatabaseServer) -> str:
    size, latency = f"{server.size / 1e6:,.0f} MB", f"{server.seconds * 1000:.1f} ms"
    return f"{server.place}: PostgreSQL {server.version}, {size}; a query takes {latency}"


def _articles(library: Library) -> str:
    counts = [len(library.ids(library=name)) for name in library.names()]
    return f"{sum(counts):,}, in libraries: {len(counts)}"


def _model(library: Library) -> str:
    library.warm_up()
    change = library.change()
    if change is not None and change.is_set:
        raise QuotewiseError(
            f"{change.before} answers, and {change.after} is set: `quotewise rebuild` embeds the "
            "articles with it."
        )
    return library.model()


def _indexes(library: Library) -> str:
    if faults := library.verify():
        raise QuotewiseError(f"{faults[0]} `quotewise verify` lists all {len(faults)} faults.")
    return "agree with the articles"


def _administrators(settings: TelegramSettings) -> str:
    if not settings.admins:
        raise QuotewiseError("There is none: set QUOTEWISE_TELEGRAM_ADMINS to your user id.")
    return ", ".join(map(str, sorted(settings.admins)))


def _clock(date: datetime) -> str:
    wrong_by = abs((datetime.now(UTC) - date).total_seconds())
    if wrong_by > WRONG_BY:
        raise QuotewiseError(f"It differs from Telegram's by {wrong_by:,.0f} s: set it.")
    return "agrees with Telegram's"


def _webhook(settings: TelegramSettings) -> str:
    webhook, _ = _call(settings, "getWebhookInfo")
    if trouble := webhook.get("last_error_message"):
        raise QuotewiseError(f"Telegram could not deliver to {webhook['url']}: {trouble}.")
    return f"{webhook['url'] or 'none'}; {webhook['pending_update_count']} updates wait"


def _call(settings: TelegramSettings, method: str) -> tuple[dict[str, Any], datetime]:
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
    return body["result"], parsedate_to_datetime(answer.headers["Date"])
