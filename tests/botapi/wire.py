"""Users, chats and messages as the API shows them."""

from __future__ import annotations

from typing import Any

from botapi.people import Chat, File, Message, User

RIGHTS = """
    can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members
    can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories
    can_delete_stories
""".split()


def user(one: User) -> dict[str, Any]:
    """A User."""
    return {"id": one.id, "is_bot": one.is_bot, "first_name": one.first_name, **one.more}


def chat(one: Chat) -> dict[str, Any]:
    """A Chat."""
    shown: dict[str, Any] = {"id": one.id, "type": one.type}
    if one.user:
        names = {key: one.user.more.get(key) for key in ("last_name", "username")}
        return {**shown, "first_name": one.user.first_name, **_given(names)}
    return {**shown, "title": one.title, **_given({"username": one.username}), **_forum(one)}


def message(one: Message, *, within: bool = False) -> dict[str, Any]:
    """A Message; one within another does not show what it replies to."""
    shown = {
        "message_id": one.message_id,
        "date": one.date,
        "chat": chat(one.chat),
        "from": user(one.sender),
        "edit_date": one.edited,
        **one.more,
    }
    replied = one.chat.messages.get(one.reply_to or 0)
    if one.topic is not None and one.chat.forum:
        shown |= {"message_thread_id": one.topic, "is_topic_message": True}
        # A message in a topic that replies to none shows the one that began the topic.
        replied = replied or one.chat.messages.get(one.topic)
    elif one.reply_to is not None and one.chat.type == "supergroup":
        shown["message_thread_id"] = thread(one)
    if replied and not within and replied.message_id != one.message_id:
        shown["reply_to_message"] = message(replied, within=True)
    says, marks = ("caption", "caption_entities") if one.file else ("text", "entities")
    if one.text:
        shown[says] = one.text
    if one.entities:
        shown[marks] = [entity.wire() for entity in one.entities]
    if one.file:
        shown["document"] = document(one.file)
    if one.markup and "inline_keyboard" in one.markup:
        shown["reply_markup"] = one.markup
    return _given(shown)


def thread(one: Message) -> int:
    """The first message of the replies that one stands in."""
    before = one.chat.messages.get(one.reply_to or 0)
    return thread(before) if before else one.reply_to or one.message_id


def document(one: File) -> dict[str, Any]:
    """A Document."""
    return {**file(one), "file_name": one.name, "mime_type": one.mime}


def file(one: File) -> dict[str, Any]:
    """A File without its path."""
    return {"file_id": one.id, "file_unique_id": f"u{one.id[:12]}", "file_size": one.size}


def member(one: User, status: str) -> dict[str, Any]:
    """A ChatMember."""
    shown: dict[str, Any] = {"status": status, "user": user(one)}
    if status == "creator":
        shown["is_anonymous"] = False
    elif status == "administrator":
        shown |= {"can_be_edited": False, "is_anonymous": False, **dict.fromkeys(RIGHTS, True)}
    elif status == "kicked":
        shown["until_date"] = 0
    return shown


def _forum(one: Chat) -> dict[str, Any]:
    return {"is_forum": True} if one.forum else {}


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
