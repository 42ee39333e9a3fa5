"""/settings: what a chat has set, with buttons that change it."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Message, Update

from bot.rendering.language import N_, _
from bot.rendering.telegram import plain_message
from bot.telegram.context import (
    Context,
    Press,
    Services,
    acknowledge,
    allowed,
    button,
    command,
    edit,
    pressed,
    say,
)

DENIED = N_("Only this group's administrators can change its settings.")


@command()
async def settings(update: Update, context: Context, services: Services, message: Message) -> None:
    """/settings"""
    text, buttons = _shown(services, message.chat_id)
    await say(message, text, buttons=buttons)


@pressed(DENIED)
async def on_setting(update: Update, context: Context, services: Services, press: Press) -> None:
    """Change a setting to what its button says, in a group for its administrators."""
    if not await allowed(update, context, DENIED):
        return
    chat = press.message.chat_id
    name, separator, value = press.rest.partition(":")
    if name == "adds" and separator:
        services.chat_settings.set_adds_at_once(chat, value == "on")
    await acknowledge(press.query)
    text, buttons = _shown(services, chat)
    await edit(press.message, plain_message(text), buttons)


def _shown(services: Services, chat: int) -> tuple[str, InlineKeyboardMarkup]:
    """Return what a chat has set, and a button for each setting that changes it."""
    if services.chat_settings.adds_at_once(chat):
        text = _("Settings of this chat\n\nI add what you send here without asking.")
        adds = button(_("Add without asking: on"), "set:adds:off")
    else:
        text = _("Settings of this chat\n\nI ask before I add what you send here.")
        adds = button(_("Add without asking: off"), "set:adds:on")
    return text, InlineKeyboardMarkup([[adds]])
