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
from bot.telegram import access, redaction
from bot.telegram.answers import Answers
from bot.telegram.context import Bot, Context, Services, say, services_of
from bot.telegram.handlers import additions, administration, articles, questions, subscriptions
from bot.telegram.rate_limiter import RateLimiter, Throttles, is_temporary
from bot.telegram.serving import QuietRequests, RawUpdates, end_on_signal, serve
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import Access, Subscriptions, belong, opened
from bot.telegram.threads import Threads
from bot.telegram.update_queue import InOrderPerChat, UpdateQueue
from retrieval import QuotewiseError

log = logging.getLogger(__name__)

THREADS_S = 1.5  # seconds in which the threads may end after the bot

COMMANDS = {
    "start": administration.start,
    "help": administration.help_,
    "about": administration.about,
    "pair": administration.pair,
    "grant": administration.grant,
    "revoke": administration.revoke,
    "unpair": administration.unpair,
    "status": administration.status,
    "articles": articles.articles,
    "remove": articles.remove,
    "forget": articles.forget,
    "watch": subscriptions.watch,
    "digest": subscriptions.digest,
    "feed": subscriptions.feed,
}
BUTTONS = {
    r"^(more|context|sources|back|thumb|all):": questions.on_button,
    r"^(add|decline):": additions.on_reply_to_add,
    r"^(page|remove):": articles.on_list,
    r"^undo:": articles.on_undo,
    r"^(forget|keep):": articles.on_forget,
    r"^unwatch:": subscriptions.on_unwatch,
    r"^unfeed:": subscriptions.on_unfeed,
    "": questions.on_unknown_button,
}


def run(settings: Settings, telegram: TelegramSettings) -> None:
    """Run the bot until a signal ends it. Raises QuotewiseError if it cannot run."""
    redaction.hide(telegram.token, telegram.webhook_secret)
    end_on_signal()
    logging.getLogger("bot").setLevel(logging.INFO)
    if telegram.log_level:
        logging.getLogger().setLevel(telegram.log_level)
        logging.getLogger("bot").setLevel(telegram.log_level)
    # It warns every two seconds while a feed takes longer than that.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    store = opened(settings.home / "telegram.sqlite")
    belong(store, telegram.token.partition(":")[0])
    with settings.opened(to_write=True) as library:
        start_model(library)
        threads = Threads()
        members = Access(store, telegram.admins)
        services = Services(
            library,
            members,
            Answers(store, library, members.scope, threads),
            Subscriptions(store),
            UpdateQueue(store),
            telegram,
            Throttles.of(telegram.person_rate, telegram.chat_rate),
            threads,
            settings.risk,
        )
        try:
            asyncio.run(serve(built(services)))
        finally:
            store.close()
            ended = threads.end(THREADS_S)
        if not ended:
            # A thread cannot be cut off, and Python would wait for it. It adds articles in
            # transactions, and the next process begins again.
            log.warning("what is still being read is read again after the next start")
            logging.shutdown()
            os._exit(0)


def built(services: Services) -> Bot:
    """Build the application with all its handlers."""
    settings = services.settings
    processor = InOrderPerChat(services.queue)
    application: Bot = (
        ApplicationBuilder()
        .updater(None)  # serving.Polling and serving.Webhook receive updates
        .token(settings.token)
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .request(QuietRequests())
        .get_updates_request(RawUpdates())
        .rate_limiter(RateLimiter())
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
    media = ~filters.StatusUpdate.ALL
    edited = filters.UpdateType.EDITED_MESSAGE & words & ~filters.COMMAND & ~sources
    throttles = [
        CallbackQueryHandler(access.throttle_button),
        MessageHandler(new & filters.COMMAND, access.throttle_command),
        MessageHandler(new & sources, access.throttle_source),
    ]
    application.add_handlers(throttles, group=-1)
    application.add_handlers(
        [
            *(CommandHandler(n, do, new & ~filters.FORWARDED) for n, do in COMMANDS.items()),
            *(CallbackQueryHandler(do, pattern) for pattern, do in BUTTONS.items()),
            MessageHandler(new & filters.StatusUpdate.MIGRATE, administration.on_migration),
            MessageHandler(new & sources, additions.on_source),
            MessageHandler(new & filters.COMMAND, administration.unknown),
            MessageHandler(new & words, questions.on_message),
            MessageHandler(new & media, questions.on_something_else),
            MessageHandler(edited, questions.on_edited),
            InlineQueryHandler(questions.on_inline),
            ChatMemberHandler(administration.on_membership),
        ]
    )
    application.add_error_handler(_on_error)
    return application


async def _on_error(update: object, context: Context) -> None:
    """Log what went wrong, and tell the person; an update or a job may be tried again."""
    error = context.error
    if is_temporary(error) and isinstance(update, Update):
        services_of(context).queue.put_off(update.update_id)
        if not isinstance(error, InvalidToken):  # which ends the bot with a message of its own
            log.warning("an update is put off: %s", error)
    elif isinstance(error, TelegramError):
        log.warning("Telegram refused: %s", error)
    elif isinstance(error, QuotewiseError) and update is None:
        log.warning("%s", error)
    else:
        log.error("a defect", exc_info=error)
        if isinstance(update, Update) and update.effective_message is not None:
            try:
                await say(
                    update.effective_message,
                    "Something is wrong with me, and my log says what. Nothing you added is lost.",
                )
            except TelegramError as unsent:
                log.warning("the message about it could not be sent: %s", unsent)
