"""The server as a test holds it: what people do, and what the bot did."""

import itertools
import mimetypes
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, Self, TypeVar

from botapi.methods import read_text
from botapi.server import Faults, Server
from botapi.text import Entity, Formatted, with_detected
from botapi.world import Call, Chat, File, Json, Message, Query, User, World

FIRST_USER = 5_000_000_000  # beyond 32 bits, as those of new accounts are
FIRST_GROUP = 4_000_000_000
FIRST_SUPERGROUP = 1_002_000_000_000
TOKEN = "5000000000:AAFakeTokenOfABotThatLivesInTests00"
LOOK_AGAIN = 0.05  # seconds; a condition may depend on what this server does not hear of
LONGEST_WAIT = 120.0  # seconds until a test fails that waits in vain; the machine may be busy
T = TypeVar("T")


class InlineResult(NamedTuple):
    """A result as a user sees it, with the message that choosing it would send."""

    title: str
    description: str
    text: str
    html: str


class BotApi(World):
    """A Bot API server on 127.0.0.1, with the people and chats of a test; usable in any thread."""

    def __init__(self) -> None:
        names = {"username": "quotewise_bot"}
        super().__init__(User(FIRST_USER, "Quotewise", is_bot=True, more=names))
        self.token = TOKEN
        self.faults = Faults()
        self.fail, self.slow, self.heal = self.faults.fail, self.faults.slow, self.faults.heal
        self.drop_before, self.drop_after = self.faults.drop_before, self.faults.drop_after
        self._server = Server(self, self.faults, TOKEN)
        self._ids = itertools.count(1)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.stop()
        if kind is None:
            self._raise_mistakes()

    @property
    def url(self) -> str:
        """Methods are at `<url>/bot<token>/<method>`, files at `<url>/file/bot<token>/<path>`."""
        return self._server.url

    # -- people and chats

    def user(self, name: str, **more: Any) -> User:
        """A new user; `more` may have a username, a last_name, a language_code."""
        with self.lock:
            user = User(FIRST_USER + next(self._ids), name, more=more)
            self.users[user.id] = user
            return user

    def private(self, user: User) -> Chat:
        """The chat of a user and the bot, who cannot write to it before the user has."""
        with self.lock:
            return self.chats.setdefault(user.id, Chat(user.id, "private", user=user))

    def group(self, title: str, *members: User) -> Chat:
        """A group that the first member made and the bot is in."""
        return self._room(Chat(-FIRST_GROUP - next(self._ids), "group", title), members)

    def supergroup(self, title: str, *members: User, **more: Any) -> Chat:
        """A supergroup; `more` may say that it is a forum."""
        id = -FIRST_SUPERGROUP - next(self._ids)
        return self._room(Chat(id, "supergroup", title, **more), members)

    def topic(self, chat: Chat, name: str) -> int:
        """The message_thread_id of a new topic in a forum; the bot gets its service message."""
        with self.lock:
            made = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
            message = self.post(chat, self._founder(chat), Formatted(""), more=made)
            chat.topics.add(message.message_id)
            message = replace(message, topic=message.message_id)
            chat.messages[message.message_id] = message
            self._show("message", message)
            return message.message_id

    def migrate(self, group: Chat) -> Chat:
        """The group becomes a supergroup."""
        with self.lock:
            new = Chat(-FIRST_SUPERGROUP - next(self._ids), "supergroup", group.title)
            new.members = dict(group.members)
            self.chats[new.id] = new
            self._serve(group, migrate_to_chat_id=new.id)
            self._serve(new, migrate_from_chat_id=group.id)
            group.migrated_to = new.id
            return new

    def block(self, user: User, *, on: bool = True) -> None:
        """The user blocks the bot, or lets it write again; the bot gets an update about it."""
        user.blocks = on
        before, after = ("member", "kicked") if on else ("kicked", "member")
        self._change_bot(self.private(user), before, after, user)

    def kick_bot(self, chat: Chat) -> None:
        """The bot is removed from a group."""
        before, chat.members[self.bot.id] = chat.status(self.bot), "kicked"
        self._change_bot(chat, before, "kicked", self._founder(chat))

    def add_bot(self, chat: Chat) -> None:
        """The bot is added to a group, with a service message."""
        before, chat.members[self.bot.id] = chat.status(self.bot), "member"
        self._change_bot(chat, before, "member", self._founder(chat))
        self._serve(chat, new_chat_members=[self.bot.json()])

    def set_status(self, chat: Chat, user: User, status: str) -> None:
        """Make a user an administrator, a member, or someone who left; the bot gets no update."""
        with self.lock:
            chat.members[user.id] = status

    # -- what people send

    def say(
        self,
        chat: Chat,
        user: User,
        text: str,
        *,
        reply_to: Message | None = None,
        topic: int | None = None,
        entities: tuple[Entity, ...] = (),
        file: File | None = None,
        **more: Any,
    ) -> Message:
        """A user writes; the server marks commands and mentions; `more` as the API shows it."""
        with self.lock:
            if chat.user:
                chat.user.started = True
            message = self.post(
                chat,
                user,
                with_detected(Formatted(text, entities)),
                reply_to=reply_to.message_id if reply_to else None,
                topic=topic,
                file=file,
                html=text,
                more=more,
            )
            self._show("message", message)
            return message

    def send_file(
        self,
        chat: Chat,
        user: User,
        name: str,
        content: bytes,
        caption: str = "",
        *,
        size: int | None = None,
        **more: Any,
    ) -> Message:
        """A user sends a document; `size` pretends that it is bigger than its content."""
        with self.lock:
            id = f"{next(self._ids):012d}BQACAgIAAxkBAAI"
            mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
            file = File(id, name, content, len(content) if size is None else size, mime)
            self.files[id] = file
            return self.say(chat, user, caption, file=file, **more)

    def forward(self, chat: Chat, user: User, text: str, *, origin: Json, **more: Any) -> Message:
        """A user forwards a text; for the origin see `from_channel` and `from_hidden`."""
        return self.say(chat, user, text, forward_origin=origin, **more)

    def edit(self, message: Message, text: str) -> Message:
        """A user changes what they wrote."""
        with self.lock:
            entities = with_detected(Formatted(text)).entities
            changed = self.change(message, text=text, html=text, entities=entities)
            self._show("edited_message", changed)
            return changed

    def react(self, message: Message, user: User, *emoji: str) -> None:
        """A user reacts to a message; without emoji the reaction is removed.

        The bot gets an update in a private chat, and in a group if it is an administrator.
        """
        chat = message.chat
        with self.lock:
            key = (chat.id, message.message_id, user.id)
            old, new = self.reactions.get(key, []), [{"type": "emoji", "emoji": e} for e in emoji]
            self.reactions[key] = new
            if chat.user:
                delivered = not chat.user.blocks
            else:
                delivered = chat.status(self.bot) == "administrator"
            if delivered and old != new:
                change = {"chat": chat.json(), "message_id": message.message_id}
                change |= {"user": user.json(), "date": int(time.time())}
                change |= {"old_reaction": old, "new_reaction": new}
                self.updates.add("message_reaction", change)

    def delete(self, message: Message) -> None:
        """A user deletes a message; bots get no update about it."""
        with self.lock:
            message.chat.messages.pop(message.message_id, None)

    def press(
        self,
        message: Message,
        label: str,
        user: User,
        *,
        inaccessible: bool = False,
        forged: bool = False,
    ) -> Query:
        """A user presses a button, by its text or its data; an old message may be inaccessible.

        With `forged`, a changed client sends data that no button under the message has.
        """
        with self.lock:
            current = message.chat.messages.get(message.message_id, message)
            data = label if forged else current.button(label).data
            assert data is not None, f"{label} asks nothing of the bot"
            shown = current.json()
            if inaccessible:
                shown = {"chat": shown["chat"], "message_id": shown["message_id"], "date": 0}
            instance = {"chat_instance": str(message.chat.id * 7919)}
            return self._query("callback_query", user, message=shown, data=data, **instance)

    def ask_inline(self, user: User, query: str) -> Query:
        """A user writes after the bot's name, in a private chat with someone."""
        with self.lock:
            asked = {"query": query, "offset": "", "chat_type": "private"}
            return self._query("inline_query", user, **asked)

    def deliver(self, update: Json) -> None:
        """Send the bot any update, unchecked; it gets an update_id unless it has one."""
        self.updates.deliver(update)

    # -- what the bot did

    def called(self, *methods: str) -> list[Call]:
        """The requests of some methods."""
        return [call for call in list(self.calls) if call.method in methods]

    def sent(self, chat: Chat) -> list[Message]:
        """The bot's messages in a chat in their present form, the oldest first."""
        with self.lock:
            messages = [chat.messages[number] for number in sorted(chat.messages)]
            return [message for message in messages if message.sender is self.bot]

    def now(self, message: Message) -> Message:
        """The present form of a message."""
        with self.lock:
            return message.chat.messages[message.message_id]

    def pending(self) -> list[Json]:
        """The updates that the bot has not confirmed."""
        return list(self.updates.waiting)

    def inline(self, user: User, query: str) -> list[InlineResult]:
        """The results that a user sees after writing behind the bot's name."""
        return self.wait_for_inline(self.ask_inline(user, query))

    def wait(self, condition: Callable[[], T], timeout: float = LONGEST_WAIT) -> T:
        """What the condition returns as soon as that is true; raises AssertionError if late."""
        until = time.monotonic() + timeout
        while True:
            self._raise_mistakes()
            if value := condition():
                return value
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not so after {timeout} s\n{self._state()}")
            with self.lock:
                self.lock.wait(min(left, LOOK_AGAIN))

    def wait_for_answer(self, to: Message | Query) -> Any:
        """The answer to a pressed button; the first that the bot wrote after a message."""
        if isinstance(to, Query):
            return self.wait(lambda: to.answer)
        return self.wait(
            lambda: [it for it in self.sent(to.chat) if it.message_id > to.message_id]
        )[0]

    def wait_for_inline(self, query: Query) -> list[InlineResult]:
        """The results of an inline query."""
        answer = self.wait(lambda: query.answer)
        return [self._inline_result(result) for result in answer["results"]]

    def _inline_result(self, result: Json) -> InlineResult:
        content = result["input_message_content"]
        html = content["message_text"]
        text = read_text(self, html, content).text
        return InlineResult(result["title"], result.get("description", ""), text, html)

    def _state(self) -> str:
        """What happened lately, for a person who reads a failed test."""
        with self.lock:
            lines = [f"call: {call.method} {call.parameters}" for call in self.calls[-8:]]
            lines += [f"refusal: {refusal}" for refusal in self.refusals[-8:]]
            for chat in self.chats.values():
                lines += [
                    f"in chat {chat.id}: {last}" for last in list(chat.messages.values())[-3:]
                ]
        lines += [f"violation: {violation}" for violation in self.violations]
        lines += [f"not delivered: {update}" for update in self.pending()[:5]]
        return "\n".join(line[:400] for line in lines)

    def _raise_mistakes(self) -> None:
        if self.mistakes:
            raise AssertionError("the server itself erred:\n" + "\n".join(self.mistakes))

    def _room(self, chat: Chat, members: tuple[User, ...]) -> Chat:
        with self.lock:
            chat.members = dict.fromkeys((user.id for user in (*members, self.bot)), "member")
            if members:
                chat.members[members[0].id] = "creator"
            self.chats[chat.id] = chat
            return chat

    def _founder(self, chat: Chat) -> User:
        creators = [id for id, status in chat.members.items() if status == "creator"]
        return self.users[creators[0]] if creators else self.user("Founder")

    def _change_bot(self, chat: Chat, before: str, after: str, by: User) -> None:
        with self.lock:
            change = {"chat": chat.json(), "from": by.json(), "date": int(time.time())}
            change["old_chat_member"] = self.bot.as_member(before)
            change["new_chat_member"] = self.bot.as_member(after)
            self.updates.add("my_chat_member", change)

    def _serve(self, chat: Chat, **service: Any) -> None:
        """Post a service message."""
        with self.lock:
            founder = self._founder(chat)
            self._show("message", self.post(chat, founder, Formatted(""), more=service))

    def _show(self, kind: str, message: Message) -> None:
        if self.shows_to_bot(message):
            self.updates.add(kind, message.json())
        self.lock.notify_all()

    def _query(self, kind: str, user: User, **content: Any) -> Query:
        id = str(4 * 10**17 + next(self._ids))
        query = self.queries[id] = Query(kind == "inline_query")
        self.updates.add(kind, {"id": id, "from": user.json(), **content})
        return query


def from_channel(
    title: str, *, username: str | None = None, date: int | None = None, message_id: int = 17
) -> Json:
    """The origin of a channel's post."""
    chat = {"id": -1_001_900_000_001, "type": "channel", "title": title}
    chat |= {"username": username} if username else {}
    post = {"type": "channel", "message_id": message_id, "chat": chat}
    return post | {"date": date or int(time.time())}


def from_hidden(name: str) -> Json:
    """The origin of a message by someone who hides their account."""
    return {"type": "hidden_user", "date": int(time.time()), "sender_user_name": name}


def from_user(user: User) -> Json:
    """The origin of a message by someone who does not hide their account."""
    return {"type": "user", "date": int(time.time()), "sender_user": user.json()}
