"""What a test sees of the bot's doings, and how it waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from botapi.formatting import formatted
from botapi.people import Button, Chat, Message, User, buttons
from botapi.profile import scope_key
from botapi.text import Entity
from botapi.world import Call, CallbackAnswer, InlineQuery, Query, Refusal, World

LOOK_AGAIN = 0.05  # seconds; a condition may depend on what this server does not hear of
PATIENCE = 120.0  # seconds until a test fails that waits in vain; the machine may be busy
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InlineResult:
    """A result as a user sees it, with the message that choosing it would send."""

    id: str
    title: str
    description: str
    text: str
    html: str
    entities: tuple[Entity, ...]
    buttons: tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class InlineAnswer:
    """The answer to an inline query."""

    results: tuple[InlineResult, ...]
    next_offset: str
    cache_time: int
    personal: bool
    button: dict[str, Any] | None


class Observers:
    """The half of BotApi that shows what happened; from any thread."""

    world: World

    @property
    def bot(self) -> User:
        """The bot."""
        return self.world.bot

    @property
    def violations(self) -> list[str]:
        """What no correct bot would have sent."""
        return self.world.violations

    @property
    def calls(self) -> list[Call]:
        """Every request: its time, its method, its parameters."""
        return self.world.calls

    @property
    def refusals(self) -> list[Refusal]:
        """Every request that was answered with an error: its time, its method, the error."""
        return self.world.refusals

    @property
    def chat_actions(self) -> list[tuple[float, int, str, int | None]]:
        """The time, the chat's id, the action and the topic of each sendChatAction."""
        return self.world.chat_actions

    def called(self, *methods: str) -> list[Call]:
        """The requests of some methods."""
        return [one for one in list(self.calls) if one.method in methods]

    def messages(self, chat: Chat) -> list[Message]:
        """What stands in a chat now, the oldest first."""
        with self.world.lock:
            return [chat.messages[number] for number in sorted(chat.messages)]

    def sent(self, chat: Chat) -> list[Message]:
        """What the bot wrote of it."""
        return [one for one in self.messages(chat) if one.sender is self.world.bot]

    def now(self, message: Message) -> Message | None:
        """The message as it stands now; None if it is deleted."""
        with self.world.lock:
            return message.chat.messages.get(message.message_id)

    def commands(
        self, scope: str | dict[str, Any] = "default", language: str = ""
    ) -> dict[str, str]:
        """The bot's commands of a scope and what each is for."""
        key = scope_key({"type": scope} if isinstance(scope, str) else scope)
        with self.world.lock:
            listed = self.world.commands.get((key, language), [])
            return {one["command"]: one["description"] for one in listed}

    def about(self, kind: str = "description", language: str = "") -> str:
        """The bot's description, or its short_description."""
        with self.world.lock:
            return self.world.about.get((kind, language), "")

    def wait(self, condition: Callable[[], T], timeout: float = PATIENCE) -> T:
        """What the condition returns as soon as that is true; raises AssertionError if late."""
        until = time.monotonic() + timeout
        while True:
            self.raise_mistakes()
            if found := condition():
                return found
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not so after {timeout} s\n{self.state()}")
            with self.world.lock:
                self.world.lock.wait(min(left, LOOK_AGAIN))

    @overload
    def wait_for_answer(self, to: Message, timeout: float = PATIENCE) -> Message: ...
    @overload
    def wait_for_answer(self, to: Query, timeout: float = PATIENCE) -> CallbackAnswer: ...
    def wait_for_answer(
        self, to: Message | Query, timeout: float = PATIENCE
    ) -> Message | CallbackAnswer | None:
        """The answer to a pressed button; the first that the bot wrote after a message."""
        if isinstance(to, Query):
            return self.wait(lambda: to.answer, timeout)
        after = to.message_id
        return self.wait(
            lambda: next((one for one in self.sent(to.chat) if one.message_id > after), None),
            timeout,
        )

    def wait_for_inline(self, query: InlineQuery, timeout: float = PATIENCE) -> InlineAnswer:
        """The answer to an inline query."""
        answer = self.wait(lambda: query.answer, timeout)
        assert answer is not None
        return InlineAnswer(
            tuple(map(self._result, answer["results"])),
            answer.get("next_offset", ""),
            answer.get("cache_time", 300),
            answer.get("is_personal", False),
            answer.get("button"),
        )

    def state(self) -> str:
        """What happened lately, for a person who reads a failed test."""
        with self.world.lock:
            calls = [f"{one.method} {str(one.parameters)[:300]}" for one in self.calls[-8:]]
            chats = [
                f"{chat.type} {chat.id}: {message.text[:100]!r}"
                for chat in self.world.chats.values()
                for message in list(chat.messages.values())[-3:]
            ]
            refused = [f"{one.method}: {one.description}" for one in self.refusals[-8:]]
        parts = {"calls": calls, "messages": chats[-20:], "refusals": refused}
        parts["violations"] = self.violations
        parts["not yet delivered"] = [str(one)[:200] for one in self.world.updates.waiting[:5]]
        return "\n".join(f"last {name}:\n  " + "\n  ".join(said) for name, said in parts.items())

    def raise_mistakes(self) -> None:
        """Raise what went wrong in this server itself."""
        if self.world.mistakes:
            raise AssertionError("the server itself erred:\n" + "\n".join(self.world.mistakes))

    def _result(self, one: dict[str, Any]) -> InlineResult:
        content = one["input_message_content"]
        html, entities = content["message_text"], content.get("entities", [])
        said = formatted(self.world, html, content.get("parse_mode", ""), entities)
        rows = buttons(one.get("reply_markup"))
        description = one.get("description", "")
        return InlineResult(
            one["id"], one["title"], description, said.text, html, said.entities, rows
        )
