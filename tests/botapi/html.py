"""Telegram's HTML read as strictly as the server reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from botapi.refusals import Breach
from botapi.text import Entity, Formatted, units

TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "pre": "pre",
    "code": "code",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
SPACE = " \t\r\n\0\v"
END = ""  # what is read after the end of the text


@dataclass(frozen=True, slots=True)
class Opened:
    """A start tag whose end tag is still to come."""

    tag: str
    argument: str
    offset: int


@dataclass(slots=True)
class Reader:
    """One pass over a text; `sloppy` tells what the server lets pass and its manual does not."""

    source: str
    position: int = 0
    offset: int = 0
    written: list[str] = field(default_factory=list)
    open: list[Opened] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    sloppy: list[str] = field(default_factory=list)

    def read(self) -> Formatted:
        """The text and its entities; raises Breach with the server's own words."""
        while (character := self._here()) != END:
            if character == "<":
                if self._here(1) == "/":
                    self._end_tag()
                else:
                    self._start_tag()
                continue
            if character == "&" and (decoded := self._character()):
                self._write(decoded)
                continue
            if character in "&>":
                self.sloppy.append(f'"{character}" must be escaped in HTML')
            self._write(character)
            self.position += 1
        if self.open:
            raise _wrong(f'can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        text = "".join(self.written)
        if any("\ud800" <= one <= "\udfff" for one in text):
            raise _wrong("Text contains invalid Unicode characters after decoding HTML entities")
        # Only a program inside <pre> keeps its language.
        kept = [replace(one, more=()) if one.type == "code" else one for one in self.entities]
        return Formatted(text, tuple(kept))

    def _start_tag(self) -> None:
        begun = self._byte()
        self.position += 1
        tag = self._until(SPACE + ">").lower()
        if self._here() == END:
            raise _wrong(f"Unclosed start tag at byte offset {begun}")
        if tag not in TYPES:
            raise _wrong(f'Unsupported start tag "{tag}" at byte offset {begun}')
        argument = ""
        while True:
            self._skip_space()
            if self._here() == ">":
                break
            name, value = self._attribute(tag, begun)
            argument = _argument(tag, name, value, argument)
        self.position += 1
        if tag == "span" and argument != "spoiler":
            raise _wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {begun}')
        if tag == "blockquote" and any(one.tag == "blockquote" for one in self.open):
            raise _wrong(f"Nested blockquote at byte offset {begun}")
        self.open.append(Opened(tag, argument, self.offset))

    def _attribute(self, tag: str, begun: int) -> tuple[str, str | None]:
        name = self._until(SPACE + "=>")
        if not name:
            raise _wrong(f'Empty attribute name in the tag "{tag}" at byte offset {begun}')
        self._skip_space()
        if self._here() != "=":
            if self._here() == END:
                raise _wrong(f'Unclosed start tag "{tag}" at byte offset {begun}')
            if (tag, name) != ("blockquote", "expandable"):
                raise _wrong(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}"'
                    f" at byte offset {begun}"
                )
            return name, None
        self.position += 1
        self._skip_space()
        if self._here() not in ("'", '"'):
            token_begun = self._byte()
            value = self._matching(re.compile(r"[a-zA-Z0-9.-]*")).lower()
            if self._here() == END or self._here() not in SPACE + ">":
                raise _wrong(f"Unexpected end of name token at byte offset {token_begun}")
            return name, value
        mark = self._here()
        self.position += 1
        value = ""
        while self._here() not in (mark, END):
            decoded = self._character() if self._here() == "&" else None
            if decoded is None:
                value += self._here()
                self.position += 1
            else:
                value += decoded
        if self._here() == END:
            raise _wrong(f"Unclosed start tag at byte offset {begun}")
        self.position += 1
        return name, value

    def _end_tag(self) -> None:
        begun = self._byte()
        if not self.open:
            raise _wrong(f"Unexpected end tag at byte offset {begun}")
        self.position += 2
        name = self._until(SPACE + ">").lower()
        self._skip_space()
        if self._here() != ">":
            raise _wrong(f"Unclosed end tag at byte offset {begun}")
        self.position += 1
        opened = self.open.pop()
        if name and name != opened.tag:
            raise _wrong(
                f'Unmatched end tag at byte offset {begun}, expected "</{opened.tag}>",'
                f' found "</{name}>"'
            )
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: Opened) -> None:
        made = Entity(TYPES[opened.tag], opened.offset, self.offset - opened.offset)
        last = self.entities[-1] if self.entities else None
        same = last and (last.offset, last.length) == (made.offset, made.length)
        if opened.tag == "a":
            link = _link(opened.argument or self._said(opened))
            if link:
                self._add(made, link[0], **link[1])
        elif opened.tag == "tg-emoji":
            if not opened.argument.isdigit() or int(opened.argument) == 0:
                raise _wrong("Invalid custom emoji identifier specified")
            self._add(made, "custom_emoji", custom_emoji_id=opened.argument)
        elif opened.tag == "blockquote" and opened.argument:
            self._add(made, "expandable_blockquote")
        elif opened.tag == "pre" and last and same and last.type == "code" and last.more:
            self.entities[-1] = Entity("pre", made.offset, made.length, last.more)
        elif opened.tag == "code":
            self._add(made, "code", **({"language": opened.argument} if opened.argument else {}))
        else:
            self._add(made, made.type)

    def _add(self, made: Entity, type: str, **more: Any) -> None:
        self.entities.append(Entity(type, made.offset, made.length, tuple(more.items())))

    def _said(self, opened: Opened) -> str:
        said, wanted = "", self.offset - opened.offset
        for character in reversed("".join(self.written)):
            if units(said) >= wanted:
                break
            said = character + said
        return said

    def _character(self) -> str | None:
        """The character that an entity stands for; None, and nothing is read, if for none."""
        found = CHARACTER.match(self.source, self.position)
        if found is None:
            return None
        hexadecimal, decimal, name = found.groups()
        if name:
            decoded = NAMED.get(name)
        else:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal)
            decoded = chr(code) if 0 < code < 0x10FFFF and len(found[0].rstrip(";")) < 10 else None
        if decoded is not None:
            if not found[0].endswith(";"):
                self.sloppy.append(f'"{found[0]}" lacks its semicolon in HTML')
            self.position = found.end()
        return decoded

    def _write(self, character: str) -> None:
        self.written.append(character)
        self.offset += units(character)

    def _here(self, ahead: int = 0) -> str:
        return self.source[self.position + ahead : self.position + ahead + 1]

    def _byte(self) -> int:
        return len(self.source[: self.position].encode("utf-8", "surrogatepass"))

    def _until(self, marks: str) -> str:
        start = self.position
        while self._here() != END and self._here() not in marks:
            self.position += 1
        return self.source[start : self.position]

    def _matching(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.position)
        assert found is not None
        self.position = found.end()
        return found[0]

    def _skip_space(self) -> None:
        while self._here() != END and self._here() in SPACE:
            self.position += 1


