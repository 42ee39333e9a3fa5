"""What goes over the wire, where python-telegram-bot's way of it does not do."""

from __future__ import annotations

import json
import logging
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

log = logging.getLogger(__name__)

UPDATES = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
SLACK_S = (
    10  # seconds until the answer to a request for updates is given up, besides those it holds
)
AT_ONCE = 64  # connections


class QuietRequests(HTTPXRequest):
    """Requests whose answer may be a proxy's page: an error like others, without a traceback."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=AT_ONCE)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What Telegram says. Raises TelegramError if it is not Telegram that says it."""
        try:
            said: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        return said


class ReadableUpdates(HTTPXRequest):
    """Requests for updates, of which one that makes no sense does not hold up those after it."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=1, read_timeout=SLACK_S)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What Telegram says; an update that cannot be read is one that holds nothing."""
        said = QuietRequests.parse_json_payload(payload)
        found = said.get("result")
        if isinstance(found, list):
            said["result"] = [readable(one) for one in found if "update_id" in one]
        return said


def readable(update: dict[str, Any]) -> dict[str, Any]:
    """An update as it came; one that cannot be read is one that holds nothing."""
    try:
        Update.de_json(update, None)
    except Exception as error:
        id = update["update_id"]
        log.error("update %s is left out: it cannot be read (%s)", id, type(error).__name__)
        return {"update_id": id}
    return update
