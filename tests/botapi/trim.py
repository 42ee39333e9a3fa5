"""Makes api.json: `python tests/botapi/trim.py DESCRIPTION`, a machine-readable Bot API as JSON.

Every parameter of a kept method and every field of a kept type stays, without its prose. What
stands in a description and must be checked, the one value of a discriminating field, is kept as
`const`. A type that is not kept is refused wherever it is used.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

METHODS = """
    answerCallbackQuery answerInlineQuery close deleteMessage deleteMyCommands deleteWebhook
    editMessageReplyMarkup editMessageText getChat getChatAdministrators getChatMember getFile getMe
    getMyCommands getMyDescription getMyShortDescription getUpdates getWebhookInfo leaveChat logOut
    sendChatAction sendDocument sendMessage setMyCommands setMyDescription setMyShortDescription
    setWebhook
""".split()
TYPES = """
    AcceptedGiftTypes BotCommand BotCommandScope BotCommandScopeAllChatAdministrators
    BotCommandScopeAllGroupChats BotCommandScopeAllPrivateChats BotCommandScopeChat
    BotCommandScopeChatAdministrators BotCommandScopeChatMember BotCommandScopeDefault
    BotDescription BotShortDescription CallbackQuery Chat ChatFullInfo ChatMember
    ChatMemberAdministrator ChatMemberBanned ChatMemberLeft ChatMemberMember ChatMemberOwner
    ChatMemberRestricted ChatMemberUpdated CopyTextButton Document File ForceReply
    ForumTopicCreated InlineKeyboardButton InlineKeyboardMarkup InlineQuery InlineQueryResult
    InlineQueryResultArticle InlineQueryResultsButton InputFile InputMessageContent
    InputTextMessageContent KeyboardButton LinkPreviewOptions MaybeInaccessibleMessage Message
    InaccessibleMessage MessageEntity MessageOrigin MessageOriginChannel MessageOriginChat
    MessageOriginHiddenUser MessageOriginUser ReplyKeyboardMarkup ReplyKeyboardRemove
    ReplyParameters ResponseParameters SwitchInlineQueryChosenChat Update User WebAppInfo
    WebhookInfo
""".split()
CONST = re.compile(r'(?:always|must be) ["“]?(\w+)["”]?\.?$')


def main(description: str) -> None:
    """Write api.json beside this file."""
    whole = json.loads(Path(description).read_text("utf-8"))
    trimmed = {
        "version": whole["version"],
        "methods": {
            name: {"returns": method["returns"], "fields": _fields(method)}
            for name, method in whole["methods"].items()
            if name in METHODS
        },
        "types": {
            name: _type(kind, whole["types"])
            for name, kind in whole["types"].items()
            if name in TYPES
        },
    }
    text = json.dumps(trimmed, indent=1, ensure_ascii=False)
    # One line a field: the lists of types are not spread over several.
    text = re.sub(r"\{\s+(\"types\"[^{}]*?)\s+\}", lambda m: "{" + _one_line(m[1]) + "}", text)
    Path(__file__).with_name("api.json").write_text(text + "\n", "utf-8")


def _type(kind: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    if "subtypes" in kind:
        return {"subtypes": [name for name in kind["subtypes"] if name in types and name in TYPES]}
    return {"fields": _fields(kind)}


def _fields(described: dict[str, Any]) -> dict[str, Any]:
    fields = {}
    for field in described.get("fields", []):
        kept = {"types": field["types"], "required": field["required"]}
        const = CONST.search(field["description"])
        if const and field["types"] == ["String"]:
            kept["const"] = const[1]
        fields[field["name"]] = kept
    return fields


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text).replace("[ ", "[").replace(" ]", "]")


if __name__ == "__main__":
    main(*sys.argv[1:])
