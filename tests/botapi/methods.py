"""Every method of the description by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from botapi import answers, chats, messages, profile
from botapi.refusals import Breach
from botapi.schema import METHODS, problems
from botapi.world import World

Method = Callable[[World, dict[str, Any]], Any]
BY_NAME: dict[str, Method] = {
    "answerCallbackQuery": answers.answer_callback_query,
    "answerInlineQuery": answers.answer_inline_query,
    "close": lambda world, asked: True,
    "deleteMessage": messages.delete_message,
    "deleteMyCommands": profile.delete_my_commands,
    "deleteWebhook": profile.delete_webhook,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "editMessageText": messages.edit_message_text,
    "getChat": chats.get_chat,
    "getChatAdministrators": chats.get_chat_administrators,
    "getChatMember": chats.get_chat_member,
    "getFile": chats.get_file,
    "getMe": profile.get_me,
    "getMyCommands": profile.get_my_commands,
    "getMyDescription": partial(profile.get_text, kind="description"),
    "getMyShortDescription": partial(profile.get_text, kind="short_description"),
    "getWebhookInfo": profile.get_webhook_info,
    "leaveChat": chats.leave_chat,
    "logOut": lambda world, asked: True,
    "sendChatAction": messages.send_chat_action,
    "sendDocument": messages.send_document,
    "sendMessage": messages.send_message,
    "setMyCommands": profile.set_my_commands,
    "setMyDescription": partial(profile.set_text, kind="description"),
    "setMyShortDescription": partial(profile.set_text, kind="short_description"),
    "setWebhook": profile.set_webhook,
}
MOST_UPDATES = 100


async def result(world: World, method: str, asked: dict[str, Any]) -> Any:
    """What the method answers, as its description says; raises Refused."""
    if method == "getUpdates":
        # Each update was checked when it was made, unless a test wanted it as it is.
        return await _updates(world, asked)
    with world.lock:
        answer = BY_NAME[method](world, asked)
    for problem in problems(METHODS[method]["returns"], answer, method):
        raise AssertionError(f"this server answered wrongly: {problem}: {answer}")
    return answer


async def _updates(world: World, asked: dict[str, Any]) -> list[dict[str, Any]]:
    limit, timeout = asked.get("limit", MOST_UPDATES), asked.get("timeout", 0)
    if not 1 <= limit <= MOST_UPDATES:
        raise Breach("limit must be between 1 and 100")
    if timeout < 0:
        raise Breach("timeout must not be negative")
    if not world.updates.webhook.url:
        profile.allow(world, asked)
        world.updates.confirm(asked.get("offset", 0))
    return await world.updates.polled(limit, timeout)
