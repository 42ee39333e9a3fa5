"""The bot put together: settings in, a running application out."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import signal
import time
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from functools import partial

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    ApplicationBuilder,
    ApplicationHandlerStop,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    MessageReactionHandler,
    TypeHandler,
    filters,
)
from tornado.web import Application as WebApplication

from bot.rendering.language import _
from bot.reporting import start_model
from bot.settings import Settings
from bot.telegram import alerts, redaction
from bot.telegram.context import (
    DEFAULTS,
    Bot,
    Context,
    Services,
    say,
    services_of,
    set_language,
    throttle,
)
from bot.telegram.handlers import (
    additions,
    administration,
    answer_buttons,
    articles,
    questions,
    subscriptions,
)
from bot.telegram.locks import LOOK_S, Locks
from bot.telegram.rate_limiter import RateLimiter, is_temporary
from bot.telegram.serving import Health, Receiver, listen
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import Store, belong, is_of_another, opened
from bot.telegram.update_queue import BotEnds, UpdateQueue
from retrieval import QuotewiseError, Unavailable

log = logging.getLogger(__name__)

AT_ONCE = 64  # connections to Telegram
STOP_S = 5.0  # seconds in which what is in work may end after a signal
THREADS_S = 1.5  # seconds in which the threads may end after the bot
RECEIVES = "receives updates"
"""The lock of the process that receives updates, and runs the jobs."""
RESUME_S = 5.0  # seconds between two looks for additions whose process has ended
STOPS = (signal.SIGTERM, signal.SIGINT)
LEVELS = {
    "apscheduler": logging.ERROR,  # it warns every two seconds while a feed takes longer than that
    "telegram.request.BaseRequest": logging.CRITICAL,  # a proxy's page needs no traceback
    "tornado.access": logging.CRITICAL,
}
REFUSED = (
    "Telegram refuses the token: it was revoked, or copied wrongly. Ask @BotFather for a new one "
    "and set QUOTEWISE_TELEGRAM_TOKEN to it."
)

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
    "new": questions.new,
    "remove": articles.remove,
    "forget": articles.forget,
    "watch": subscriptions.watch,
    "digest": subscriptions.digest,
    "feed": subscriptions.feed,
    "settings": subscriptions.settings,
}
BUTTONS = {
    answer_buttons.PATTERN: answer_buttons.on_button,
    r"^(add|decline):": additions.on_reply_to_add,
    r"^(page|pages|publishers|years|months):": articles.on_view,
    r"^(publisher|period|lift):": articles.on_filter,
    r"^article:": articles.on_article,
    r"^remove:": articles.on_remove,
    r"^undo:": articles.on_undo,
    r"^(forget|keep):": articles.on_forget,
    r"^unwatch:": subscriptions.on_unwatch,
    r"^unfeed:": subscriptions.on_unfeed,
    r"^set:": subscriptions.on_setting,
    "": answer_buttons.on_unknown_button,
}


def run(settings: Settings, telegram: TelegramSettings) -> None:
    """Run the bot until a signal ends it. Raises QuotewiseError if it cannot run."""
    redaction.hide(telegram.token, telegram.webhook_secret, *_passwords(settings.database))
    for number in STOPS:
        # Until `_serve` runs, there is nothing to finish. Whatever is just being imported could
        # catch an exception.
        signal.signal(number, lambda number, frame: os._exit(0))
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=telegram.log_level or logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%SZ",
        force=True,
    )
    logging.getLogger("bot").setLevel(telegram.log_level or logging.INFO)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
    store = opened(settings.database or settings.home / "telegram.sqlite")
    with _alone(store), settings.opened(to_write=True) as library:
        _take_over(store, telegram.token.partition(":")[0])
        start_model(library)
        services = Services(library, store, telegram, settings.risk)
        try:
            asyncio.run(_serve(services))
        finally:
            services.locks.close()
            store.close()
            ended = services.threads.end(THREADS_S)
        if not ended:
            # A thread cannot be cut off, and Python would wait for it. It adds articles in
            # transactions, and the next process begins again.
            log.warning("what is still being read is read again after the next start")
            logging.shutdown()
            os._exit(0)


def _passwords(database: str | None) -> list[str | None]:
    """Return what of a database's address must not be in a log."""
    try:
        address = make_url(database or "")
    except (ArgumentError, ValueError):  # it is refused with a sentence when it is opened
        return []
    in_query = address.query.get("password", ())
    return [address.password, *([in_query] if isinstance(in_query, str) else in_query)]


def _alone(store: Store) -> AbstractContextManager[None]:
    """Let one process serve the state in a file. Raises Busy if another does."""
    if store.is_shared:
        return nullcontext()
    return store.engine.alone(
        "telegram", lambda: "A bot is running in this folder already: stop it first."
    )


def _take_over(store: Store, bot: str) -> None:
    """Bind the store to a bot. Raises QuotewiseError if another bot is using it."""
    with closing(Locks(store)) as locks:
        if store.is_shared and is_of_another(store, bot) and not locks.take([RECEIVES]):
            raise QuotewiseError(
                "Another bot is using this database: stop it, or use a database of its own for "
                "each bot."
            )
        belong(store, bot)


