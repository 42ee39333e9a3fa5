"""What the server finds in any text by itself: commands, mentions, addresses, hashtags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from botapi.text import FIXED_WIDTH, Entity, Formatted, units

DOMAIN = r"(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|me|dev|ai|app|info|ru|de|uk|fr|eu|ua|ly|co)"
ADDRESS = rf"(?:https?://(?:[\w-]+\.)+[\w-]+|{DOMAIN})(?!\w)(?::\d+)?(?:[/?#][^\s<>\"]*)?"
PATTERNS = {
    "email": re.compile(rf"(?<![\w.@])[\w.+-]+@{DOMAIN}(?!\w)", re.IGNORECASE),
    "url": re.compile(rf"(?<![\w@/.]){ADDRESS}", re.IGNORECASE),
    "bot_command": re.compile(
        r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"
    ),
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{3,32}(?!\w)"),
    "hashtag": re.compile(r"(?<![\w&#])#\w*[^\W\d_]\w*"),
}
HIDING = (*FIXED_WIDTH, "text_link", "text_mention")


def completed(message: Formatted) -> Formatted:
    """The message with what the server finds in it, outside code and links."""
    taken = [one for one in message.entities if one.type in HIDING]
    added: list[Entity] = []
    for one in _found(message.text):
        if not any(_overlap(one, other) for other in (*taken, *added)):
            added.append(one)
    entities = sorted([*message.entities, *added], key=lambda one: (one.offset, -one.length))
    return replace(message, entities=tuple(entities))


def _found(text: str) -> Iterator[Entity]:
    for type, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            said = match[0].rstrip(".,;:!?'\")]") if type == "url" else match[0]
            yield Entity(type, units(text[: match.start()]), units(said))


def _overlap(one: Entity, other: Entity) -> bool:
    return one.offset < other.end and other.offset < one.end
