"""What the bot writes, read: its texts with their marks, and the keyboards under them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from botapi import wire
from botapi.found import completed
from botapi.html import Reader, checked_url
from botapi.refusals import Breach
from botapi.text import LONGEST, MOST_ENTITIES, Entity, Formatted, kept
from botapi.world import World

KINDS = """
    url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat
    switch_inline_query_chosen_chat copy_text callback_game pay
""".split()
STYLES = ("primary", "success", "danger")
MOST_BUTTONS = 100
LONGEST_DATA = 64  # bytes


def formatted(
    world: World,
    text: str,
    mode: str,
    entities: list[dict[str, Any]],
    limit: int = LONGEST,
) -> Formatted:
    """A text as the server keeps it; raises Breach if it does not."""
    if mode.lower() == "html":
        reader = Reader(text)
        written = reader.read()
        world.violations += [f"{problem}: {text!r}" for problem in reader.sloppy]
    elif mode:
        raise Breach("unsupported parse_mode")
    else:
        written = Formatted(text, tuple(map(_entity, entities)))
    whole = kept(written, limit)
    if len(whole.entities) > MOST_ENTITIES:
        raise Breach("ENTITIES_TOO_LONG")
    known = [one for entity in whole.entities if (one := _with_user(world, entity))]
    return completed(replace(whole, entities=tuple(known)))


def keyboard(markup: dict[str, Any] | None) -> dict[str, Any] | None:
    """A reply markup as the server keeps it; raises Breach if it does not."""
    if not markup or "inline_keyboard" not in markup:
        return markup
    rows = [[_button(one) for one in row] for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise Breach("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _button(button: dict[str, Any]) -> dict[str, Any]:
    if not button["text"].strip():
        raise Breach("can't parse inline keyboard button: text must be non-empty")
    kinds = [kind for kind in KINDS if kind in button]
    if not kinds:
        raise Breach("text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise Breach(f"an inline keyboard button has both {kinds[0]} and {kinds[1]}")
    if not 1 <= len(button.get("callback_data", "x").encode()) <= LONGEST_DATA:
        raise Breach("BUTTON_DATA_INVALID")
    if "url" in button and not checked_url(button["url"]):
        raise Breach(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if not 1 <= len(button.get("copy_text", {"text": "x"})["text"]) <= 256:
        raise Breach("BUTTON_COPY_TEXT_INVALID")
    if button.get("style", STYLES[0]) not in STYLES:
        raise Breach(f"unknown button style {button['style']!r}")
    return button


def _entity(given: dict[str, Any]) -> Entity:
    more = {key: given[key] for key in given if key not in ("type", "offset", "length")}
    if "user" in more:
        more["user"] = more["user"]["id"]
    return Entity(given["type"], given["offset"], given["length"], tuple(more.items()))


def _with_user(world: World, entity: Entity) -> Entity | None:
    """The entity with its user's names; None if it mentions someone the bot has not met."""
    if entity.type != "text_mention":
        return entity
    user = world.users.get(dict(entity.more)["user"])
    return replace(entity, more=(("user", wire.user(user)),)) if user else None
