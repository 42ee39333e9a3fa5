"""An e-mail becomes what its author wrote; a page saved in mail format becomes its article."""

import email
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from email.policy import default
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.sources import dates, drafts, html, html_tree, plaintext
from retrieval.sources.drafts import Draft
from retrieval.sources.source import declared_charset, text_of
from retrieval.text import links

NO_TEXT = "this e-mail holds no text of its own; if the text is in a file sent with it, add that."

RICHER = 1.5  # so many times the words of the plain text are more than another form of it

_REPLY_MARKS = re.compile(r"^\s*(?:(?:re|aw|fwd?|wg|sv|tr|rif|antw)\s*(?:\[\d+\])?:\s*)+", re.I)
# What names the author of the quoted lines below it, on one line or two.
_ATTRIBUTION = re.compile(
    r"^(?:(?:On|Am|Le|El|Il)\b.{0,200}\n)?.{0,200}"
    r"\b(?:wrote|writes|schrieb.{0,100}|a écrit ?|escribió|ha scritto):\s*(?=^[ \t]*>|\Z)",
    re.MULTILINE,
)
_QUOTED = re.compile(r"^[ \t]*>.*|^(?:Sent from my|Get Outlook for)\b.{0,60}$", re.MULTILINE)
_END = re.compile(
    r"^(?:-- ?|[ \t]*-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine) ?-{2,}"
    r"|[ \t]*_{20,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def drafted(data: bytes, name: str, today: date) -> Draft:
    """Return what a letter says itself, or a saved page. Raises UnreadableSource if nothing."""
    message = _message_of(data)
    bodies = {
        part.get_content_type(): part for part in _parts(message)[::-1] if not _file_name(part)
    }
    plain = bodies.get("text/plain")
    rich = bodies.get("text/html") or bodies.get("application/xhtml+xml")
    saved_from = _words(message, "snapshot-content-location")
    if rich and (saved_from or "saved by" in _words(message, "from").lower()):
        draft = html.drafted(_decoded(rich, name), name, today)
        link = saved_from or _words(rich, "content-location")
        return replace(draft, url=draft.url or (link if links.is_web(link) else None))
    # The richer of the two, which are often one text in two forms.
    written, shown = ("\n\n".join(_paragraphs(part, name)) for part in (plain, rich))
    text = shown if len(shown.split()) > RICHER * len(written.split()) else written
    if not text:
        raise UnreadableSource(name, NO_TEXT)
    senders = getattr(_field(message, "from"), "addresses", ())
    sent = getattr(_field(message, "date"), "datetime", None)
    return Draft(
        text,
        title=drafts.given_title(_REPLY_MARKS.sub("", _words(message, "subject"))),
        author=next((drafts.given_author(sender.display_name) for sender in senders), None),
        published=sent if sent and dates.plausible(sent, today) else None,
    )


def attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the names and the bytes of the files and the letters that were sent with a letter."""
    for part in _parts(_message_of(data)):
        if part.get_content_type() == "message/rfc822":
            for letter in part.iter_parts():
                with suppress(Exception):
                    yield f"{_words(letter, 'subject') or 'letter'}.eml", letter.as_bytes()
        elif file := _file_name(part):
            yield file, part.get_payload(decode=True) or b""


def _message_of(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf\r\n"), policy=default)


def _parts(message: Any) -> list[Any]:
    """The parts of a letter, but not those of letters that are attached to it."""
    if message.get_content_maintype() != "multipart" or not message.is_multipart():
        return [message]
    return [inner for part in message.iter_parts() for inner in _parts(part)]


def _file_name(part: EmailMessage) -> str:
    """The name of a file that is attached; empty for what is part of the letter itself."""
    how = part.get_content_disposition()
    with suppress(Exception):
        name = "" if how == "inline" else part.get_filename("file" if how == "attachment" else "")
        return " ".join(name.split())
    return "file"


def _paragraphs(part: EmailMessage | None, name: str) -> list[str]:
    if part is None:
        return []
    text = _decoded(part, name)
    if part.get_content_subtype() != "plain":
        root = html_tree.parsed(text)
        text = "" if root is None else "\n\n".join(html_tree.prose(root, "blockquote"))
    text = _END.split("\n".join(text.splitlines()), maxsplit=1)[0]
    text = _QUOTED.sub("", _ATTRIBUTION.sub("", text))
    parameters = getattr(_field(part, "content-type"), "params", {})
    if parameters.get("format", "").lower() == "flowed":
        # RFC 3676: a line that ends in a space goes on.
        text = re.sub(r" \n", "" if parameters.get("delsp", "").lower() == "yes" else " ", text)
        text = re.sub(r"(?m)^ ", "", text)
    blocks = plaintext.unwrapped(plaintext.blocks(text))
    return [line for block in blocks for line in block]


def _decoded(part: Any, name: str) -> str:
    data = bytes(part.get_payload(decode=True) or b"")
    charset = part.get_content_charset() or declared_charset(data)
    if charset and data.isascii():  # as ISO-2022-JP and UTF-7 are, whose letters ASCII are not
        with suppress(LookupError, ValueError):
            return data.decode(charset)
    return text_of(data, name, declared=charset) if data.strip() else ""


def _field(message: EmailMessage, name: str) -> Any:
    """A field of a head; None where Python's parser of fields fails (cpython #81834 and others)."""
    with suppress(Exception):
        return message[name]
    return None


def _words(message: EmailMessage, name: str) -> str:
    return " ".join(str(_field(message, name) or "").split())