def _argument(tag: str, name: str, value: str | None, before: str) -> str:
    if (tag, name) == ("blockquote", "expandable"):
        return "expandable"
    if value is not None:
        if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id")):
            return value
        if (tag, name) == ("code", "class") and value.startswith("language-"):
            return value.removeprefix("language-")
        if (tag, name) == ("span", "class") and value.startswith("tg-"):
            return value.removeprefix("tg-")
    return before


def _link(url: str) -> tuple[str, dict[str, Any]] | None:
    """A link's entity type and its fields; None for an address that is none."""
    mention = re.fullmatch(r"tg://user\?id=(\d+)", url)
    if mention:
        return "text_mention", {"user": int(mention[1])}
    checked = checked_url(url)
    return ("text_link", {"url": checked}) if checked else None


def checked_url(url: str) -> str | None:
    """An address as the server keeps it, with a path; None if it is none."""
    url = url.strip()
    if re.match(r"(tg|ton|tonsite):", url, re.IGNORECASE):
        return url
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    if re.search(r"\s", url) or ("." not in host and host != "localhost"):
        return None
    place = parts.netloc.lower() if "@" not in parts.netloc else parts.netloc
    rest = url.split(parts.netloc, 1)[1]
    return f"{parts.scheme.lower()}://{place}{'' if rest.startswith('/') else '/'}{rest}"


def _wrong(why: str) -> Breach:
    return Breach(f"can't parse entities: {why}")
