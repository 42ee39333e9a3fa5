"""/feed: the feeds whose articles come to a chat by themselves."""

from __future__ import annotations

import hashlib
from functools import partial

from telegram import InlineKeyboardMarkup, Update

from bot.rendering import notices
from bot.telegram.access import own_library
from bot.telegram.commands import known
from bot.telegram.desk import Context, Desk, acknowledge, desk_of
from bot.telegram.offers import LINK
from bot.telegram.replies import edit, numbered_buttons, say
from bot.telegram.rights import FEEDS, allowed, pressed
from retrieval import FollowedFeed, QuotewiseError

MOST = 50  # feeds of a chat

HOW_TO = (
    "No feed is followed here. Send /feed and the link of a feed or of a site that has one: its "
    "new articles then come to this chat's articles by themselves."
)


async def feed(update: Update, context: Context) -> None:
    """/feed LINK follows a feed; /feed alone lists them, with buttons."""
    message = await known(update, context)
    if message is None:
        return
    desk, (link, *_) = desk_of(context), [*(context.args or []), ""]
    if not link:
        html, buttons = await _list(desk, message.chat_id)
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
    followed = await desk.run(partial(desk.library.feeds, library=library))
    if len(followed) >= MOST:
        await say(message, f"{MOST} feeds are followed here already: remove one first, by /feed.")
        return
    try:
        (added, *_) = await desk.threads.do(partial(desk.library.add_feed, link, library=library))
    except QuotewiseError as error:
        await say(message, str(error))
        return
    await say(message, notices.feed_message(added), html=True)


async def on_unfeed(update: Update, context: Context) -> None:
    """Follow a feed no longer."""
    press = await pressed(update, context, "That list is too old: please send /feed again.")
    if press is None or not await allowed(update, context, FEEDS):
        return
    desk, message = desk_of(context), press.message
    library = own_library(message.chat_id)
    for one in await desk.run(partial(desk.library.feeds, library=library)):
        if _key(one) == press.rest:
            await desk.threads.do(partial(desk.library.remove_feed, one.url, library=library))
            await acknowledge(press.query, "Removed; its articles are kept.")
            break
    else:
        await acknowledge(press.query, "That feed is no longer followed.")
    html, buttons = await _list(desk, message.chat_id)
    await edit(message, html, buttons)


async def _list(desk: Desk, chat: int) -> tuple[str, InlineKeyboardMarkup | None]:
    followed = await desk.run(partial(desk.library.feeds, library=own_library(chat)))
    if not followed:
        return HOW_TO, None
    return notices.feeds_message(followed), numbered_buttons("unfeed", map(_key, followed))


def _key(one: FollowedFeed) -> str:
    """Some digits that stand for a feed in a button, which is shorter than a link may be."""
    return hashlib.sha256(one.url.encode()).hexdigest()[:16]
