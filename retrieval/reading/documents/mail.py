"""An e-mail becomes what its author wrote; a page saved in mail format becomes its article."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from retrieval.errors import UnreadableSource
from retrieval.reading import dates, lines, plaintext, webpage
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.documents import marked, properties
from retrieval.reading.drafts import Draft

NO_TEXT = "this e-mail holds no text of its own; if the text is in a file sent with it, add that."
TOO_MANY = (
    "this e-mail has more parts than any letter has; save its text as .txt, or the files sent with"
    " it, and add those."
)
NO_PAGE = "this saved page holds no page; save it in the browser again, as .html, and add that."

MOST_NESTED = 200
MOST_PARTS = 1000

_REPLY_MARKS = re.compile(r"^\s*(?:(?:re|aw|fwd?|wg|sv|tr|rif|antw)\s*(?:\[\d+\])?:\s*)+", re.I)
_ATTRIBUTION = re.compile(
    r"^(?:On\b.{4,200}\bwrote:|Am\b.{4,200}\bschrieb\b.{0,100}:|Le\b.{4,200}\ba écrit\s?:"
    r"|El\b.{4,200}\bescribió:|Il\b.{4,200}\bha scritto:)$"
)
_WROTE = re.compile(r"^.{3,100}\bwrote:$")
_QUOTED_BELOW = re.compile(
    r"^\s*(?:-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d'origine)\s*-{2,}"
    r"|_{20,})\s*$",
    re.I,
)
_SENT_FROM = re.compile(r"^(?:Sent from my|Get Outlook for|Von meinem .* gesendet)\b.{0,60}$", re.I)


def message_of(data: bytes, name: str) -> EmailMessage:
    """The message that bytes spell; there is no broken one, only one that says little."""
    nested = data.count(b"multipart/") + data.count(b"message/rfc822")
    if nested > MOST_NESTED or data.count(b"\nContent-Type:") > MOST_PARTS:
        raise UnreadableSource(name, TOO_MANY)
    return email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf\r\n"), policy=default)


def drafted(data: bytes, name: str, today: date) -> Draft:
    """The article that an e-mail is, without what it quotes and without its signature."""
    message = message_of(data, name)
    subject = _REPLY_MARKS.sub("", _field(message, "subject"))
    draft = _body(message, subject, name, today)
    if not draft.text.strip():
        raise UnreadableSource(name, NO_TEXT)
    return replace(
        draft,
        title=properties.title(subject) or draft.title,
        author=_sender(message) or draft.author,
        published=_sent(message, today) or draft.published,
    )


def page_drafted(data: bytes, name: str, today: date) -> Draft:
    """The article of a page that was saved with its pictures in one file."""
    message = message_of(data, name)
    for part in message.walk():
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        page = _decoded(part, name)
        draft = webpage.drafted(page, name, today)
        links = (
            _field(message, "snapshot-content-location"),
            _field(part, "content-location"),
            _field(message, "content-location"),
        )
        link = next((link for link in links if link.startswith(("http://", "https://"))), None)
        return replace(draft, url=draft.url or link)
    raise UnreadableSource(name, NO_PAGE)


def attachments(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The names and the bytes of the files that were sent with an e-mail."""
    message = message_of(data, name)
    body = {id(part) for kind in ("plain", "html") if (part := _part(message, kind))}
    for part in message.walk():
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            continue
        file = _file_name(part)
        if not file or id(part) in body or part.get_content_disposition() == "inline":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield file, payload


def _body(message: EmailMessage, subject: str, name: str, today: date) -> Draft:
    heading = [[subject]] if subject else []
    if (plain := _part(message, "plain")) and (text := _own_words(_decoded(plain, name))).strip():
        return plaintext.of_blocks([*heading, *lines.blocks(text)], today)
    if page := _part(message, "html"):
        text = _decoded(page, name)
        try:
            return webpage.drafted(text, name, today)
        except UnreadableSource:
            # A short letter is no web page.
            root = marked.html_of(text)
            written = [] if root is None else marked.paragraphs(root)
            own = _own_words("\n\n".join(written))
            return plaintext.of_blocks([*heading, *lines.blocks(own)], today, flowing=True)
    raise UnreadableSource(name, NO_TEXT)


def _part(message: EmailMessage, kind: str) -> EmailMessage | None:
    try:
        found = message.get_body(preferencelist=(kind,))
    except (KeyError, AttributeError, ValueError):
        return None
    return cast("EmailMessage | None", found)


def _own_words(text: str) -> str:
    """A letter without the lines it quotes, and without its signature."""
    kept: list[str] = []
    for line in text.splitlines():
        if line in ("-- ", "--") or _QUOTED_BELOW.match(line):
            break
        if line.lstrip().startswith(">"):
            _drop_attribution(kept)
        elif not _SENT_FROM.match(line):
            kept.append(line)
    _drop_attribution(kept)
    return "\n".join(kept)


def _drop_attribution(kept: list[str]) -> None:
    """Drop the last line, or the last two, if they say who wrote what is quoted below them."""
    while kept and not kept[-1].strip():
        kept.pop()
    if _ATTRIBUTION.match(" ".join(kept[-2:])):
        del kept[-2:]
    elif kept and (_ATTRIBUTION.match(kept[-1]) or _WROTE.match(kept[-1])):
        kept.pop()


def _decoded(part: EmailMessage, name: str) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or declared_charset(data)
    return text_of(data, name, declared=charset) if data.strip() else ""


def _sender(message: EmailMessage) -> str | None:
    addresses = getattr(_header(message, "from"), "addresses", ())
    return next((properties.author(one.display_name) for one in addresses), None)


def _sent(message: EmailMessage, today: date) -> date | None:
    sent: datetime | None = getattr(_header(message, "date"), "datetime", None)
    return sent if sent and dates.plausible(sent, today) else None


def _field(message: EmailMessage, name: str) -> str:
    return " ".join(str(_header(message, name) or "").split())


def _header(message: EmailMessage, name: str) -> Any:
    # The parser of fields fails on some that are broken (cpython #81834 and others).
    try:
        return message[name]
    except Exception:
        return None


def _file_name(part: EmailMessage) -> str:
    try:
        return " ".join((part.get_filename() or "").split())
    except Exception:
        return ""
