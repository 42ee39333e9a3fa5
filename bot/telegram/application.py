"""The bot put together: settings in, a running application out."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.settings import Settings
from bot.telegram import additions, commands, inline, membership, questions, secrecy
from bot.telegram.access import Access
from bot.telegram.answers import Answers
from bot.telegram.desk import Context, Desk, Pace
from bot.telegram.health import Health, free_port
from bot.telegram.inbox import Inbox, InOrderPerChat
from bot.telegram.patience import Patience
from bot.telegram.settings import TelegramSettings
from bot.telegram.store import opened
from retrieval import Library, QuotewiseError

log = logging.getLogger(__name__)

UPDATES = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
POLL_S = 30  # seconds for which Telegram holds a request for updates
STOP_S = 8.0  # seconds in which what is in work may end after SIGTERM

Bot = Application[Any, Any, Any, Any, Any, Any]


def run(settings: Settings, telegram: TelegramSettings) -> None:
    """Run the bot until it is told to stop. Raises QuotewiseError if it cannot run."""
    secrecy.hide(telegram.token)
    logging.getLogger("bot").setLevel(logging.INFO)
    if telegram.log_level:
        logging.getLogger().setLevel(telegram.log_level)
        logging.getLogger("bot").setLevel(telegram.log_level)
    store = opened(settings.home / "telegram.sqlite")
    with Library.open(
        settings.home,
        model=settings.model,
        copies=settings.model_copies,
        allow_hosts=settings.allow_hosts,
    ) as library:
        library.warm_up()
        inbox = Inbox(store)
        desk = Desk(
            library,
            Access(store, telegram.administrators),
            Answers(store, library),
            inbox,
            telegram,
            Pace(telegram.person_rate),
            Pace(telegram.chat_rate),
        )
        try:
            asyncio.run(_serve(built(desk)))
        finally:
            desk.close()
            store.close()


def built(desk: Desk) -> Bot:
    """The application with all its handlers."""
    settings = desk.settings
    application: Bot = (
        ApplicationBuilder()
        .token(settings.token)
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .connection_pool_size(64)
        .get_updates_read_timeout(POLL_S + 10)
        .rate_limiter(Patience())
        .update_queue(desk.inbox)
        .concurrent_updates(InOrderPerChat(desk.inbox))
        .build()
    )
    application.bot_data["desk"] = desk
    known = {
        "start": commands.start,
        "help": commands.help_,
        "about": commands.about,
        "pair": commands.pair,
        "grant": commands.grant,
        "revoke": commands.revoke,
        "articles": commands.articles,
        "remove": commands.remove,
        "forget": commands.forget,
    }
    for name, handler in known.items():
        application.add_handler(CommandHandler(name, handler, ~filters.UpdateType.EDITED))
    buttons = {
        r"^(more|context|sources|back|thumb):": questions.on_button,
        r"^(add|decline):": additions.on_offer,
        r"^(page|remove):": commands.on_list,
        r"^(forget|keep):": commands.on_forget,
    }
    for pattern, handler in buttons.items():
        application.add_handler(CallbackQueryHandler(handler, pattern))
    new = filters.UpdateType.MESSAGE
    sources = filters.Document.ALL | filters.FORWARDED
    application.add_handler(CallbackQueryHandler(questions.on_unknown_button))
    application.add_handler(
        MessageHandler(new & filters.StatusUpdate.MIGRATE, membership.on_migration)
    )
    application.add_handler(MessageHandler(new & sources, additions.on_source))
    application.add_handler(MessageHandler(new & filters.TEXT, questions.on_message))
    edited = filters.UpdateType.EDITED_MESSAGE & filters.TEXT
    application.add_handler(MessageHandler(edited, questions.on_edited))
    application.add_handler(InlineQueryHandler(inline.on_inline))
    application.add_handler(ChatMemberHandler(membership.on_membership))
    application.add_error_handler(_on_error)
    return application


async def _serve(application: Bot) -> None:
    """Run from the first connection to the last answer."""
    desk = application.bot_data["desk"]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await application.initialize()
    except InvalidToken as error:
        raise QuotewiseError(
            "Telegram refuses the token: it was revoked, or copied wrongly. Ask @BotFather for a "
            "new one and set QUOTEWISE_TELEGRAM_TOKEN to it."
        ) from error
    except TelegramError as error:
        raise QuotewiseError(f"Telegram cannot be reached: {error}.") from error
    async with Health(desk, application):
        additions.forget_old_offers(desk)
        await application.start()
        left = await desk.inbox.recover(application.bot)
        if left:
            log.info("%d updates of an earlier run are worked off", left)
        additions.resume(desk, application)
        await commands.register_menus(application.bot, desk)
        await _receive(application)
        log.info("the bot is ready")
        await stop.wait()
        await _end(application)


async def _receive(application: Bot) -> None:
    settings = application.bot_data["desk"].settings
    updater = application.updater
    assert updater is not None
    if settings.webhook_url:
        with free_port("webhook_port", settings.webhook_port):
            await updater.start_webhook(
                listen="127.0.0.1",
                port=settings.webhook_port,
                url_path="telegram",
                webhook_url=f"{settings.webhook_url.rstrip('/')}/telegram",
                secret_token=settings.webhook_secret,
                allowed_updates=UPDATES,
                bootstrap_retries=-1,
            )
        return
    await updater.start_polling(
        timeout=POLL_S,
        allowed_updates=UPDATES,
        bootstrap_retries=-1,
        error_callback=_PollingTrouble(),
    )


async def _end(application: Bot) -> None:
    """Finish what is in work, for some seconds; the rest waits in the inbox."""
    application.bot_data["desk"].inbox.closing = True
    try:
        async with asyncio.timeout(STOP_S):
            if application.updater is not None:
                await application.updater.stop()
            await application.stop()
            await application.shutdown()
    except TimeoutError:
        log.warning("what was still in work is done after the next start")


class _PollingTrouble:
    """Tells each trouble with Telegram in one line, once, and when it is over says nothing."""

    def __init__(self) -> None:
        self._told: type[TelegramError] | None = None

    def __call__(self, error: TelegramError) -> None:
        kind = type(error)
        if kind is self._told:
            return
        self._told = kind
        if isinstance(error, Conflict):
            log.error("another process polls with this token: stop one of the two")
        elif isinstance(error, InvalidToken):
            log.error("Telegram refuses the token: set the new one and start again")
        elif isinstance(error, NetworkError):
            log.warning("Telegram cannot be reached; trying again: %s", error)
        else:
            log.warning("Telegram answers with an error; trying again: %s", error)


async def _on_error(update: object, context: Context) -> None:
    """Whatever goes wrong, the person hears of it and the log says what it was."""
    if isinstance(context.error, TelegramError):
        log.warning("Telegram refused: %s", context.error)
        return
    log.error("a defect", exc_info=context.error)
    if isinstance(update, Update) and update.effective_message is not None:
        try:
            await questions.say(
                update.effective_message,
                "Something is wrong with me, and my log says what. Nothing you added is lost.",
            )
        except TelegramError as error:
            log.warning("a person could not be told: %s", error)
