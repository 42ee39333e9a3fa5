"""Methods about the bot itself: its name, its commands, its descriptions, its updates."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from botapi import wire
from botapi.refusals import Breach
from botapi.text import units
from botapi.updates import KINDS, SET_MEANWHILE, Webhook
from botapi.world import World

MOST_COMMANDS = 100
LONGEST_DESCRIPTION = {"description": 512, "short_description": 120}
PORTS = (443, 80, 88, 8443)


def get_me(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """getMe."""
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": world.inline,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return {**wire.user(world.bot), **abilities}


def set_my_commands(world: World, asked: dict[str, Any]) -> bool:
    """setMyCommands."""
    commands = asked["commands"]
    if len(commands) > MOST_COMMANDS:
        raise Breach("BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if not re.fullmatch("[a-z0-9_]{1,32}", one["command"]):
            raise Breach("BOT_COMMAND_INVALID")
        if not 1 <= units(one["description"].strip()) <= 256:
            raise Breach("BOT_COMMAND_DESCRIPTION_INVALID")
    names = [one["command"] for one in commands]
    if len(set(names)) < len(names):
        raise Breach("BOT_COMMAND_DUPLICATE")
    world.commands[_scope(world, asked)] = commands
    return True


def delete_my_commands(world: World, asked: dict[str, Any]) -> bool:
    """deleteMyCommands."""
    world.commands.pop(_scope(world, asked), None)
    return True


def get_my_commands(world: World, asked: dict[str, Any]) -> list[dict[str, str]]:
    """getMyCommands."""
    return world.commands.get(_scope(world, asked), [])


def scope_key(scope: dict[str, Any]) -> str:
    """A scope as a key."""
    return json.dumps(scope, sort_keys=True)


def _scope(world: World, asked: dict[str, Any]) -> tuple[str, str]:
    scope = asked.get("scope", {"type": "default"})
    if "chat_id" in scope:
        scope = {**scope, "chat_id": world.open_chat(scope["chat_id"]).id}
    return scope_key(scope), _language(asked)


def _language(asked: dict[str, Any]) -> str:
    language: str = asked.get("language_code", "")
    if not re.fullmatch("([a-z]{2})?", language):
        raise Breach("BOT_LANG_CODE_INVALID: invalid language code specified")
    return language


def set_text(world: World, asked: dict[str, Any], kind: str) -> bool:
    """setMyDescription and setMyShortDescription."""
    text = asked.get(kind, "")
    if units(text) > LONGEST_DESCRIPTION[kind]:
        raise Breach(f"{kind} is too long")
    world.about[kind, _language(asked)] = text
    return True


def get_text(world: World, asked: dict[str, Any], kind: str) -> dict[str, str]:
    """getMyDescription and getMyShortDescription; the general one where there is no other."""
    general = world.about.get((kind, ""), "")
    return {kind: world.about.get((kind, _language(asked)), "") or general}


def set_webhook(world: World, asked: dict[str, Any]) -> bool:
    """setWebhook; an empty url removes it."""
    if not asked["url"]:
        return delete_webhook(world, asked)
    url, secret = urlsplit(asked["url"]), asked.get("secret_token", "")
    local = url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost")
    if not local and url.scheme != "https":
        raise Breach("bad webhook: An HTTPS URL must be provided for webhook")
    if not local and (url.port or 443) not in PORTS:
        raise Breach("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if not re.fullmatch("[A-Za-z0-9_-]{0,256}", secret):
        raise Breach("secret token contains illegal characters")
    connections = asked.get("max_connections", 40)
    if not 1 <= connections <= 100:
        raise Breach("max_connections must be between 1 and 100")
    allow(world, asked)
    _drop_pending(world, asked)
    world.updates.webhook = Webhook(asked["url"], secret, connections)
    world.updates.interrupt(SET_MEANWHILE)
    world.updates.wake()
    return True


def delete_webhook(world: World, asked: dict[str, Any]) -> bool:
    """deleteWebhook."""
    _drop_pending(world, asked)
    world.updates.webhook = Webhook()
    return True


def get_webhook_info(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """getWebhookInfo."""
    updates, hook = world.updates, world.updates.webhook
    info = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(updates.waiting),
    }
    if hook.url:
        info["max_connections"] = hook.connections
    if hook.failed:
        info |= {"last_error_date": hook.failed, "last_error_message": hook.failure}
    if updates.allowed:
        info["allowed_updates"] = list(updates.allowed)
    return info


def allow(world: World, asked: dict[str, Any]) -> None:
    """Remember which kinds of updates the bot asks for; an empty list means the usual ones."""
    if "allowed_updates" in asked:
        unknown = set(asked["allowed_updates"]) - set(KINDS)
        if unknown:
            raise Breach(f"unknown kinds of updates: {', '.join(sorted(unknown))}")
        world.updates.allowed = tuple(asked["allowed_updates"])


def _drop_pending(world: World, asked: dict[str, Any]) -> None:
    if asked.get("drop_pending_updates"):
        world.updates.confirm(world.updates.last_id + 1)
