"""An e-mail becomes what its author wrote; a page saved in mail format becomes its article."""

from __future__ import annotations

import email
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from retrieval import links
from retrieval.errors import UnreadableSource
from retrieval.reading import dates, lines, webpage
from retrieval.reading.decoding import declared_charset, text_of
from retrieval.reading.documents import markup, prose
from retrieval.reading.drafts import Draft

NO_TEXT = "this e-mail holds no text of its own; if the text is in a file sent with it, add that."
NO_PAGE = "this saved page holds no page; save it in the browser again, as .html, and add that."

RICHER = 1.5  # so many times the words of the plain text are more than another form of it

_REPLY_MARKS = re.compile(r"^\s*(?:(?:re|aw|fwd?|wg|sv|tr|rif|antw)\s*(?:\[\d+\])?:\s*)+", re.I)
# What names the author of the quoted lines below it, on one line or two.
_ATTRIBUTION = re.compile(
    r"^(?:On\b.{4,200}\bwrote|Am\b.{4,200}\bschrieb\b.{0,100}|Le\b.{4,200}\ba écrit\s?"
    r"|El\b.{4,200}\bescribió|Il\b.{4,200}\bha scritto):$"
)
_WROTE = re.compile(r"^.{3,100}\b(?:wrote|writes):$")
_END = re.compile(
    r"-- ?$|\s*(?:-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d'origine)\s*-{2,}"
    r"|_{20,})\s*$",
    re.I,
)
_SENT_FROM = re.compile(r"^(?:Sent from my|Get Outlook for|Von meinem .* gesendet)\b.{0,60}$", re.I)


def _message_of(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf\r\n"), policy=default)


def drafted(data: bytes, name: str, today: date) -> Draft:
    """Return what a letter says, without what it quotes and its signature.

    Raises UnreadableSource if it says nothing.
    """
    message = _message_of(data)
    plain, rich = _part(message, "plain"), _part(message, "html")
    written = _plain_paragraphs(plain, name) if plain else []
    shown = _html_paragraphs(rich, name) if rich else []
    # The richer of the two, which are often one text in two forms.
    size = len(" ".join(written).split())
    paragraphs = shown if len(" ".join(shown).split()) > RICHER * size else written
    if not paragraphs:
        raise UnreadableSource(name, NO_TEXT)
    senders = getattr(_header(message, "from"), "addresses", ())
    sent = getattr(_header(message, "date"), "datetime", None)
    return Draft(
        "\n\n".join(paragraphs),
        title=prose.title(_REPLY_MARKS.sub("", _field(message, "subject"))),
        author=next((prose.author(one.display_name) for one in senders), None),
        published=sent if sent and dates.plausible(sent, today) else None,
    )


def page_drafted(data: bytes, name: str, today: date) -> Draft:
    """Return the article of a page that was saved with its pictures in one file."""
    message = _message_of(data)
    for part in message.walk():
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        draft = webpage.drafted(_decoded(part, name), name, today)
        link = _field(message, "snapshot-content-location") or _field(part, "content-location")
        return replace(draft, url=draft.url or (link if links.is_web(link) else None))
    raise UnreadableSource(name, NO_PAGE)


def attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the names and the bytes of the files and the letters that were sent with a letter."""
    message = _message_of(data)
    body = [_part(message, "plain"), _part(message, "html")]
    for part in _outer_parts(message):
        if part.get_content_type() == "message/rfc822":
            for letter in cast("Iterator[EmailMessage]", part.iter_parts()):
                subject = _field(letter, "subject") or "letter"
                yield f"{subject}.eml", _safely(letter.as_bytes) or b""
            continue
        payload = part.get_payload(decode=True)
        file = " ".join((_safely(part.get_filename) or "").split())
        is_inline = part in body or part.get_content_disposition() == "inline"
        if file and not is_inline and isinstance(payload, bytes):
            yield file, payload


def _outer_parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of a letter, but not those of letters that are attached to it."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in cast("Iterator[EmailMessage]", message.iter_parts()):
            yield from _outer_parts(part)
    else:
        yield message


def _plain_paragraphs(part: EmailMessage, name: str) -> list[str]:
    text = _own_words(_decoded(part, name))
    parameters = getattr(_header(part, "content-type"), "params", {})
    if parameters.get("format", "").lower() == "flowed":
        # RFC 3676: a line that ends in a space goes on.
        text = re.sub(r" \n", "" if parameters.get("delsp", "").lower() == "yes" else " ", text)
        text = re.sub(r"(?m)^ ", "", text)
    blocks = lines.unwrapped(lines.blocks(text), lambda line: False)
    return [line for block in blocks for line in block]


def _html_paragraphs(part: EmailMessage, name: str) -> list[str]:
    root = markup.html_of(_decoded(part, name))
    if root is None:
        return []
    text = _own_words("\n\n".join(markup.paragraphs(root, "blockquote")))
    return [line for block in lines.blocks(text) for line in block]


def _part(message: EmailMessage, kind: str) -> EmailMessage | None:
    return cast("EmailMessage | None", _safely(lambda: message.get_body((kind,))))


def _own_words(text: str) -> str:
    """A letter without the lines it quotes, and without its signature."""
    kept: list[str] = []
    for line in text.splitlines():
        if _END.match(line):
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
    if charset and data.isascii():  # as ISO-2022-JP and UTF-7 are, whose letters ASCII are not
        with suppress(LookupError, ValueError):
            return data.decode(charset)
    return text_of(data, name, declared=charset) if data.strip() else ""


def _field(message: EmailMessage, name: str) -> str:
    return " ".join(str(_header(message, name) or "").split())


def _header(message: EmailMessage, name: str) -> Any:
    return _safely(lambda: message[name])


def _safely(get: Callable[[], Any]) -> Any:
    """What a call gives; None where Python's parser of fields fails (cpython #81834 and others)."""
    try:
        return get()
    except Exception:
        return None
