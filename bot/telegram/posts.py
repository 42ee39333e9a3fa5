"""A forwarded post read as an article."""

from __future__ import annotations

import hashlib

from telegram import (
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

LONGEST_TITLE = 80  # characters of a post's first line


def post(message: Message) -> dict[str, str | None]:
    """A forwarded post as an article: its first line is the title, its channel the publisher."""
    text = message.text or message.caption or ""
    origin = message.forward_origin
    source = author = url = None
    if isinstance(origin, MessageOriginChannel):
        source, author = origin.chat.title, origin.author_signature
        if origin.chat.username:
            url = f"https://t.me/{origin.chat.username}/{origin.message_id}"
    elif isinstance(origin, MessageOriginChat):
        source, author = origin.sender_chat.title, origin.author_signature
    elif isinstance(origin, MessageOriginUser):
        author = origin.sender_user.full_name
    elif isinstance(origin, MessageOriginHiddenUser):
        author = origin.sender_user_name
    title, *rest = [line.strip() for line in text.splitlines() if line.strip()]
    is_heading = rest and not title.endswith((".", "!", "?", "…", ":"))
    lines = rest if is_heading else [title, *rest]  # a heading is no sentence to quote
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
    return {
        "id": hashlib.sha256(f"{url or text}".encode()).hexdigest()[:16],
        "title": title,
        "text": "\n\n".join(lines),
        "url": url,
        "source": source,
        "author": author,
        "published": origin.date.isoformat() if origin else None,
    }
