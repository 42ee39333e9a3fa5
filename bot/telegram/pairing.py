"""What administrators do: let people in, put them out, share libraries, look at the model."""

from __future__ import annotations

import logging
import time

from telegram import ChatMember, Message, Update

from bot import rendering
from bot.telegram.commands import WELCOME, known
from bot.telegram.replies import say
from bot.telegram.services import Context, is_private, number_in, services_of
from bot.telegram.store import migrate

log = logging.getLogger(__name__)

OUTSIDE = (ChatMember.LEFT, ChatMember.BANNED)

FOR_ADMINISTRATORS = "Only an administrator of the bot can do that."


async def pair(update: Update, context: Context) -> None:
    """/pair for an administrator makes a code; /pair CODE lets a person or a group in."""
    message, person = update.message, update.effective_user
    if message is None or person is None:
        return
    services = services_of(context)
    now = time.time()
    name = (message.chat_id, message.message_id)
    if services.throttles.commands.wait(person.id, message.date.timestamp(), name):
        return  # a stranger who goes on and on gets no reply
    if not context.args:
        if not services.access.is_administrator(person.id):
            await say(message, "Send /pair and the code you were given.")
        elif not is_private(message):
            await say(
                message, "Ask me for a code in our private chat, so that nobody else sees it."
            )
        else:
            code = services.access.new_code(now)
            await say(
                message,
                f"/pair {code} – lets one person or one group in, within 15 minutes.",
            )
        return
    if services.too_fast(message, person):  # codes cannot be tried out
        await say(message, "That was fast. Please try again in a minute.")
        return
    title = message.chat.effective_name or str(message.chat_id)
    let_in = services.access.use_code(context.args[0], message.chat_id, title, now)
    await say(message, WELCOME if let_in else "That code is not valid, or no longer.")


async def grant(update: Update, context: Context) -> None:
    """/grant LIBRARY [CHAT], by an administrator."""
    message = await _from_administrator(update, context)
    if message is None:
        return
    library, chat = _library_and_chat(context, message)
    services = services_of(context)
    libraries = await services.run(services.library.names)
    shared = [name for name in libraries if not name.startswith("chat:")]
    if library not in shared:
        known = f"There are: {', '.join(shared)}." if shared else "There is none yet."
        await say(message, f"Send /grant and the name of a shared library. {known}")
        return
    services.access.grant(chat, library)
    who = "This chat" if chat == message.chat_id else f"The chat {chat}"
    await say(message, f"{who} now reads the library {library} as well.")


async def revoke(update: Update, context: Context) -> None:
    """/revoke LIBRARY [CHAT], by an administrator."""
    message = await _from_administrator(update, context)
    if message is None:
        return
    library, chat = _library_and_chat(context, message)
    revoked = library is not None and services_of(context).access.revoke(chat, library)
    who = "This chat" if chat == message.chat_id else f"The chat {chat}"
    outcome = (
        f"no longer reads the library {library}." if revoked else "does not read that library."
    )
    await say(message, f"{who} {outcome}")


async def unpair(update: Update, context: Context) -> None:
    """/unpair tells who was let in; /unpair NUMBER puts one of them out; by an administrator."""
    message = await _from_administrator(update, context)
    if message is None:
        return
    if not is_private(message):
        await say(message, "Ask me that in our private chat, so that nobody else sees it.")
        return
    services, number = services_of(context), (context.args or [""])[0]
    access = services.access
    members = access.members()
    chosen = [id for id in members if str(id) == number]
    for id in chosen:
        access.put_out(id)
        services.subscriptions.forget(id)
    if chosen:
        await say(message, f"{members[chosen[0]]} is put out; the articles of that chat are kept.")
    elif members:
        lines = "\n".join(f"/unpair {id} – {name}" for id, name in members.items())
        await say(message, f"Who was let in:\n{lines}"[:4000])
    else:
        await say(message, "Nobody but the administrators is let in.")


async def status(update: Update, context: Context) -> None:
    """/status, by an administrator: which model answers, and how far another is with reading."""
    message = await _from_administrator(update, context)
    if message is None:
        return
    services = services_of(context)
    change = await services.run(services.library.change)
    progress = rendering.change_line(change) if change else None
    await say(
        message, progress or f"The model {await services.run(services.library.model)} answers."
    )


async def _from_administrator(update: Update, context: Context) -> Message | None:
    """The message, if an administrator sent it; else its sender is told who may do that."""
    message = await known(update, context)
    if message is None or message.from_user is None:
        return None
    if services_of(context).access.is_administrator(message.from_user.id):
        return message
    await say(message, FOR_ADMINISTRATORS)
    return None


def _library_and_chat(context: Context, message: Message) -> tuple[str | None, int]:
    library, number, *_ = [*(context.args or []), None, None]
    if library is None or number is None:
        return library, message.chat_id
    chat = number_in(number)
    return (library, chat) if chat is not None else (None, message.chat_id)


async def on_membership(update: Update, context: Context) -> None:
    """Who threw the bot out of a group is no member; a person who blocks it may come back."""
    change = update.my_chat_member
    if change is None or change.new_chat_member.status not in OUTSIDE:
        return
    if change.chat.id < 0:
        services_of(context).access.put_out(change.chat.id)
        services_of(context).subscriptions.forget(change.chat.id)
    log.info("the bot is no longer in a chat")


async def on_migration(update: Update, context: Context) -> None:
    """A group that becomes a supergroup keeps all that is its own, under a new number.

    Both chats tell of it, in either order: whichever comes first is believed.
    """
    message = update.message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    services = services_of(context)
    migrate(services.access.store, old, new, "members", "grants", "watches", "digests")
    services.answers.migrate(old, new)
    if old != new:
        await services.move(old, new)
