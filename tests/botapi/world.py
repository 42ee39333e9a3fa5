"""Who and what the bot meets: users, chats and messages, and how the API shows them."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from botapi.schema import TYPES, Refused, bad_request
from botapi.text import Entity, Formatted
from botapi.updates import Updates

INSIDE = ("creator", "administrator", "member")
Json = dict[str, Any]


@dataclass(eq=False, slots=True)
class User:
    """A person, or a bot."""

    id: int
    first_name: str
    is_bot: bool = False
    more: Json = field(default_factory=dict)
    """What the API may show besides: username, last_name, language_code."""
    started: bool = False
    """Has written to the bot, which may write to them from then on."""
    blocks: bool = False

    def json(self) -> Json:
        """A User."""
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, **self.more}

    def as_member(self, status: str) -> Json:
        """A ChatMember."""
        shown = {"status": status, "user": self.json()}
        if status == "creator":
            shown["is_anonymous"] = False
        elif status == "administrator":
            fields = TYPES["ChatMemberAdministrator"]["fields"]
            shown |= {
                name: name not in ("can_be_edited", "is_anonymous")
                for name, described in fields.items()
                if described["required"] and described["types"] == ["Boolean"]
            }
        elif status == "kicked":
            shown["until_date"] = 0
        return shown


@dataclass(eq=False, slots=True)
class Chat:
    """A private chat, a group or a supergroup, with its present messages."""

    id: int
    type: str
    title: str = ""
    user: User | None = None
    """The other side of a private chat."""
    forum: bool = False
    members: dict[int, str] = field(default_factory=dict, repr=False)
    """The status of each user who was ever inside, including the bot."""
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    topics: set[int] = field(default_factory=set)
    migrated_to: int | None = None
    last_message_id: int = 1  # that of a forum's general topic
    """Counts in supergroups only; all other chats share one count."""

    def status(self, user: User) -> str:
        """What the user is here."""
        return self.members.get(user.id, "left")

    def has(self, user: User) -> bool:
        """Whether the user is inside."""
        return self.status(user) in INSIDE

    def json(self) -> Json:
        """A Chat."""
        shown: Json = {"id": self.id, "type": self.type}
        if self.user:
            names = {key: self.user.more.get(key) for key in ("last_name", "username")}
            return _given({**shown, "first_name": self.user.first_name, **names})
        forum = {"is_forum": True} if self.forum else {}
        return {**shown, "title": self.title, **forum}


class Button(NamedTuple):
    """A button under a message."""

    text: str
    data: str | None
    url: str | None
    copy: str | None

    @classmethod
    def of(cls, key: Json) -> Button:
        """The button that an InlineKeyboardButton describes."""
        copied = key.get("copy_text", {}).get("text")
        return cls(key["text"], key.get("callback_data"), key.get("url"), copied)


class File(NamedTuple):
    """A document that someone sent; its size may exceed its content."""

    id: str
    name: str
    content: bytes
    size: int
    mime: str

    def json(self) -> Json:
        """A File without its path."""
        return {"file_id": self.id, "file_unique_id": f"u{self.id[:12]}", "file_size": self.size}


@dataclass(frozen=True, slots=True)
class Message:
    """A message in its present form; a change makes another with the same number."""

    message_id: int
    chat: Chat = field(repr=False)
    sender: User = field(repr=False)
    date: int = field(repr=False)
    text: str
    """A document's caption is its text."""
    html: str = field(default="", repr=False)
    """The text as it was sent, with its tags."""
    entities: tuple[Entity, ...] = ()
    markup: Json | None = field(default=None, repr=False)
    reply_to: int | None = None
    topic: int | None = None
    edits: int = 0
    edited: int | None = field(default=None, repr=False)
    file: File | None = None
    more: Json = field(default_factory=dict)
    """Other fields as the API shows them, such as a forward's origin."""

    @property
    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        """The rows of the inline keyboard."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return tuple(tuple(map(Button.of, row)) for row in rows)

    def button(self, label: str) -> Button:
        """The button with this text, or this data."""
        for button in itertools.chain.from_iterable(self.buttons):
            if label in (button.text, button.data):
                return button
        raise AssertionError(f"no button {label!r} under the message: {self.buttons}")

    def json(self, *, within: bool = False) -> Json:
        """A Message; a message within another does not show what it replies to."""
        shown = {"message_id": self.message_id, "date": self.date, "chat": self.chat.json()}
        shown |= {"from": self.sender.json(), "edit_date": self.edited, **self.more}
        replied = self.chat.messages.get(self.reply_to or 0)
        if self.topic is not None and self.chat.forum:
            shown |= {"message_thread_id": self.topic, "is_topic_message": True}
            # A message in a topic that replies to none shows the message that began the topic.
            replied = replied or self.chat.messages.get(self.topic)
        elif self.reply_to is not None and self.chat.type == "supergroup":
            shown["message_thread_id"] = self.reply_to
        if replied and not within and replied.message_id != self.message_id:
            shown["reply_to_message"] = replied.json(within=True)
        if self.text:
            shown["caption" if self.file else "text"] = self.text
        if self.entities:
            marked = [entity.json() for entity in self.entities]
            shown["caption_entities" if self.file else "entities"] = marked
        if self.file:
            names = {"file_name": self.file.name, "mime_type": self.file.mime}
            shown["document"] = self.file.json() | names
        if self.markup and "inline_keyboard" in self.markup:
            shown["reply_markup"] = self.markup
        return _given(shown)


class CallbackAnswer(NamedTuple):
    """What a user sees after pressing a button."""

    text: str


@dataclass(eq=False, slots=True)
class Query:
    """A press of a button, or an inline query; later with its answer."""

    inline: bool
    answer: Any = None
    expired: bool = False
    """Too old for an answer."""


class Call(NamedTuple):
    """A request as it came, before anything was checked."""

    method: str
    parameters: Json


class World:
    """All state; hold `lock` to read or change it."""

    def __init__(self, bot: User) -> None:
        self.bot = bot
        self.updates = Updates()
        self.privacy = True
        """Whether the bot sees only what is meant for it in groups."""
        self.lock = threading.Condition()
        self.users = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.reactions: dict[tuple[int, int, int], list[Json]] = {}
        """Those of each user to each message of each chat."""
        self.calls: list[Call] = []
        self.refusals: list[str] = []
        """The errors that requests were answered with."""
        self.violations: list[str] = []
        """What no correct bot would have sent."""
        self.mistakes: list[str] = []
        """Defects of this server itself."""
        self._numbers = itertools.count(101)

    def post(self, chat: Chat, sender: User, text: Formatted, **more: Any) -> Message:
        """Put a new message into a chat."""
        if chat.type == "supergroup":
            chat.last_message_id += 1
            number = chat.last_message_id
        else:
            number = next(self._numbers)
        message = Message(
            number, chat, sender, int(time.time()), text.text, entities=text.entities, **more
        )
        chat.messages[number] = message
        return message

    def change(self, message: Message, **changes: Any) -> Message:
        """Replace a message with its new form."""
        changed = replace(message, **changes, edits=message.edits + 1, edited=int(time.time()))
        message.chat.messages[message.message_id] = changed
        return changed

    def open_chat(self, id: int | str) -> Chat:
        """The chat that the bot names, if the bot may write there; raises Refused."""
        chat = self.chats.get(id) if isinstance(id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to:
            raise bad_request(
                "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
            )
        if chat.user:
            if chat.user.blocks:
                raise Refused(403, "Forbidden: bot was blocked by the user")
            if not chat.user.started:
                raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        elif chat.status(self.bot) == "kicked":
            raise Refused(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        elif not chat.has(self.bot):
            raise Refused(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return chat

    def shows_to_bot(self, message: Message) -> bool:
        """Whether the bot gets to see this message."""
        chat = message.chat
        if chat.user:
            return not chat.user.blocks
        if not chat.has(self.bot) or message.sender is self.bot:
            return False
        is_service = not message.text and message.file is None
        if not self.privacy or chat.status(self.bot) == "administrator" or is_service:
            return True
        replied = chat.messages.get(message.reply_to or 0)
        if replied and replied.sender is self.bot:
            return True
        name = f"@{self.bot.more['username']}".lower()
        marked = [(entity.type, entity.of(message.text).lower()) for entity in message.entities]
        return ("mention", name) in marked or any(
            type == "bot_command" and ("@" not in words or words.endswith(name))
            for type, words in marked
        )


def _given(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
