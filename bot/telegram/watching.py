"""/watch, /digest and /feed: what comes to a chat by itself."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import partial

from telegram import InlineKeyboardMarkup, Update

from bot.rendering import telegram as rendering
from bot.telegram.access import own_library
from bot.telegram.commands import known
from bot.telegram.permissions import DIGEST, FEEDS, WATCHES, allowed, pressed
from bot.telegram.replies import edit, numbered_buttons, say, topic
from bot.telegram.services import Context, Services, acknowledge, services_of
from bot.telegram.submissions import LINK
from bot.telegram.subscriptions import MOST, Digest, minute_of_day, zone_named
from retrieval import FollowedFeed, QuotewiseError

MOST_FEEDS = 50  # feeds of a chat

HOW_TO_FEED = (
    "No feed is followed here. Send /feed and the link of a feed or of a site that has one: its "
    "new articles then come to this chat's articles by themselves."
)

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
    services, question = services_of(context), " ".join(context.args or [])
    if not any(map(str.isalnum, question)):
        html, buttons = _list(services, message.chat_id)
        await say(message, html, html=True, buttons=buttons)
        return
    if not await allowed(update, context, WATCHES):
        return
    if question.lower() == "off":
        services.subscriptions.unwatch_all(message.chat_id)
        await say(message, "Nothing is watched here any longer.")
        return
    if len(question) > LONGEST:
        await say(message, f"Please ask that in at most {LONGEST} characters.")
        return
    latest = await services.run(services.library.latest)
    if services.subscriptions.watch(message.chat_id, topic(message), question, latest):
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
    services, message, id = services_of(context), press.message, press.rest
    gone = re.fullmatch(r"[0-9]{1,15}", id) and services.subscriptions.unwatch(
        message.chat_id, int(id)
    )
    await acknowledge(press.query, "Removed." if gone else "That is no longer watched.")
    html, buttons = _list(services, message.chat_id)
    await edit(message, html, buttons)


async def digest(update: Update, context: Context) -> None:
    """/digest TIME ZONE sends one a day, /digest off none; /digest alone tells when."""
    message = await known(update, context)
    if message is None:
        return
    services, (clock, zone, *_) = services_of(context), [*(context.args or []), "", ""]
    current = services.subscriptions.digest(message.chat_id)
    if not clock:
        status = f"This chat gets its digest at {current.clock}. " if current else ""
        await say(message, status + HOW_TO_DIGEST)
        return
    if not await allowed(update, context, DIGEST):
        return
    if clock.lower() == "off":
        services.subscriptions.send_no_more(message.chat_id)
        await say(message, "This chat gets no digest.")
        return
    minute, named = minute_of_day(clock), zone_named(zone or (current.zone if current else "UTC"))
    if minute is None or named is None:
        wrong = f"{zone} is no time zone I know. " if named is None else ""
        await say(message, wrong + HOW_TO_DIGEST)
        return
    latest = await services.run(services.library.latest)
    seen = current.seen if current else latest
    wanted = Digest(message.chat_id, topic(message), minute, named, seen)
    services.subscriptions.send_daily(wanted, datetime.now(UTC))
    await say(message, f"This chat gets a digest at {wanted.clock} on days with new articles.")


def _list(services: Services, chat: int) -> tuple[str, InlineKeyboardMarkup | None]:
    watches = services.subscriptions.of_chat(chat)
    if not watches:
        return HOW_TO_WATCH.format(EXAMPLE), None
    questions = [watch.question for watch in watches]
    buttons = numbered_buttons("unwatch", [watch.id for watch in watches])
    return rendering.watches_message(questions), buttons


async def feed(update: Update, context: Context) -> None:
    """/feed LINK follows a feed; /feed alone lists them, with buttons."""
    message = await known(update, context)
    if message is None:
        return
    services, (link, *_) = services_of(context), [*(context.args or []), ""]
    if not link:
        html, buttons = await _feed_list(services, message.chat_id)
        await say(message, html, html=True, buttons=buttons)
        return
    if not await allowed(update, context, FEEDS):
        return
    # A path would be one of this machine, which is nobody's business in a chat.
    link = link if "://" in link else f"https://{link}"
    if not LINK.fullmatch(link):
        await say(message, "That is no link: it should begin with https:// or http://.")
        return
    library = own_library(message.chat_id)
    followed = await services.run(partial(services.library.feeds, library=library))
    if len(followed) >= MOST_FEEDS:
        await say(message, f"{MOST_FEEDS} feeds are followed here already: remove one first.")
        return
    try:
        (added, *_) = await services.threads.do(
            partial(services.library.add_feed, link, library=library)
        )
    except QuotewiseError as error:
        await say(message, str(error))
        return
    await say(message, rendering.feed_message(added), html=True)


async def on_unfeed(update: Update, context: Context) -> None:
    """Follow a feed no longer."""
    press = await pressed(update, context, "That list is too old: please send /feed again.")
    if press is None or not await allowed(update, context, FEEDS):
        return
    services, message = services_of(context), press.message
    library = own_library(message.chat_id)
    for feed in await services.run(partial(services.library.feeds, library=library)):
        if _feed_key(feed) == press.rest:
            await services.threads.do(
                partial(services.library.remove_feed, feed.url, library=library)
            )
            await acknowledge(press.query, "Removed; its articles are kept.")
            break
    else:
        await acknowledge(press.query, "That feed is no longer followed.")
    html, buttons = await _feed_list(services, message.chat_id)
    await edit(message, html, buttons)


async def _feed_list(services: Services, chat: int) -> tuple[str, InlineKeyboardMarkup | None]:
    followed = await services.run(partial(services.library.feeds, library=own_library(chat)))
    if not followed:
        return HOW_TO_FEED, None
    return rendering.feeds_message(followed), numbered_buttons("unfeed", map(_feed_key, followed))


def _feed_key(feed: FollowedFeed) -> str:
    """Some digits that stand for a feed in a button, which is shorter than a link may be."""
    return hashlib.sha256(feed.url.encode()).hexdigest()[:16]
