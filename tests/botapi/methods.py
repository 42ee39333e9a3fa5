"""The methods of the Bot API that the server implements; each raises Refused."""

import mimetypes
import re
from typing import Any
from urllib.parse import urlsplit

from botapi.schema import METHODS, TYPES, Breach, Refused, Upload, bad_request, problems
from botapi.text import Formatted, checked_url, parse_html, stored_form, units
from botapi.updates import Webhook
from botapi.world import CallbackAnswer, Chat, File, Json, Message, World

LONGEST_DATA = 64  # bytes, of a button's data and of an inline result's id
LONGEST_TOAST = 200
MOST_BUTTONS = 100
MOST_RESULTS = 50
MOST_COMMANDS = 100
BIGGEST_DOWNLOAD = 20 * 1024 * 1024
BIGGEST_UPLOAD = 50 * 1024 * 1024
LONGEST_COPIED = 256
PORTS = (443, 80, 88, 8443)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def send_message(world: World, given: Json) -> Json:
    """Post a message."""
    markup = _keyboard(given.get("reply_markup"))
    text = read_text(world, given["text"], given)
    more = {key: given[key] for key in ("link_preview_options",) if key in given}
    return _posted(world, given, text, html=given["text"], markup=markup, more=more)


def send_document(world: World, given: Json) -> Json:
    """Post an uploaded file with a caption."""
    markup, caption = _keyboard(given.get("reply_markup")), given.get("caption", "")
    text = read_text(world, caption, given, caption=True)
    file = _uploaded(given["document"])
    return _posted(world, given, text, html=caption, markup=markup, file=file)


def _posted(world: World, given: Json, text: Formatted, **more: Any) -> Json:
    """Post a message of the bot in the chat, the topic and the reply that it gives."""
    chat = world.open_chat(given["chat_id"])
    topic, replied = _topic(chat, given), _replied(chat, given)
    message = world.post(
        chat,
        world.bot,
        text,
        reply_to=replied.message_id if replied else None,
        topic=replied.topic if replied and topic is None else topic,
        **more,
    )
    return message.json()


def _uploaded(document: str | Upload) -> File:
    if isinstance(document, str):
        raise Breach("this server sends no file again")
    name, content = document
    if not content:
        raise Breach("file must be non-empty")
    if len(content) > BIGGEST_UPLOAD:
        raise Refused(413, "Request Entity Too Large")
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return File("BQACAgIAAxkDAAI", name, content, len(content), mime)


def edit_message_text(world: World, given: Json) -> Json:
    """Change a message's text; its keyboard goes unless it is given again."""
    markup = _keyboard(given.get("reply_markup"))
    html = given.get("text", "")
    text, message = read_text(world, html, given), _message_to_edit(world, given)
    if message.file:
        raise Breach("there is no text in the message to edit")
    old = (message.text, message.entities, message.markup)
    if old == (text.text, text.entities, markup):
        raise bad_request(NOT_MODIFIED)
    new = {"text": text.text, "entities": text.entities, "html": html, "markup": markup}
    return world.change(message, **new).json()


def edit_message_reply_markup(world: World, given: Json) -> Json:
    """Change the keyboard under a message."""
    markup = _keyboard(given.get("reply_markup"))
    message = _message_to_edit(world, given)
    if message.markup == markup:
        raise bad_request(NOT_MODIFIED)
    return world.change(message, markup=markup).json()


def answer_callback_query(world: World, given: Json) -> bool:
    """Answer a press of a button, once."""
    text = given.get("text", "")
    if units(text) > LONGEST_TOAST:
        raise Breach("MESSAGE_TOO_LONG")
    query = world.queries.get(given["callback_query_id"])
    if not query or query.inline or query.expired or query.answer:
        raise bad_request(TOO_OLD)
    query.answer = CallbackAnswer(text)
    return True