async def _serve(services: Services) -> None:
    """Run until a signal says to stop. Raises QuotewiseError if the bot cannot run any longer."""
    application, settings = built(services), services.settings
    receiver = Receiver(application.bot, services.queue, settings)
    limiter = application.bot.rate_limiter
    stop, refused = asyncio.Event(), limiter.refused
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if settings.health_port is not None:
        show, repeated = services.metrics.show, limiter.repeated
        show("updates_waiting", "Updates that are not done", partial(_waiting, services.queue))
        show("receiving", "1 if Telegram granted the last request", receiver.receiving)
        again = "Requests to Telegram that were repeated"
        show("requests_repeated", again, lambda: repeated["requests"])
        twice = "Messages that may have been sent twice"
        show("messages_perhaps_twice", twice, lambda: repeated["messages"])
        pages = WebApplication(
            [("/(health|metrics)", Health)], receiver=receiver, metrics=services.metrics
        )
        listen(pages, "HEALTH", settings.health_host, settings.health_port)
    work = asyncio.create_task(_work(application, services, receiver))
    tasks = [work, asyncio.create_task(stop.wait()), asyncio.create_task(refused.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if refused.is_set():
            raise QuotewiseError(REFUSED)
        if work.done():
            work.result()
    except InvalidToken as error:
        raise QuotewiseError(REFUSED) from error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=1)
        await _end(application, services)


def _waiting(queue: UpdateQueue) -> float:
    """Return how many updates are not done; NaN while the database cannot be reached."""
    with suppress(QuotewiseError):
        return queue.waiting()
    return math.nan


async def _work(application: Bot, services: Services, receiver: Receiver) -> None:
    """Begin, and go on until Telegram refuses the token."""
    try:
        await application.initialize()
    except InvalidToken:
        raise
    except TelegramError as error:
        raise QuotewiseError(f"Telegram cannot be reached: {error}.") from error
    await application.start()
    left = services.queue.recover()
    if left and not services.store.is_shared:  # where they may be in work
        log.info("%d updates of an earlier run are worked off", left)
    if services.store.is_shared:
        with suppress(QuotewiseError):  # a question says what is wrong
            await services.run(services.library.warm_up)  # meanwhile others have the work
    work = [services.queue.work(), _resume(services)]
    tasks = [application.create_task(part) for part in work]
    try:
        await receiver.begin()
        services.queue.receiving = True
        log.info("the bot is ready")
        await _receive(application, services, receiver)
    finally:
        for task in tasks:
            task.cancel()


async def _resume(services: Services) -> None:
    """Go on with what ended processes were adding."""
    while not services.queue.closing:
        with suppress(QuotewiseError):  # the next round finds it
            additions.resume(services)
        await services.queue.pause(RESUME_S)


async def _receive(application: Bot, services: Services, receiver: Receiver) -> None:
    """Receive updates and run the jobs while no other process does."""
    locks, receives = services.locks, False
    run = asyncio.create_task(receiver.run(lambda: locks.holds(RECEIVES)))
    try:
        while not run.done():
            try:
                # If it is held, this notices if all locks have been lost.
                locks.take([] if locks.holds(RECEIVES) else [RECEIVES])
                receiver.is_standby = not locks.holds(RECEIVES)
            except QuotewiseError:
                receiver.is_standby = False
            if receives != locks.holds(RECEIVES):
                receives = not receives
                if receives:
                    log.info("this process receives updates")
                    alerts.schedule(application)
                else:
                    log.warning("another process may receive updates: the database was away")
                    alerts.unschedule(application)
            await asyncio.wait([run], timeout=LOOK_S)
        run.result()
    finally:
        run.cancel()
        alerts.unschedule(application)


async def _end(application: Bot, services: Services) -> None:
    """Finish what is in work, for some seconds; the rest waits in the queue."""
    services.queue.close()
    with suppress(QuotewiseError):
        services.additions.forgive_attempts(services.in_work)
    try:
        async with asyncio.timeout(STOP_S):
            if application.running:
                await application.stop()
            await application.shutdown()
    except TimeoutError:
        log.warning("what was still in work is done after the next start")


def built(services: Services) -> Bot:
    settings = services.settings
    application: Bot = (
        ApplicationBuilder()
        .updater(None)  # serving.Receiver receives updates
        .token(settings.token)
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .connection_pool_size(AT_ONCE)
        .rate_limiter(RateLimiter(services.store))
        .defaults(DEFAULTS)
        .build()
    )
    services.queue.application = application
    application.bot_data["services"] = services
    new = filters.UpdateType.MESSAGE
    words = filters.TEXT | filters.CAPTION
    # An animation shows as a document as well.
    sources = (filters.Document.ALL & ~filters.ANIMATION) | (filters.FORWARDED & words)
    media = ~filters.StatusUpdate.ALL
    edited = filters.UpdateType.EDITED_MESSAGE & words & ~filters.COMMAND & ~sources
    throttles = [
        CallbackQueryHandler(partial(throttle, "buttons")),
        MessageHandler(new & filters.COMMAND, partial(throttle, "commands")),
        MessageHandler(new & sources, partial(throttle, "sources")),
    ]
    application.add_handler(TypeHandler(Update, set_language), group=-2)
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
            MessageReactionHandler(answer_buttons.on_reaction),
            InlineQueryHandler(questions.on_inline),
            ChatMemberHandler(administration.on_membership),
        ]
    )
    application.add_error_handler(_on_error)
    return application


async def _on_error(update: object, context: Context) -> None:
    """Log what went wrong, and tell the person; an update or a job may be tried again."""
    error = context.error
    passes = isinstance(error, BotEnds | Unavailable) or is_temporary(error)
    if isinstance(update, Update) and passes:
        services_of(context).queue.put_off(update.update_id)
        # A refused token ends the bot with a message of its own.
        if not isinstance(error, BotEnds | InvalidToken):
            log.warning("an update is put off: %s", error)
        raise ApplicationHandlerStop  # or handlers of later groups would do their part
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
                    _(
                        "Something is wrong with me, and my log says what. Nothing you added is "
                        "lost."
                    ),
                )
            except TelegramError as unsent:
                log.warning("the message about it could not be sent: %s", unsent)
