"""The web pages that a message links to."""

from __future__ import annotations

import re

from telegram import Message, MessageEntity

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]", re.IGNORECASE)
MARKED: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK, MessageEntity.MENTION]


def links_of(message: Message) -> tuple[list[str], str]:
    """The links of a message, each once, and its text without them.

    Telegram marks links, hidden ones and such without a scheme; it also marks “main.py” and
    “e.g.no” in a sentence. An address without a scheme and a path counts if it stands alone.
    """
    text = message.text or message.caption or ""
    parse = message.parse_entities if message.text else message.parse_caption_entities
    marked = parse(MARKED)
    left = bytearray(text, "utf-16-le")
    for entity in marked:
        place = slice(2 * entity.offset, 2 * (entity.offset + entity.length))
        left[place] = " ".encode("utf-16-le") * entity.length
    rest = left.decode("utf-16-le")
    written = LINK.findall(rest)  # a host without a dot, or a link within code
    rest = LINK.sub(" ", rest)
    is_alone = not re.search(r"\w", rest)
    links = [
        said if "://" in said else f"https://{said}"
        for entity, said in ((one, one.url or said) for one, said in marked.items())
        if entity.type != MessageEntity.MENTION
        and ("://" in said or "/" in said.rstrip("/") or is_alone)
    ]
    web = (link for link in [*links, *written] if link.lower().startswith(("http://", "https://")))
    return list(dict.fromkeys(web)), rest
