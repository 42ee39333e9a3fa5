"""Methods that answer: a pressed button, an inline query."""

from __future__ import annotations

import re
from typing import Any

from botapi.formatting import formatted, keyboard
from botapi.html import checked_url
from botapi.refusals import Breach, bad_request
from botapi.text import units
from botapi.world import CallbackAnswer, InlineQuery, Query, World

LONGEST_ANSWER = 200
MOST_RESULTS = 50
LONGEST_ID = 64  # bytes, of a result's id and of an offset
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def answer_callback_query(world: World, asked: dict[str, Any]) -> bool:
    """answerCallbackQuery; a query has one answer."""
    text = asked.get("text", "")
    if units(text) > LONGEST_ANSWER:
        raise Breach("MESSAGE_TOO_LONG")
    if "url" in asked and not asked["url"].startswith(("https://t.me/", "tg://")):
        raise Breach("URL_INVALID")
    query = world.queries.get(asked["callback_query_id"])
    if not isinstance(query, Query) or query.expired or query.answer:
        raise bad_request(TOO_OLD)
    query.answer = CallbackAnswer(text, asked.get("show_alert", False))
    return True


def answer_inline_query(world: World, asked: dict[str, Any]) -> bool:
    """answerInlineQuery; each result is checked as if it were sent."""
    results = asked["results"]
    if len(results) > MOST_RESULTS:
        raise Breach("RESULTS_TOO_MUCH")
    ids = [one["id"] for one in results]
    if not all(1 <= len(id.encode()) <= LONGEST_ID for id in ids):
        raise Breach("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise Breach("RESULT_ID_DUPLICATE")
    if len(asked.get("next_offset", "").encode()) > LONGEST_ID:
        raise Breach("NEXT_OFFSET_INVALID")
    if asked.get("cache_time", 0) < 0:
        raise Breach("wrong parameter cache_time in request")
    _check_start(asked.get("button"))
    for one in results:
        _check(world, one)
    query = world.queries.get(asked["inline_query_id"])
    if not isinstance(query, InlineQuery) or query.answer:
        raise bad_request(TOO_OLD)
    query.answer = asked
    return True


def _check(world: World, result: dict[str, Any]) -> None:
    if not result["title"].strip():
        raise Breach("ARTICLE_TITLE_EMPTY")
    for name in ("url", "thumbnail_url"):
        if result.get(name) and not checked_url(result[name]):
            raise Breach(f"wrong HTTP URL specified in {name}")
    content = result["input_message_content"]
    mode, entities = content.get("parse_mode", ""), content.get("entities", [])
    formatted(world, content["message_text"], mode, entities)
    keyboard(result.get("reply_markup"))


def _check_start(button: dict[str, Any] | None) -> None:
    if button is None:
        return
    if ("web_app" in button) == ("start_parameter" in button):
        raise Breach("exactly one of web_app and start_parameter must be specified")
    if not re.fullmatch("[A-Za-z0-9_-]{1,64}", button.get("start_parameter", "x")):
        raise Breach("START_PARAM_INVALID")
