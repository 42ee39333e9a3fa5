"""Message texts as Telegram counts, parses and stores them; lengths in UTF-16 units."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botapi.schema import Breach

LONGEST = 4096
LONGEST_CAPTION = 1024
MOST_ENTITIES = 100

TAGS = {"a": "text_link", "blockquote": "blockquote", "code": "code", "pre": "pre"}
TAGS |= dict.fromkeys(("b", "strong"), "bold") | dict.fromkeys(("i", "em"), "italic")
TAGS |= dict.fromkeys(("u", "ins"), "underline") | {"tg-spoiler": "spoiler"}
TAGS |= dict.fromkeys(("s", "strike", "del"), "strikethrough")
ATTRIBUTE = r"""\s+([a-z-]+)(?:\s*=\s*("[^"]*"|'[^']*'))?"""
TOKEN = re.compile(
    rf"<(?P<end>/?)(?P<tag>[a-z0-9-]+)(?P<attributes>(?:{ATTRIBUTE})*)\s*>"
    r"|&(?:#x(?P<hex>[0-9a-f]{1,5})|#(?P<decimal>[0-9]{1,6})|(?P<name>lt|gt|amp|quot));"
    r"|(?P<stray>[<>&])",
    re.IGNORECASE,
)
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

DOMAIN = r"(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|me|dev|ai|app|info|ru|de|uk|fr|eu|ua|ly|co)"
ADDRESS = rf"(?:https?://(?:[\w-]+\.)+[\w-]+|{DOMAIN})(?!\w)(?::\d+)?(?:[/?#][^\s<>\"]*)?"
DETECTED = {
    "url": re.compile(rf"(?<![\w@/.]){ADDRESS}", re.IGNORECASE),
    "bot_command": re.compile(
        r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"
    ),
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{3,32}(?!\w)"),
}
"""What the server marks in any text by itself."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked part of a text."""

    type: str
    offset: int
    length: int
    url: str | None = None

    @property
    def end(self) -> int:
        """The first unit after it."""
        return self.offset + self.length

    def of(self, text: str) -> str:
        """The marked words."""
        return text.encode("utf-16-le")[2 * self.offset : 2 * self.end].decode("utf-16-le")

    def json(self) -> dict[str, Any]:
        """A MessageEntity."""
        place = {"type": self.type, "offset": self.offset, "length": self.length}
        return place | ({"url": self.url} if self.url else {})


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text with its entities."""

    text: str
    entities: tuple[Entity, ...] = ()


class OpenTag(NamedTuple):
    """A start tag that waits for its end tag."""

    tag: str
    type: str
    href: str
    offset: int


def units(text: str) -> int:
    """The length of a text: characters beyond the first plane count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def parse_html(source: str) -> tuple[Formatted, list[str]]:
    """Read HTML; also list what the server accepts and its manual forbids. Raises Breach."""
    text, position = "", 0
    open_tags: list[OpenTag] = []
    entities: list[Entity] = []
    sloppy: list[str] = []
    for match in TOKEN.finditer(source):
        text += source[position : match.start()]
        position = match.end()
        where = f"at byte offset {len(source[: match.start()].encode())}"
        if match["stray"] == "<":
            end = source.find(">", position)
            raise _unparsable(f'Unsupported or unclosed tag "{source[position:end]}" {where}')
        if match["stray"]:
            sloppy.append(f'"{match[0]}" must be escaped in HTML')
            text += match[0]
        elif not match["tag"]:
            code = (match["hex"] and int(match["hex"], 16)) or int(match["decimal"] or 0)
            text += NAMED[match["name"].lower()] if match["name"] else chr(code)
        elif match["end"]:
            if not open_tags:
                raise _unparsable(f"Unexpected end tag {where}")
            opened = open_tags.pop()
            if match["tag"].lower() != opened.tag:
                raise _unparsable(
                    f'Unmatched end tag {where}, expected "</{opened.tag}>", found "{match[0]}"'
                )
            entities += _closed(opened, text)
        else:
            open_tags.append(_opened(match, units(text), open_tags, where))
    if open_tags:
        raise _unparsable(f'can\'t find end tag corresponding to start tag "{open_tags[-1].tag}"')
    return Formatted(text + source[position:], tuple(entities)), sloppy


def stored_form(message: Formatted, *, caption: bool = False) -> Formatted:
    """The text as the server stores it; raises Breach if it is empty or too long.

    A `caption` may be empty.
    """
    text = message.text.strip()
    if not text and not caption:
        raise Breach("message text is empty")
    if caption and units(text) > LONGEST_CAPTION:
        raise Breach("message caption is too long")
    if units(text) > LONGEST:
        raise Breach("message is too long")
    cut = units(message.text[: message.text.index(text)])
    entities = []
    for entity in message.entities:
        start, end = max(entity.offset - cut, 0), min(entity.end - cut, units(text))
        if start < end:
            entities.append(replace(entity, offset=start, length=end - start))
    if len(entities) > MOST_ENTITIES:
        raise Breach("ENTITIES_TOO_LONG")
    return with_detected(Formatted(text, tuple(entities)))


def with_detected(message: Formatted) -> Formatted:
    """The message with the commands, mentions and addresses that the server detects."""
    entities = list(message.entities)
    taken = [entity for entity in entities if entity.type in ("code", "pre", "text_link")]
    for type, pattern in DETECTED.items():
        for match in pattern.finditer(message.text):
            words = match[0].rstrip(".,;:!?'\")]") if type == "url" else match[0]
            new = Entity(type, units(message.text[: match.start()]), units(words))
            if not any(new.offset < old.end and old.offset < new.end for old in taken):
                taken.append(new)
                entities.append(new)
    entities.sort(key=lambda entity: (entity.offset, -entity.length))
    return replace(message, entities=tuple(entities))


def checked_url(url: str) -> str | None:
    """An address as the server stores it, with a path; None if it is not valid."""
    url = url.strip()
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or re.search(r"\s", url):
        return None
    if "." not in host and host != "localhost":
        return None
    rest = url.split(parts.netloc, 1)[1]
    return f"{parts.scheme.lower()}://{parts.netloc}{'' if rest.startswith('/') else '/'}{rest}"


def _opened(match: re.Match[str], offset: int, open_tags: list[OpenTag], where: str) -> OpenTag:
    tag = match["tag"].lower()
    if tag not in TAGS:
        raise _unparsable(f'Unsupported start tag "{tag}" {where}')
    if tag == "blockquote" and any(other.tag == tag for other in open_tags):
        raise _unparsable(f"Nested blockquote {where}")
    attributes = dict(re.findall(ATTRIBUTE, match["attributes"], re.IGNORECASE))
    type = "expandable_blockquote" if "expandable" in attributes else TAGS[tag]
    href = attributes.get("href", "")[1:-1]
    for name, character in NAMED.items():
        href = href.replace(f"&{name};", character)
    return OpenTag(tag, type, href, offset)


def _closed(opened: OpenTag, text: str) -> Iterator[Entity]:
    entity = Entity(opened.type, opened.offset, units(text) - opened.offset)
    if opened.tag == "a":
        entity = replace(entity, url=checked_url(opened.href or entity.of(text)))
    if entity.length and (entity.url or opened.tag != "a"):
        yield entity


def _unparsable(why: str) -> Breach:
    return Breach(f"can't parse entities: {why}")
