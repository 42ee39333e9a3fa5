"""What goes over the wire, where python-telegram-bot's way of it does not do."""

from __future__ import annotations

import json
import logging
from typing import Any

from telegram import Bot, Update
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
        except (ValueError, RecursionError) as error:
            raise TelegramError("Invalid server response") from error
        return said


class RawUpdates(HTTPXRequest):
    """Requests for updates, whose answers keep each update as Telegram sent it.

    python-telegram-bot parses a whole batch or none of it, and cannot write each update as JSON.
    """

    def __init__(self) -> None:
        super().__init__(connection_pool_size=1, read_timeout=SLACK_S)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Wrap each update, so that it arrives in the `api_kwargs` of an empty `Update`.

        Raises TelegramError if the updates have no ids: then none could ever be confirmed.
        """
        said = QuietRequests.parse_json_payload(payload)
        if result := said.get("result"):
            updates = [update for update in result if has_id(update)]
            if not updates:
                raise TelegramError("Invalid server response")
            said["result"] = [
                {"update_id": update["update_id"], "raw": update} for update in updates
            ]
        return said


def has_id(update: object) -> bool:
    """Whether this is an update that can be confirmed and stored by its id."""
    id = update.get("update_id") if isinstance(update, dict) else None
    return type(id) is int and 0 <= id < 2**63


def parsed(id: int, payload: str, bot: Bot | None) -> Update | None:
    """Parse the JSON of an update; log its id if that fails, but nothing that it says."""
    try:
        update = Update.de_json(json.loads(payload), bot)
        chat, person = update.effective_chat, update.effective_user
        hash((chat and chat.id, person and person.id))  # updates are queued by these
    except Exception as error:  # python-telegram-bot raises anything
        log.error("update %d is left out: it cannot be read (%s)", id, type(error).__name__)
        return None
    return update