def answer_inline_query(world: World, given: Json) -> bool:
    """Answer an inline query, once; each result is checked as if it were sent."""
    results = given["results"]
    if len(results) > MOST_RESULTS:
        raise Breach("RESULTS_TOO_MUCH")
    ids = [result["id"] for result in results]
    if not all(1 <= len(id.encode()) <= LONGEST_DATA for id in ids):
        raise Breach("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise Breach("RESULT_ID_DUPLICATE")
    button = given.get("button", {})
    if not re.fullmatch("[A-Za-z0-9_-]{1,64}", button.get("start_parameter", "x")):
        raise Breach("START_PARAM_INVALID")
    for result in results:
        if not result["title"].strip():
            raise Breach("ARTICLE_TITLE_EMPTY")
        if "url" in result and not checked_url(result["url"]):
            raise Breach("wrong HTTP URL specified in url")
        content = result["input_message_content"]
        read_text(world, content["message_text"], content)
        _keyboard(result.get("reply_markup"))
    query = world.queries.get(given["inline_query_id"])
    if not query or not query.inline or query.answer:
        raise bad_request(TOO_OLD)
    query.answer = given
    return True


def get_chat_administrators(world: World, given: Json) -> list[Json]:
    """The administrators of a group who are not bots."""
    chat = world.open_chat(given["chat_id"])
    if chat.user:
        raise bad_request("there are no administrators in the private chat")
    return [
        world.users[id].as_member(status)
        for id, status in chat.members.items()
        if status in ("creator", "administrator") and not world.users[id].is_bot
    ]


def get_file(world: World, given: Json) -> Json:
    """Where to download a file."""
    file = world.files.get(given["file_id"])
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if file.size > BIGGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {**file.json(), "file_path": f"documents/{file.id}"}


def get_me(world: World, given: Json) -> Json:
    """The bot."""
    unable = ("can_connect_to_business", "has_main_web_app")
    able = {"can_join_groups": True, "supports_inline_queries": True} | dict.fromkeys(unable, False)
    return world.bot.json() | able | {"can_read_all_group_messages": not world.privacy}


def set_my_commands(world: World, given: Json) -> bool:
    """Check the menu of commands."""
    commands = given["commands"]
    if len(commands) > MOST_COMMANDS:
        raise Breach("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
            raise Breach("BOT_COMMAND_INVALID")
        if not 1 <= units(command["description"].strip()) <= 256:
            raise Breach("BOT_COMMAND_DESCRIPTION_INVALID")
    if len({command["command"] for command in commands}) < len(commands):
        raise Breach("BOT_COMMAND_DUPLICATE")
    if not re.fullmatch("([a-z]{2})?", given.get("language_code", "")):
        raise Breach("BOT_LANG_CODE_INVALID: invalid language code specified")
    if "chat_id" in (scope := given.get("scope", {})):
        world.open_chat(scope["chat_id"])
    return True


def set_webhook(world: World, given: Json) -> bool:
    """Send updates to an address from now on."""
    url, secret = urlsplit(given["url"]), given.get("secret_token", "")
    if url.scheme != "https":
        raise Breach("bad webhook: An HTTPS URL must be provided for webhook")
    if (url.port or 443) not in PORTS:
        raise Breach("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if not re.fullmatch("[A-Za-z0-9_-]{0,256}", secret):
        raise Breach("secret token contains illegal characters")
    _allow(world, given)
    delete_webhook(world, given)
    world.updates.webhook = Webhook(given["url"], secret)
    world.updates.interrupt("terminated by setWebhook request")
    world.updates.wake()
    return True


def delete_webhook(world: World, given: Json) -> bool:
    """Let the bot poll again."""
    world.updates.webhook = Webhook()
    return True


def get_webhook_info(world: World, given: Json) -> Json:
    """Where updates are sent, and how many wait."""
    return {
        "url": world.updates.webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.waiting),
    }


async def get_updates(world: World, given: Json) -> list[Json]:
    """The updates that wait, or the next; an offset confirms those before it."""
    if not world.updates.webhook.url:
        _allow(world, given)
        world.updates.confirm(given.get("offset", 0))
    return await world.updates.poll(given.get("limit", 100), given.get("timeout", 0))


FUNCTIONS = {
    name: globals()[re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)]
    for name in METHODS
}
"""The function above for each method of api.json: `get_file` for getFile."""


async def call(world: World, method: str, given: Json) -> Any:
    """Call a method with checked parameters, and check its result."""
    if method == "getUpdates":
        # Each update was checked when it was made, unless a test delivered it as it is.
        return await get_updates(world, given)
    with world.lock:
        result = FUNCTIONS[method](world, given)
    for problem in problems(METHODS[method]["returns"], result, method):
        raise AssertionError(f"this server answered wrongly: {problem}: {result}")
    return result


def read_text(world: World, text: str, given: Json, *, caption: bool = False) -> Formatted:
    """A text or a caption as the server stores it; raises Breach."""
    mode = given.get("parse_mode", "")
    if mode.lower() not in ("", "html") or {"entities", "caption_entities"} & given.keys():
        raise Breach("unsupported parse_mode: this server reads HTML only")
    if not mode:
        return stored_form(Formatted(text), caption=caption)
    message, sloppy = parse_html(text)
    world.violations += [f"{problem}: {text!r}" for problem in sloppy]
    return stored_form(message, caption=caption)


def _keyboard(markup: Json | None) -> Json | None:
    """A reply markup as the server stores it; raises Breach."""
    if not markup or "inline_keyboard" not in markup:
        return markup
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise Breach("reply markup is too long")
    for button in (button for row in rows for button in row):
        _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Json) -> None:
    if not button["text"].strip():
        raise Breach("can't parse inline keyboard button: text must be non-empty")
    looks = ("text", "style", "icon_custom_emoji_id")
    purposes = [name for name in button if name not in looks]
    if not purposes:
        raise Breach("text buttons are unallowed in the inline keyboard")
    if len(purposes) > 1:
        raise Breach(f"an inline keyboard button has both {purposes[0]} and {purposes[1]}")
    if not 1 <= len(button.get("callback_data", "x").encode()) <= LONGEST_DATA:
        raise Breach("BUTTON_DATA_INVALID")
    copied = button.get("copy_text", {}).get("text", "x")
    if not 1 <= units(copied) <= LONGEST_COPIED:
        raise Breach("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and not checked_url(button["url"]):
        raise Breach(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _topic(chat: Chat, given: Json) -> int | None:
    topic: int | None = given.get("message_thread_id")
    if topic is not None and topic not in chat.topics:
        raise bad_request("message thread not found")
    return topic


def _replied(chat: Chat, given: Json) -> Message | None:
    reply = given.get("reply_parameters")
    if reply is None:
        return None
    if reply.get("chat_id", chat.id) != chat.id:
        raise Breach("this server knows no replies to another chat")
    message = chat.messages.get(reply["message_id"])
    if message is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


def _message_to_edit(world: World, given: Json) -> Message:
    for name, error in (("chat_id", "chat_id"), ("message_id", "message identifier")):
        if name not in given:
            raise Breach(f"{error} is empty")
    message = world.open_chat(given["chat_id"]).messages.get(given["message_id"])
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender is not world.bot:
        raise Breach("message can't be edited")
    return message


def _allow(world: World, given: Json) -> None:
    """Note which kinds of updates the bot asks for; an empty list means the usual kinds."""
    kinds = given.get("allowed_updates", world.updates.allowed)
    if unknown := set(kinds) - TYPES["Update"]["fields"].keys():
        raise Breach(f"unknown kinds of updates: {', '.join(sorted(unknown))}")
    world.updates.allowed = tuple(kinds)
