"""What people send that can be added to a chat's articles: files, links, posts and long texts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from telegram import Document, Message, MessageEntity, MessageOriginChannel, Update

from bot.rendering.language import N_, _
from retrieval import FEEDS, READABLE

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]", re.IGNORECASE)
MARKED: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK, MessageEntity.MENTION]
LONGEST_TITLE = 80  # characters of a post's first line
LARGEST = 20 * 1024 * 1024  # bytes; what the Bot API hands out
PASTED = 600
"""Characters from which on a message that asks nothing is an article somebody pasted."""

MOST_SOURCES = 50  # that are added together

KINDS = N_(
    "I read texts, web pages, PDF, office documents, e-books, e-mail and ZIP archives, and tell "
    "them by their names, which end in {endings}."
)
REASONS = {
    "kind": N_("I do not read files of that kind"),
    "feed": N_("that is a feed or a list of feeds: send /feed and the link of one"),
    "size": N_("it is over 20 MB, which Telegram does not hand to bots: please send it in parts"),
    "own": N_("I wrote that, and what it quotes is in the articles already"),
    "many": N_("I add {most} at once: please send it again"),
}
"""Why a source cannot be added."""

REQUEST = frozenset(
    """
    please pls thanks thank can could would will you just and also all too here
    add save store keep include take read import
    this that it these those them the a an our your my to for in into
    article articles file files link links post posts text message page library
    bitte danke kannst könntest würdest du mal und auch hier alle alles
    füge füg hinzu hinzufügen aufnehmen nimm auf speichere speicher speichern
    merke merken lies lesen
    das dies diese diesen dieses die den der es ein eine einen mir uns zu zur zum in
    artikel artikeln datei dateien beitrag beiträge nachricht seite bibliothek
    """.split()
)
"""Words that ask for nothing but an addition, even in “Can you add this, please?”."""


@dataclass(frozen=True, slots=True)
class Source:
    """A link, a file of Telegram, or an article, as JSON, that a post or a long text is."""

    link: str = ""
    file: str = ""
    post: str = ""
    name: str = ""
    """Of a file; also of what cannot be added."""
    unique: str = ""
    """The same each time that somebody sends the same file."""
    pasted: bool = False
    """Whether the post is a text that was written or pasted into the chat."""
    unread: str = ""
    """Why it cannot be added: a key of REASONS."""
    update: int = 0
    """The update that brought it."""

    @property
    def label(self) -> str:
        return self.name or self.link or str(json.loads(self.post)["title"])

    @property
    def reason(self) -> str:
        return _(REASONS[self.unread], most=MOST_SOURCES)

    @property
    def key(self) -> str:
        return self.link or self.unique or self.file or self.post or self.name


def unique(sources: Iterable[Source]) -> list[Source]:
    """Return each source once, from the last update that brought it."""
    return list({source.key: source for source in sources}.values())


def limited(sources: Iterable[Source]) -> list[Source]:
    """Return each source once; those beyond the number that is added at once cannot be added."""
    first, beyond = (every := unique(sources))[:MOST_SOURCES], every[MOST_SOURCES:]
    return [*first, *(replace(source, unread=source.unread or "many") for source in beyond)]


def source_of(message: Message, text: str, update: int) -> Source | None:
    """Return the file of a message, or the post it forwards, whose whole text is given."""
    if is_by_bot(message):
        return Source(name=_title(text) or "…", unread="own", update=update)
    if message.document and not message.animation:
        return _file(message.document, update)
    if message.forward_origin and text:
        return Source(post=post(message, text), update=update)
    return None


def text_source(message: Message, text: str, update: int) -> Source:
    return Source(post=post(message, text), pasted=True, update=update)


def links_in(update: Update) -> list[Source]:
    """Return the links of a message; none where it asks something besides, or is the bot's own."""
    message = update.effective_message
    if message is None or is_by_bot(message):
        return []
    links, rest = links_of(message)
    return [] if "?" in rest else [Source(link=link, update=update.update_id) for link in links]


