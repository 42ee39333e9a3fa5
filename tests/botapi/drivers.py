"""What the people of a test do, and what the bot hears of it."""

from __future__ import annotations

import itertools
import mimetypes
from dataclasses import replace
from typing import Any

from botapi import wire
from botapi.chats import set_status
from botapi.found import completed
from botapi.people import Button, Chat, Message, User
from botapi.text import Entity, Formatted
from botapi.world import (
    FIRST_GROUP,
    FIRST_SUPERGROUP,
    FIRST_USER,
    InlineQuery,
    Query,
    World,
    now,
)


class Drivers:
    """The half of BotApi that makes things happen; from any thread."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._ids = itertools.count(1)

    def user(self, name: str, **more: Any) -> User:
        """Someone new; `more` may have a username, a last_name, a language_code."""
        with self.world.lock:
            user = User(FIRST_USER + next(self._ids), name, more=more)
            self.world.users[user.id] = user
            return user

    def private(self, user: User) -> Chat:
        """The chat between the user and the bot, who cannot write to it before the user has."""
        with self.world.lock:
            return self.world.chats.setdefault(user.id, Chat(user.id, "private", user=user))

    def group(self, title: str, *members: User, bot: bool = True) -> Chat:
        """A group; the first member made it, the bot is inside already."""
        return self._room(Chat(-FIRST_GROUP - next(self._ids), "group", title), members, bot)

    def supergroup(
        self, title: str, *members: User, forum: bool = False, bot: bool = True, **more: Any
    ) -> Chat:
        """A supergroup; `more` may have a username."""
        id = -FIRST_SUPERGROUP - next(self._ids)
        return self._room(Chat(id, "supergroup", title, forum=forum, **more), members, bot)

    def topic(self, chat: Chat, name: str, user: User | None = None) -> int:
        """The message_thread_id of a new topic in a forum; the bot hears that it was made."""
        with self.world.lock:
            made = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
            message = self._serve(chat, user or self._founder(chat), **made)
            number = message.message_id
            chat.topics[number] = name
            chat.messages[number] = message = replace(message, topic=number)
            self._tell("message", message)
            return number

    def say(
        self,
        chat: Chat,
        user: User,
        text: str,
        *,
        reply_to: Message | int | None = None,
        topic: int | None = None,
        entities: tuple[Entity, ...] = (),
        **more: Any,
    ) -> Message:
        """A user writes; commands, mentions and addresses are found; `more` as the API shows it."""
        with self.world.lock:
            if chat.user:
                chat.user.started = True
            found = completed(Formatted(text, entities))
            replied = reply_to.message_id if isinstance(reply_to, Message) else reply_to
            message = self.world.post(
                chat,
                user,
                text,
                entities=found.entities,
                reply_to=replied,
                topic=topic,
                html=text,
                more=more,
            )
            self._tell("message", message)
            return message

    def edit(self, message: Message, text: str) -> Message:
        """A user changes what they wrote."""
        with self.world.lock:
            entities = completed(Formatted(text)).entities
            changed = self.world.change(message, text=text, html=text, entities=entities)
            self._tell("edited_message", changed)
            return changed

    def delete(self, message: Message) -> None:
        """A user deletes a message; bots hear nothing of it."""
        with self.world.lock:
            message.chat.messages.pop(message.message_id, None)

    def press(
        self,
        message: Message,
        said: str,
        user: User,
        *,
        inaccessible: bool = False,
        forged: bool = False,
    ) -> Query:
        """A user presses a button, by its text or its data; an old message may be inaccessible.

        With `forged`, a changed client sends data that no button under the message has.
        """
        with self.world.lock:
            current = message.chat.messages.get(message.message_id, message)
            button = Button(said, said, None) if forged else current.button(said)
            assert button.data is not None, f"{button} asks nothing of the bot"
            query = Query(str(4 * 10**17 + next(self._ids)), current, user, button.data)
            self.world.queries[query.id] = query
            shown = wire.message(current)
            if inaccessible:
                shown = {"chat": shown["chat"], "message_id": shown["message_id"], "date": 0}
            asked = {
                "id": query.id,
                "from": wire.user(user),
                "message": shown,
                "chat_instance": str(message.chat.id * 7919),
                "data": button.data,
            }
            self._add("callback_query", asked)
            return query

    def send_file(
        self,
        chat: Chat,
        user: User,
        name: str,
        content: bytes,
        caption: str | None = None,
        *,
        mime: str | None = None,
        size: int | None = None,
        **more: Any,
    ) -> Message:
        """A user sends a document; `size` pretends that it is bigger than its content."""
        with self.world.lock:
            if chat.user:
                chat.user.started = True
            guessed = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
            file = self.world.file(name, content, guessed, size)
            found = completed(Formatted(caption or ""))
            message = self.world.post(
                chat, user, found.text, entities=found.entities, file=file, **more
            )
            self._tell("message", message)
            return message

    def forward(
        self, chat: Chat, user: User, text: str, *, origin: dict[str, Any], **more: Any
    ) -> Message:
        """A user forwards a text; for the origin see `from_channel` and `from_hidden`."""
        return self.say(chat, user, text, forward_origin=origin, **more)

    def ask_inline(self, user: User, query: str, offset: str = "") -> InlineQuery:
        """A user writes after the bot's name, in a private chat with someone."""
        with self.world.lock:
            asked = InlineQuery(str(9 * 10**17 + next(self._ids)), user, query, offset)
            self.world.queries[asked.id] = asked
            shown = {"id": asked.id, "from": wire.user(user), "query": query, "offset": offset}
            self._add("inline_query", {**shown, "chat_type": "private"})
            return asked

    def migrate(self, group: Chat) -> Chat:
        """The group becomes a supergroup."""
        with self.world.lock:
            founder = self._founder(group)
            bot = group.has(self.world.bot)
            new = Chat(-FIRST_SUPERGROUP - next(self._ids), "supergroup", group.title)
            self._room(new, (), bot)
            new.members = dict(group.members)
            self._tell("message", self._serve(group, founder, migrate_to_chat_id=new.id))
            self._tell("message", self._serve(new, founder, migrate_from_chat_id=group.id))
            group.migrated_to = new.id
            return new

    def block(self, user: User) -> None:
        """The user blocks the bot."""
        self._set(self.private(user), "kicked", user)

    def unblock(self, user: User) -> None:
        """The user lets the bot write again."""
        self._set(self.private(user), "member", user)

    def kick_bot(self, chat: Chat, by: User | None = None) -> None:
        """Someone removes the bot from a group."""
        self._set(chat, "kicked", by or self._founder(chat))

    def add_bot(self, chat: Chat, by: User | None = None) -> None:
        """Someone adds the bot to a group; a service message says so."""
        with self.world.lock:
            founder = by or self._founder(chat)
            self._set(chat, "member", founder)
            added = [wire.user(self.world.bot)]
            self._tell("message", self._serve(chat, founder, new_chat_members=added))

    def promote_bot(self, chat: Chat, by: User | None = None) -> None:
        """Someone makes the bot an administrator, who sees every message."""
        self._set(chat, "administrator", by or self._founder(chat))

    def set_status(self, chat: Chat, user: User, status: str) -> None:
        """Make a user an administrator, a member, or someone who left; the bot hears nothing."""
        with self.world.lock:
            chat.members[user.id] = status

    def expire(self, query: Query) -> None:
        """The query becomes too old for an answer."""
        with self.world.lock:
            query.expired = True

    def deliver(self, update: dict[str, Any]) -> None:
        """Any update, unchecked; its update_id is set unless it is there."""
        updates = self.world.updates
        with self.world.lock, updates.lock:
            updates.last_id = update.get("update_id", updates.last_id + 1)
            updates.waiting.append({"update_id": updates.last_id, **update})
        updates.wake()

    def _room(self, chat: Chat, members: tuple[User, ...], bot: bool) -> Chat:
        with self.world.lock:
            chat.members = {one.id: "member" for one in members}
            if members:
                chat.members[members[0].id] = "creator"
            if bot:
                chat.members[self.world.bot.id] = "member"
            self.world.chats[chat.id] = chat
            return chat

    def _founder(self, chat: Chat) -> User:
        for id, status in chat.members.items():
            if status == "creator":
                return self.world.users[id]
        return self.user("Founder")

    def _set(self, chat: Chat, status: str, by: User) -> None:
        with self.world.lock:
            set_status(self.world, chat, status, by)

    def _serve(self, chat: Chat, user: User, **service: Any) -> Message:
        return self.world.post(chat, user, "", more=service)

    def _tell(self, kind: str, message: Message) -> None:
        self.world.show(kind, message)
        self.world.lock.notify_all()

    def _add(self, kind: str, content: dict[str, Any]) -> None:
        self.world.updates.add(kind, content)
        self.world.lock.notify_all()


def from_channel(
    title: str,
    *,
    username: str | None = None,
    date: int | None = None,
    signature: str | None = None,
    message_id: int = 17,
) -> dict[str, Any]:
    """The origin of a channel's post."""
    chat = {"id": -1_001_900_000_001, "type": "channel", "title": title}
    origin = {"type": "channel", "date": date or now(), "message_id": message_id}
    origin["chat"] = {**chat, "username": username} if username else chat
    return {**origin, "author_signature": signature} if signature else origin


def from_hidden(name: str, *, date: int | None = None) -> dict[str, Any]:
    """The origin of a message by someone who hides their account."""
    return {"type": "hidden_user", "date": date or now(), "sender_user_name": name}


def from_user(user: User, *, date: int | None = None) -> dict[str, Any]:
    """The origin of a message by someone who does not."""
    return {"type": "user", "date": date or now(), "sender_user": wire.user(user)}
