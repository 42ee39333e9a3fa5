"""The state of things: whom the bot knows, what was written, what the bot asked for."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from botapi import wire
from botapi.people import Chat, File, Message, User
from botapi.refusals import bad_request, forbidden
from botapi.updates import Updates

FIRST_USER = 5_000_000_000  # beyond 32 bits, as those of new accounts are
FIRST_GROUP = 4_000_000_000
FIRST_SUPERGROUP = 1_002_000_000_000


class Call(NamedTuple):
    """A request as it came, before anything was checked."""

    time: float
    method: str
    parameters: dict[str, Any]


class Refusal(NamedTuple):
    """A request that was answered with an error."""

    time: float
    method: str
    description: str


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What a user sees after pressing a button."""

    text: str
    alert: bool


@dataclass(eq=False, slots=True)
class Query:
    """A button that was pressed; its answer, once there is one."""

    id: str
    message: Message
    user: User
    data: str
    answer: CallbackAnswer | None = None
    expired: bool = False


@dataclass(eq=False, slots=True)
class InlineQuery:
    """What a user wrote after the bot's name; the parameters of the answer, once there is one."""

    id: str
    user: User
    query: str
    offset: str
    answer: dict[str, Any] | None = None


@dataclass(eq=False, slots=True)
class World:
    """All of it; whoever reads or changes it from any thread holds `lock`."""

    bot: User
    token: str
    privacy: bool = True
    inline: bool = True
    updates: Updates = field(default_factory=Updates)
    lock: threading.Condition = field(default_factory=threading.Condition)
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    queries: dict[str, Query | InlineQuery] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    about: dict[tuple[str, str], str] = field(default_factory=dict)
    """Descriptions by kind and language."""
    calls: list[Call] = field(default_factory=list)
    chat_actions: list[tuple[float, int, str, int | None]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    """What this server itself did wrong."""
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    message_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(101))

    def post(self, chat: Chat, sender: User, text: str, **more: Any) -> Message:
        """Put a new message into a chat."""
        if chat.type == "supergroup":
            chat.last_message_id += 1
            number = chat.last_message_id
        else:
            number = next(self.message_numbers)
        message = Message(number, chat, sender, now(), text, **more)
        chat.messages[number] = message
        return message

    def change(self, message: Message, **changes: Any) -> Message:
        """Put a message's new form into its chat."""
        changed = replace(message, **changes, edits=message.edits + 1, edited=now())
        message.chat.messages[message.message_id] = changed
        return changed

    def chat(self, id: int | str) -> Chat:
        """The chat that the bot names; raises Refused if there is none for it."""
        if isinstance(id, str):
            names = {f"@{one.username}".lower(): one for one in self.chats.values() if one.username}
            chat = names.get(id.lower())
        else:
            chat = self.chats.get(id)
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to:
            raise bad_request(
                "group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        return chat

    def open_chat(self, id: int | str) -> Chat:
        """The chat that the bot names, if the bot may write there; raises Refused."""
        chat = self.chat(id)
        if chat.user:
            if chat.user.blocks:
                raise forbidden("bot was blocked by the user")
            if not chat.user.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.status(self.bot) == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        elif not chat.has(self.bot):
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat

    def file(self, name: str, content: bytes, mime: str, size: int | None = None) -> File:
        """Keep a file."""
        number = next(self.numbers)
        id = f"{number:012d}BQACAgIAAxkBAAI"
        file = File(id, name, content, len(content) if size is None else size, mime)
        self.files[id] = file
        return file

    def show(self, kind: str, message: Message) -> None:
        """Tell the bot of a message, if it gets to see messages such as this one."""
        if self._sees(message):
            self.updates.add(kind, wire.message(message))

    def _sees(self, message: Message) -> bool:
        chat = message.chat
        if chat.user:
            return not chat.user.blocks
        if not chat.has(self.bot) or message.sender is self.bot:
            return False
        if not self.privacy or chat.status(self.bot) == "administrator" or _is_service(message):
            return True
        replied = chat.messages.get(message.reply_to or 0)
        return bool(replied and replied.sender is self.bot) or self._is_addressed(message)

    def _is_addressed(self, message: Message) -> bool:
        name = f"@{self.bot.username}".lower()
        for entity in message.entities:
            said = entity.of(message.text).lower()
            if entity.type == "mention" and said == name:
                return True
            if entity.type == "bot_command" and ("@" not in said or said.endswith(name)):
                return True
        return False


def _is_service(message: Message) -> bool:
    return not message.text and message.file is None


def now() -> int:
    """Unix time in whole seconds."""
    return int(time.time())
