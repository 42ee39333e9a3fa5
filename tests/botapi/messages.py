"""Methods that write, change and delete messages."""

from __future__ import annotations

import time
from typing import Any

from botapi import wire
from botapi.formatting import formatted, keyboard
from botapi.html import Reader
from botapi.people import Chat, File, Message
from botapi.refusals import Breach, Refused, bad_request
from botapi.schema import Upload
from botapi.text import LONGEST_CAPTION, Formatted
from botapi.world import World

Asked = dict[str, Any]
ACTIONS = """
    typing upload_photo record_video upload_video record_voice upload_voice upload_document
    choose_sticker find_location record_video_note upload_video_note
""".split()
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def send_message(world: World, asked: Asked) -> Asked:
    """sendMessage."""
    markup = keyboard(asked.get("reply_markup"))
    text = _text(world, asked, asked["text"])
    return _sent(world, asked, text, asked["text"], markup)


def send_document(world: World, asked: Asked) -> Asked:
    """sendDocument, with a new file or one that was sent before."""
    markup = keyboard(asked.get("reply_markup"))
    caption = asked.get("caption", "")
    mode, entities = asked.get("parse_mode", ""), asked.get("caption_entities", [])
    text = Formatted("")
    if caption:
        text = formatted(world, caption, mode, entities, LONGEST_CAPTION)
    given = asked["document"]
    file: File | None
    if isinstance(given, Upload):
        if not given.content:
            raise Breach("file must be non-empty")
        file = world.file(given.name, given.content, given.mime)
    elif (file := world.files.get(given)) is None:
        raise Breach("wrong file identifier/HTTP URL specified")
    return _sent(world, asked, text, caption, markup, file=file)


def edit_message_text(world: World, asked: Asked) -> Asked:
    """editMessageText; the keyboard goes unless it is given again."""
    markup = keyboard(asked.get("reply_markup"))
    text = _text(world, asked, asked.get("text", ""))
    message = _to_edit(world, asked)
    if message.file:
        raise Breach("there is no text in the message to edit")
    same = (message.text, message.entities) == (text.text, text.entities)
    if same and message.markup == markup:
        raise bad_request(NOT_MODIFIED)
    changed = world.change(
        message, text=text.text, entities=text.entities, html=asked["text"], markup=markup
    )
    return wire.message(changed)


def edit_message_reply_markup(world: World, asked: Asked) -> Asked:
    """editMessageReplyMarkup."""
    markup = keyboard(asked.get("reply_markup"))
    message = _to_edit(world, asked)
    if message.markup == markup:
        raise bad_request(NOT_MODIFIED)
    return wire.message(world.change(message, markup=markup))


def delete_message(world: World, asked: Asked) -> bool:
    """deleteMessage."""
    chat = world.open_chat(asked["chat_id"])
    message = chat.messages.get(asked["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    others = message.sender is not world.bot
    if others and not chat.user and chat.status(world.bot) != "administrator":
        raise bad_request("message can't be deleted")
    del chat.messages[message.message_id]
    return True


def send_chat_action(world: World, asked: Asked) -> bool:
    """sendChatAction."""
    if asked["action"] not in ACTIONS:
        raise Breach("wrong parameter action in request")
    chat = world.open_chat(asked["chat_id"])
    topic = _topic(chat, asked)
    world.chat_actions.append((time.time(), chat.id, asked["action"], topic))
    return True


def _text(world: World, asked: Asked, text: str) -> Formatted:
    return formatted(world, text, asked.get("parse_mode", ""), asked.get("entities", []))


def _sent(
    world: World,
    asked: Asked,
    text: Formatted,
    html: str,
    markup: Asked | None,
    *,
    file: File | None = None,
) -> Asked:
    chat = world.open_chat(asked["chat_id"])
    topic, replied = _topic(chat, asked), _replied(world, chat, asked)
    message = world.post(
        chat,
        world.bot,
        text.text,
        entities=text.entities,
        html=html,
        markup=markup,
        reply_to=replied.message_id if replied else None,
        topic=replied.topic if replied and topic is None else topic,
        file=file,
        more=_options(asked),
    )
    return wire.message(message)


def _options(asked: Asked) -> Asked:
    shown = {"link_preview_options": asked.get("link_preview_options")}
    shown["has_protected_content"] = asked.get("protect_content") or None
    return {name: value for name, value in shown.items() if value is not None}


def _topic(chat: Chat, asked: Asked) -> int | None:
    topic: int | None = asked.get("message_thread_id")
    if topic is not None and topic not in chat.topics:
        raise bad_request("message thread not found")
    return topic


def _replied(world: World, chat: Chat, asked: Asked) -> Message | None:
    reply = asked.get("reply_parameters")
    if reply is None:
        return None
    if reply.get("chat_id", chat.id) != chat.id:
        raise Breach("this server knows no replies to another chat")
    message = chat.messages.get(reply["message_id"])
    if message is None:
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    quote = reply.get("quote", "")
    if reply.get("quote_parse_mode", "").lower() == "html":
        quote = Reader(quote).read().text
    if quote not in message.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    return message


def _to_edit(world: World, asked: Asked) -> Message:
    if "inline_message_id" in asked:
        raise Refused(400, "Bad Request: MESSAGE_ID_INVALID")
    if "chat_id" not in asked:
        raise Breach("chat_id is empty")
    if "message_id" not in asked:
        raise Breach("message identifier is not specified")
    message = world.open_chat(asked["chat_id"]).messages.get(asked["message_id"])
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender is not world.bot:
        raise Breach("message can't be edited")
    return message
