"""Who and what a bot meets: users, chats and messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botapi.text import Entity

INSIDE = ("creator", "administrator", "member")


@dataclass(eq=False, slots=True)
class User:
    """A person, or a bot."""

    id: int
    first_name: str
    is_bot: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    """What the API may show besides: username, last_name, language_code."""
    started: bool = False
    """Has written to the bot, which may write to them from then on."""
    blocks: bool = False

    @property
    def username(self) -> str | None:
        """Without the @."""
        name: str | None = self.more.get("username")
        return name


@dataclass(eq=False, slots=True)
class Chat:
    """A private chat, a group or a supergroup, with the messages that are in it now."""

    id: int
    type: str
    title: str = ""
    user: User | None = None
    """The other side of a private chat."""
    forum: bool = False
    username: str | None = None
    members: dict[int, str] = field(default_factory=dict, repr=False)
    """The status of each user who was ever inside, the bot's included."""
    hides_members: bool = False
    """Only administrators may ask for the status of one member."""
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    topics: dict[int, str] = field(default_factory=dict)
    migrated_to: int | None = None
    last_message_id: int = 1  # that of a forum's general topic
    """Counts in supergroups alone; other chats of a bot have one count together."""

    def status(self, user: User) -> str:
        """What the user is here."""
        return self.members.get(user.id, "left")

    def has(self, user: User) -> bool:
        """Whether the user is inside."""
        return self.status(user) in INSIDE


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message."""

    text: str
    data: str | None
    url: str | None
    wire: dict[str, Any] = field(repr=False, compare=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """A document that someone sent; its size may be more than its content."""

    id: str
    name: str
    content: bytes = field(repr=False)
    size: int
    mime: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands; a change makes another with the same number."""

    message_id: int
    chat: Chat = field(repr=False)
    sender: User = field(repr=False)
    date: int = field(repr=False)
    text: str
    """A document's caption is its text."""
    html: str = field(default="", repr=False)
    """The text as it was sent, with its tags."""
    entities: tuple[Entity, ...] = ()
    markup: dict[str, Any] | None = field(default=None, repr=False)
    reply_to: int | None = None
    topic: int | None = None
    edits: int = 0
    edited: int | None = field(default=None, repr=False)
    file: File | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """Other fields as the API shows them: a forward's origin, what a service message says."""

    @property
    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        """The rows of the inline keyboard."""
        return buttons(self.markup)

    def button(self, said: str) -> Button:
        """The button with this text, or this data."""
        for one in (one for row in self.buttons for one in row):
            if said in (one.text, one.data):
                return one
        raise AssertionError(f"no button {said!r} under the message: {self.buttons}")


def buttons(markup: dict[str, Any] | None) -> tuple[tuple[Button, ...], ...]:
    """The rows of an inline keyboard."""
    return tuple(
        tuple(Button(one["text"], one.get("callback_data"), one.get("url"), one) for one in row)
        for row in (markup or {}).get("inline_keyboard", [])
    )
