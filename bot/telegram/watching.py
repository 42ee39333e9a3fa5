"""/watch and /digest: what a chat wants to be told by itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from telegram import InlineKeyboardMarkup, Update

from bot.rendering import notices
from bot.telegram.commands import known
from bot.telegram.desk import Context, Desk, acknowledge, desk_of
from bot.telegram.pressing import pressed
from bot.telegram.replies import edit, numbered_buttons, say, topic
from bot.telegram.rights import DIGEST, WATCHES, allowed
from bot.telegram.standing import MOST, Digest, minute_of_day, zone_named

LONGEST = 300  # characters of a standing question

HOW_TO_WATCH = "Nothing is watched here. Send /watch and a question, such as: /watch {}"
EXAMPLE = "When does the bridge open?"
HOW_TO_DIGEST = (
    "Send /digest and a time, such as: /digest 8:00 Europe/Berlin. Then I tell this chat once a "
    "day which articles are new. /digest off ends it."
)


async def watch(update: Update, context: Context) -> None:
    """/watch QUESTION keeps a standing question; /watch alone lists them, with buttons."""
    message = await known(update, context)
    if message is None:
        return
    desk, question = desk_of(context), " ".join(context.args or [])
    if not any(map(str.isalnum, question)):
        html, buttons = _list(desk, message.chat_id)
        await say(message, html, html=True, buttons=buttons)
        return
    if not await allowed(update, context, WATCHES):
        return
    if question.lower() == "off":
        desk.standing.unwatch_all(message.chat_id)
        await say(message, "Nothing is watched here any longer.")
        return
    if len(question) > LONGEST:
        await say(message, f"Please ask that in at most {LONGEST} characters.")
        return
    latest = await desk.run(desk.library.latest)
    if desk.standing.watch(message.chat_id, topic(message), question, latest):
        await say(
            message,
            "I shall tell this chat when a new article answers that. /watch lists what is watched.",
        )
    else:
        await say(
            message,
            f"{MOST} questions are watched here already: remove one first. /watch lists them.",
        )


async def on_unwatch(update: Update, context: Context) -> None:
    """Drop a standing question."""
    press = await pressed(update, context, "That list is too old: please send /watch again.")
    if press is None or not await allowed(update, context, WATCHES):
        return
    desk, message, id = desk_of(context), press.message, press.rest
    gone = re.fullmatch(r"[0-9]{1,15}", id) and desk.standing.unwatch(message.chat_id, int(id))
    await acknowledge(press.query, "Removed." if gone else "That is no longer watched.")
    html, buttons = _list(desk, message.chat_id)
    await edit(message, html, buttons)


async def digest(update: Update, context: Context) -> None:
    """/digest TIME ZONE sends one a day, /digest off none; /digest alone tells when."""
    message = await known(update, context)
    if message is None:
        return
    desk, (clock, zone, *_) = desk_of(context), [*(context.args or []), "", ""]
    kept = desk.standing.digest(message.chat_id)
    if not clock:
        told = f"This chat gets its digest at {kept.clock}. " if kept else ""
        await say(message, told + HOW_TO_DIGEST)
        return
    if not await allowed(update, context, DIGEST):
        return
    if clock.lower() == "off":
        desk.standing.send_no_more(message.chat_id)
        await say(message, "This chat gets no digest.")
        return
    minute, named = minute_of_day(clock), zone_named(zone or (kept.zone if kept else "UTC"))
    if minute is None or named is None:
        wrong = f"{zone} is no time zone I know. " if named is None else ""
        await say(message, wrong + HOW_TO_DIGEST)
        return
    latest = await desk.run(desk.library.latest)
    seen = kept.seen if kept else latest
    wanted = Digest(message.chat_id, topic(message), minute, named, seen)
    desk.standing.send_daily(wanted, datetime.now(UTC))
    await say(message, f"This chat gets a digest at {wanted.clock} on days with new articles.")


def _list(desk: Desk, chat: int) -> tuple[str, InlineKeyboardMarkup | None]:
    watches = desk.standing.of_chat(chat)
    if not watches:
        return HOW_TO_WATCH.format(EXAMPLE), None
    questions = [one.question for one in watches]
    buttons = numbered_buttons("unwatch", [one.id for one in watches])
    return notices.watches_message(questions), buttons
