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

from bot.telegram.links import links_of

LONGEST_TITLE = 80  # characters of a post's first line


def post(message: Message, text: str) -> dict[str, str | None]:
    """A text, or a forwarded post, as an article: its first line is the title.

    A post has its channel as publisher, and its own address as link; if it has none, the link to
    another page that it gives, if it gives one and no more.
    """
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
    id = hashlib.sha256(f"{url or text}".encode()).hexdigest()[:16]
    links = links_of(message)[0]
    if origin and url is None and len(links) == 1:
        (url,) = links
    title, *rest = [line.strip() for line in text.splitlines() if line.strip()]
    is_heading = rest and not title.endswith((".", "!", "?", "…", ":"))
    lines = rest if is_heading else [title, *rest]  # a heading is no sentence to quote
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
    return {
        "id": id,
        "title": title,
        "text": "\n\n".join(lines),
        "url": url,
        "source": source,
        "author": author,
        "published": origin.date.isoformat() if origin else None,
    }