def sources_replied_to(update: Update) -> list[Source]:
    """Return what can be added of the message that a message replies to."""
    message = update.effective_message
    replied = message and message.reply_to_message
    if replied is None or is_by_bot(replied):
        return []
    text, id = replied.text or replied.caption or "", update.update_id
    if source := source_of(replied, text, id):
        return [source]
    if len(text) > PASTED:
        return [text_source(replied, text, id)]
    return [Source(link=link, update=id) for link in links_of(replied)[0]]


def asks_to_add(text: str) -> bool:
    """Return whether a reply to a source asks for nothing but to add it."""
    return REQUEST.issuperset(re.findall(r"\w+", text.lower()))


def is_by_bot(message: Message) -> bool:
    """Return whether the bot wrote a message, or the one that it forwards."""
    origin = message.forward_origin
    authors = (message.from_user, message.via_bot, getattr(origin, "sender_user", None))
    return any(author is not None and author.id == message.get_bot().id for author in authors)


def _file(document: Document, update: int) -> Source:
    """Return a file as a source; the bot tells what it reads by the end of the name."""
    name = document.file_name or ""
    unread = ""
    if not name.lower().endswith(READABLE):
        unread = "feed" if name.lower().endswith(FEEDS) else "kind"
    elif (document.file_size or 0) > LARGEST:
        unread = "size"
    return Source(
        file=document.file_id,
        name=Path(name).name or "…",
        unique=document.file_unique_id,
        unread=unread,
        update=update,
    )


def post(message: Message, text: str) -> str:
    """Make an article, as JSON, of a text or a forwarded post: its first line is the title.

    A post has its channel as publisher, and its own address as link; without an address, the
    link to another page that it contains, if it contains exactly one.
    """
    origin = message.forward_origin
    url = None
    chat = getattr(origin, "chat", None) or getattr(origin, "sender_chat", None)
    user = getattr(origin, "sender_user", None)
    author = user.full_name if user else getattr(origin, "sender_user_name", None)
    if isinstance(origin, MessageOriginChannel) and origin.chat.username:
        url = f"https://t.me/{origin.chat.username}/{origin.message_id}"
    id = hashlib.sha256(f"{url or text}".encode()).hexdigest()[:16]
    links = links_of(message)[0]
    if origin and url is None and len(links) == 1:
        (url,) = links
    title, *rest = [line.strip() for line in text.splitlines() if line.strip()]
    is_heading = rest and not title.endswith((".", "!", "?", "…", ":"))
    lines = rest if is_heading else [title, *rest]  # a heading is no sentence to quote
    article = {
        "id": id,
        "title": _title(title),
        "text": "\n\n".join(lines),
        "url": url,
        "source": chat and chat.title,
        "author": author or getattr(origin, "author_signature", None),
        "published": origin.date.isoformat() if origin else None,
    }
    return json.dumps(article, ensure_ascii=False)


def _title(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= LONGEST_TITLE else line[:LONGEST_TITLE].rsplit(" ", 1)[0] + " …"


def links_of(message: Message) -> tuple[list[str], str]:
    """Return the links of a message, each once, and its text without them.

    Telegram marks links, hidden ones and such without a scheme; it also marks “main.py” and
    “e.g.no” in a sentence. An address without a scheme and a path counts if it is all there is.
    """
    text = message.text or message.caption or ""
    parse = message.parse_entities if message.text else message.parse_caption_entities
    marked = parse(MARKED)
    rest = text
    for written in marked.values():
        rest = rest.replace(written, " ", 1)
    unmarked = LINK.findall(rest)  # a host without a dot, or a link within code
    rest = LINK.sub(" ", rest)
    is_alone = not re.search(r"\w", rest)
    links = [
        said if "://" in said else f"https://{said}"
        for entity, said in ((entity, entity.url or said) for entity, said in marked.items())
        if entity.type != MessageEntity.MENTION
        and ("://" in said or "/" in said.rstrip("/") or is_alone)
    ]
    web = (link for link in [*links, *unmarked] if link.lower().startswith(("http://", "https://")))
    return list(dict.fromkeys(web)), rest
