"""The bot put together: settings in, a running application out."""

from __future__ import annotations

import asyncio
import logging
import os

from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.reporting import start_model
from bot.settings import Settings
from bot.telegram import (
    buttons,
    commands,
    listing,
    pairing,
    permissions,
    questions,
    redaction,
    submissions,
    watching,
)
from bot.telegram.access import Access
from bot.telegram.answers import Answers
from bot.telegram.rate_limiter import RateLimiter, is_temporary
from bot.telegram.replies import say
from bot.telegram.requests import QuietRequests, RawUpdates
from bot.telegram.services import Context, Services, services_of
from bot.telegram.serving import Bot, end_on_signal, serve
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import belong, opened
from bot.telegram.subscriptions import Subscriptions
from bot.telegram.threads import Threads
from bot.telegram.throttle import Throttles
from bot.telegram.update_queue import AGAIN_AFTER, InOrderPerChat, UpdateQueue

log = logging.getLogger(__name__)

THREADS_S = 1.5  # seconds in which the threads may end after that


def run(settings: Settings, telegram: TelegramSettings) -> None:
    """Run the bot until it is told to stop. Raises QuotewiseError if it cannot run."""
    redaction.hide(telegram.token, telegram.webhook_secret)
    end_on_signal()
    logging.getLogger("bot").setLevel(logging.INFO)
    if telegram.log_level:
        logging.getLogger().setLevel(telegram.log_level)
        logging.getLogger("bot").setLevel(telegram.log_level)
    store = opened(settings.home / "telegram.sqlite")
    belong(store, telegram.token.partition(":")[0])
    with settings.opened(to_write=True) as library:
        start_model(library)
        threads = Threads()
        queue = UpdateQueue(store)
        access = Access(store, telegram.administrators)
        services = Services(
            library,
            access,
            Answers(store, library, access.scope, threads),
            Subscriptions(store),
            queue,
            telegram,
            Throttles.of(telegram),
            threads,
            settings.risk,
        )
        try:
            asyncio.run(serve(built(services)))
        finally:
            store.close()
            ended = threads.end(THREADS_S)
        if not ended:
            # A thread cannot be cut off, and Python would wait for it. What it adds is kept in
            # transactions, and is begun again by the next process.
            log.warning("what is still being read is read again after the next start")
            logging.shutdown()
            os._exit(0)


def built(
    services: Services, rate_limiter: RateLimiter | None = None, again_after: float = AGAIN_AFTER
) -> Bot:
    """The application with all its handlers."""
    settings = services.settings
    processor = InOrderPerChat(services.queue, again_after)
    application: Bot = (
        ApplicationBuilder()
        .updater(None)  # Polling and Listening fetch or take what comes
        .token(settings.token)
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .request(QuietRequests())
        .get_updates_request(RawUpdates())
        .rate_limiter(rate_limiter or RateLimiter())
        .update_queue(services.queue)
        .concurrent_updates(processor)
        .build()
    )
    processor.again = application.process_update
    services.queue.bot = application.bot
    application.bot_data["services"] = services
    new = filters.UpdateType.MESSAGE
    words = filters.TEXT | filters.CAPTION
    # An animation shows as a document as well.
    sources = (filters.Document.ALL & ~filters.ANIMATION) | (filters.FORWARDED & words)
    for first in (
        CallbackQueryHandler(permissions.throttle_button),
        MessageHandler(new & filters.COMMAND, permissions.throttle_command),
        MessageHandler(new & sources, permissions.throttle_source),
    ):
        application.add_handler(first, group=-1)
    known = {
        "start": commands.start,
        "help": commands.help_,
        "about": commands.about,
        "pair": pairing.pair,
        "grant": pairing.grant,
        "revoke": pairing.revoke,
        "unpair": pairing.unpair,
        "articles": listing.articles,
        "remove": listing.remove,
        "forget": listing.forget,
        "watch": watching.watch,
        "digest": watching.digest,
        "feed": watching.feed,
        "status": pairing.status,
    }
    for name, handler in known.items():
        application.add_handler(CommandHandler(name, handler, new & ~filters.FORWARDED))
    pressed = {
        r"^(more|context|sources|back|thumb|all):": buttons.on_button,
        r"^(add|decline):": submissions.on_reply_to_add,
        r"^(page|remove):": listing.on_list,
        r"^undo:": listing.on_undo,
        r"^(forget|keep):": listing.on_forget,
        r"^unwatch:": watching.on_unwatch,
        r"^unfeed:": watching.on_unfeed,
    }
    for pattern, handler in pressed.items():
        application.add_handler(CallbackQueryHandler(handler, pattern))
    application.add_handler(CallbackQueryHandler(buttons.on_unknown_button))
    application.add_handler(
        MessageHandler(new & filters.StatusUpdate.MIGRATE, pairing.on_migration)
    )
    application.add_handler(MessageHandler(new & sources, submissions.on_source))
    application.add_handler(MessageHandler(new & filters.COMMAND, commands.unknown))
    application.add_handler(MessageHandler(new & words, questions.on_message))
    media = ~filters.StatusUpdate.ALL
    application.add_handler(MessageHandler(new & media, questions.on_something_else))
    edited = filters.UpdateType.EDITED_MESSAGE & words & ~filters.COMMAND & ~sources
    application.add_handler(MessageHandler(edited, questions.on_edited))
    application.add_handler(InlineQueryHandler(questions.on_inline))
    application.add_handler(ChatMemberHandler(pairing.on_membership))
    application.add_error_handler(_on_error)
    return application


async def _on_error(update: object, context: Context) -> None:
    """Whatever goes wrong, the person hears of it and the log says what it was."""
    if is_temporary(context.error) and isinstance(update, Update):
        services_of(context).queue.put_off(update.update_id)
        if not isinstance(context.error, InvalidToken):  # which ends the bot, and is told then
            log.warning("an update is put off: %s", context.error)
        return
    if isinstance(context.error, TelegramError):
        log.warning("Telegram refused: %s", context.error)
        return
    log.error("a defect", exc_info=context.error)
    if isinstance(update, Update) and update.effective_message is not None:
        try:
            await say(
                update.effective_message,
                "Something is wrong with me, and my log says what. Nothing you added is lost.",
            )
        except TelegramError as error:
            log.warning("a person could not be told: %s", error)
