"""Methods about chats, their members and their files."""

from __future__ import annotations

import time
from typing import Any

from botapi import wire
from botapi.people import Chat, User
from botapi.refusals import Breach, bad_request
from botapi.world import World

BIGGEST_DOWNLOAD = 20 * 1024 * 1024
GIFTS = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels"


def get_chat(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """getChat."""
    chat = world.open_chat(asked["chat_id"])
    return {
        **wire.chat(chat),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS.split(), False),
    }


def get_chat_member(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """getChatMember."""
    chat = world.open_chat(asked["chat_id"])
    user = world.users.get(asked["user_id"])
    if user is None:
        raise bad_request("user not found")
    if chat.user:
        return wire.member(user, "member")
    if chat.hides_members and chat.status(world.bot) != "administrator":
        raise bad_request("member list is inaccessible")
    return wire.member(user, chat.status(user))


def get_chat_administrators(world: World, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """getChatAdministrators; of the bots only this one, if it is asked for."""
    chat = world.open_chat(asked["chat_id"])
    if chat.user:
        raise bad_request("there are no administrators in the private chat")
    return [
        wire.member(world.users[id], status)
        for id, status in chat.members.items()
        if status in ("creator", "administrator")
        and (asked.get("return_bots") or not world.users[id].is_bot)
    ]


def leave_chat(world: World, asked: dict[str, Any]) -> bool:
    """leaveChat."""
    chat = world.open_chat(asked["chat_id"])
    if chat.user:
        raise Breach("chat member status can't be changed in private chats")
    set_status(world, chat, "left", world.bot)
    return True


def get_file(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """getFile."""
    file = world.files.get(asked["file_id"])
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if file.size > BIGGEST_DOWNLOAD:
        raise bad_request("file is too big")
    suffix = file.name.rpartition(".")[2]
    return {**wire.file(file), "file_path": f"documents/file_{int(file.id[:12])}.{suffix}"}


def set_status(world: World, chat: Chat, status: str, by: User) -> None:
    """Make the bot a member of a chat, or let it be one no longer; it hears of it."""
    before = ("kicked" if chat.user.blocks else "member") if chat.user else chat.status(world.bot)
    if chat.user:
        chat.user.blocks = status == "kicked"
    else:
        chat.members[world.bot.id] = status
    change = {
        "chat": wire.chat(chat),
        "from": wire.user(by),
        "date": int(time.time()),
        "old_chat_member": wire.member(world.bot, before),
        "new_chat_member": wire.member(world.bot, status),
    }
    world.updates.add("my_chat_member", change)
