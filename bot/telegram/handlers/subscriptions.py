"""/watch, /digest and /feed: what comes to a chat by itself; and /settings: what it has set."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from telegram import InlineKeyboardMarkup, Message, Update

from bot.rendering import telegram as rendering
from bot.rendering.language import N_, _
from bot.telegram.context import (
    Context,
    Html,
    Press,
    Reply,
    Services,
    acknowledge,
    button,
    check_right,
    command,
    edit,
    key_of,
    language_of,
    numbered_buttons,
    pressed,
    topic_of,
)
from bot.telegram.sources import LINK
from bot.telegram.store import (
    MOST_WATCHES,
    Digest,
    drop_rows,
    minute_of_day,
    own_library,
    zone_named,
)
from retrieval import FollowedFeed

MOST_FEEDS = 50  # feeds of a chat
LONGEST_QUESTION = 300  # characters

FEEDS = N_("Only this group's administrators can change its feeds.")
WATCHES = N_("Only this group's administrators can change what it watches.")
DIGEST = N_("Only this group's administrators can change its digest.")
SETTINGS = N_("Only this group's administrators can change its settings.")
HOW_TO_WATCH = N_(
    "Nothing is watched here. Send /watch and a question, such as: /watch When does the bridge "
    "open?"
)
WATCHED = N_(
    "I shall tell this chat when a new article answers that. /watch lists what is watched."
)
TOO_MANY_WATCHED = N_(
    "{most} questions are watched here already: remove one first. /watch lists them."
)
HOW_TO_DIGEST = N_(
    "Send /digest and a time, such as: /digest 8:00 Europe/Berlin. Then I tell this chat once a "
    "day which articles are new. /digest off ends it."
)
HOW_TO_FEED = N_(
    "No feed is followed here. Send /feed and the link of a feed or of a site that has one: its "
    "new articles then come to this chat's articles by themselves."
)


@command
async def watch(update: Update, context: Context, services: Services, message: Message) -> Reply:
    """/watch QUESTION watches a question; /watch alone lists them, with buttons."""
    question = " ".join(context.args or [])
    if not any(map(str.isalnum, question)):
        return _watch_list(services, message.chat_id)
    await check_right(update, context, WATCHES)
    if question.lower() == "off":
        drop_rows(services.store, message.chat_id, "watches")
        return _("Nothing is watched here any longer.")
    if len(question) > LONGEST_QUESTION:
        return _("Please ask that in at most {most} characters.", most=LONGEST_QUESTION)
    latest = await services.run(services.library.latest)
    has_room = services.subscriptions.watch(message.chat_id, topic_of(message), question, latest)
    services.chat_settings.set_language(message.chat_id, language_of(update))
    return _(WATCHED) if has_room else _(TOO_MANY_WATCHED, most=MOST_WATCHES)


@pressed(N_("That list is too old: please send /watch again."), WATCHES)
async def on_unwatch(update: Update, context: Context, services: Services, press: Press) -> None:
    message, id = press.message, press.rest
    gone = re.fullmatch(r"[0-9]{1,15}", id) and services.subscriptions.unwatch(
        message.chat_id, int(id)
    )
    await acknowledge(press.query, _("Removed.") if gone else _("That is no longer watched."))
    await edit(message, *_watch_list(services, message.chat_id))


def _watch_list(services: Services, chat: int) -> Html:
    watches = services.subscriptions.of_chat(chat)
    if not watches:
        return Html(_(HOW_TO_WATCH))
    buttons = numbered_buttons("unwatch", [watch.id for watch in watches])
    return Html(rendering.watches_message([watch.question for watch in watches]), buttons)


@command
async def digest(update: Update, context: Context, services: Services, message: Message) -> str:
    """/digest TIME ZONE sends one a day, /digest off none; /digest alone says when."""
    clock, zone, *_rest = [*(context.args or []), "", ""]
    current = services.subscriptions.digest(message.chat_id)
    if not clock:
        at = _("This chat gets its digest at {clock}.", clock=current.clock) if current else None
        return " ".join(filter(None, (at, _(HOW_TO_DIGEST))))
    await check_right(update, context, DIGEST)
    if clock.lower() == "off":
        drop_rows(services.store, message.chat_id, "digests")
        return _("This chat gets no digest.")
    minute, named = minute_of_day(clock), zone_named(zone or (current.zone if current else "UTC"))
    if minute is None or named is None:
        unknown = _("{zone} is no time zone I know.", zone=zone) if named is None else None
        return " ".join(filter(None, (unknown, _(HOW_TO_DIGEST))))
    seen = current.seen if current else await services.run(services.library.latest)
    wanted = Digest(message.chat_id, topic_of(message), minute, named, seen)
    services.subscriptions.send_daily(wanted, datetime.now(UTC))
    services.chat_settings.set_language(message.chat_id, language_of(update))
    return _("This chat gets a digest at {clock} on days with new articles.", clock=wanted.clock)


@command
async def feed(update: Update, context: Context, services: Services, message: Message) -> Reply:
    """/feed LINK follows a feed; /feed alone lists them, with buttons."""
    link, *_rest = [*(context.args or []), ""]
    if not link:
        return await _feed_list(services, message.chat_id)
    await check_right(update, context, FEEDS)
    # A path would name a file of this machine.
    link = link if "://" in link else f"https://{link}"
    if not LINK.fullmatch(link):
        return _("That is no link: it should begin with https:// or http://.")
    if len(await _feeds(services, message.chat_id)) >= MOST_FEEDS:
        return _("{most} feeds are followed here already: remove one first.", most=MOST_FEEDS)
    library = own_library(message.chat_id)
    (added, *_others) = await services.threads.do(services.library.add_feed, link, library=library)
    return Html(rendering.feed_message(added))


@pressed(N_("That list is too old: please send /feed again."), FEEDS)
async def on_unfeed(update: Update, context: Context, services: Services, press: Press) -> None:
    chat = press.message.chat_id
    feeds = {key_of(feed.url): feed.url for feed in await _feeds(services, chat)}
    if url := feeds.get(press.rest):
        await services.threads.do(services.library.remove_feed, url, library=own_library(chat))
        await acknowledge(press.query, _("Removed; its articles are kept."))
    else:
        await acknowledge(press.query, _("That feed is no longer followed."))
    await edit(press.message, *await _feed_list(services, chat))


async def _feeds(services: Services, chat: int) -> list[FollowedFeed]:
    return await services.run(lambda: list(services.library.feeds(library=own_library(chat))))


async def _feed_list(services: Services, chat: int) -> Html:
    feeds = await _feeds(services, chat)
    if not feeds:
        return Html(_(HOW_TO_FEED))
    buttons = numbered_buttons("unfeed", [key_of(feed.url) for feed in feeds])
    return Html(rendering.feeds_message(feeds), buttons)


@command
async def settings(update: Update, context: Context, services: Services, message: Message) -> Reply:
    """/settings shows what a chat has set, with buttons that change it."""
    return _settings(services, message.chat_id)


@pressed(SETTINGS, SETTINGS)
async def on_setting(update: Update, context: Context, services: Services, press: Press) -> None:
    chat = press.message.chat_id
    name, separator, value = press.rest.partition(":")
    if name == "adds" and separator:
        services.chat_settings.set_adds_at_once(chat, value == "on")
    await acknowledge(press.query)
    await edit(press.message, *_settings(services, chat))


def _settings(services: Services, chat: int) -> Html:
    if services.chat_settings.adds_at_once(chat):
        text = _("Settings of this chat\n\nI add what you send here without asking.")
        adds = button(_("Add without asking: on"), "set:adds:off")
    else:
        text = _("Settings of this chat\n\nI ask before I add what you send here.")
        adds = button(_("Add without asking: off"), "set:adds:on")
    return Html(rendering.plain_message(text), InlineKeyboardMarkup([[adds]]))
