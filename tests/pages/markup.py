"""The markup of invented sites: each seed has its own class names, wrappers and furniture."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from itertools import groupby
from random import Random
from typing import Any

from pages.prose import WORDS, Writer

Block = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Story:
    """What a page is about, before it is put into markup; `blocks` are tags and their text."""

    title: str
    publisher: str
    authors: tuple[str, ...]
    published: date
    url: str
    blocks: list[Block]
    language: str = "en"

    @property
    def texts(self) -> list[str]:
        """The paragraphs that a reader would call the article."""
        return [text for _, text in self.blocks]


@dataclass(slots=True)
class Site:
    """One site's way of writing HTML."""

    random: Random
    writer: Writer
    scheme: str = ""
    domain: str = ""
    habit: str = ""

    def __post_init__(self) -> None:
        self.habit = self.random.choice(["plain", "plain", "plain", "boxed", "spanned", "initial"])
        self.scheme = self.random.choice(["plain", "bem", "camel", "hashed", "prefixed"])
        letters = "".join(ch for ch in self.writer.paper.lower() if ch.isascii() and ch.isalpha())
        self.domain = self.random.choice(["www.", "", "news."]) + letters + ".example"

    def css(self, name: str) -> str:
        """A class attribute for a thing of this name, in the site's scheme of names."""
        match self.scheme:
            case "bem":
                name = f"c-{name.partition('-')[0]}__{name} {name}--default"
            case "camel":
                name = "".join(part.capitalize() for part in name.split("-")) + "_root__x9"
            case "hashed":
                name = f"css-{Random(name).randrange(16**6):06x}"
            case "prefixed":
                name = f"np-{name} col"
        return f' class="{name}"'

    def wrapped(self, inner: str, name: str = "wrap") -> str:
        """Some markup inside up to three boxes that mean nothing."""
        for number in range(self.random.randint(0, 3)):
            inner = f"<div{self.css(f'{name}-{number}')}>\n{inner}\n</div>"
        return inner

    def box(self, name: str, inner: str, tags: str = "div section aside") -> str:
        """A box of the page's furniture; a site with hashed classes names it for machines."""
        tag = self.random.choice(tags.split())
        hint = self.scheme == "hashed" and self.random.random() < 0.5
        told = f' data-testid="{name}"' if hint else ""
        return f"<{tag}{self.css(name)}{told}>{inner}</{tag}>"

    def links(self, count: int) -> list[str]:
        """Links to other stories of the site."""
        titles = self.random.sample(WORDS["elsewhere"], count)
        return [f'<a href="/story/{self.random.randrange(10**6)}">{title}</a>' for title in titles]

    def navigation(self) -> str:
        """The head of every page."""
        sections = "Home News Region Business Sport Culture Weather Podcasts Jobs".split()
        chosen = self.random.sample(sections, self.random.randint(4, 8))
        items = [f'<a href="/{name.lower()}/">{name}</a>' for name in chosen]
        if self.random.random() < 0.5:
            inner = "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
        else:
            inner = " | ".join(items)
        logo = f'<a href="/"{self.css("logo")}>{escape(self.writer.paper)}</a>'
        if self.random.random() < 0.2:
            logo = f"<h1>{logo}</h1>"
        tag = self.random.choice(["nav", "div"])
        return f"<header{self.css('header')}>{logo}<{tag}{self.css('nav')}>{inner}</{tag}></header>"

    def furniture(self, *, most: int = 5) -> list[str]:
        """Some of the boxes that stand around every article."""
        makers: list[Callable[[], str]] = [
            self.cookies, self.newsletter, self.sharing, self.tags, self.comments, self.related,
            self.most_read, self.advertisement,
        ]  # fmt: skip
        return [make() for make in self.random.sample(makers, self.random.randint(2, most))]

    def cookies(self) -> str:
        """A banner that asks for consent."""
        words = self.random.choice(WORDS["cookies"])
        return self.box("cookie-banner", f"<p>{words}</p><button>Accept all</button>", "div")

    def newsletter(self) -> str:
        """A box that asks for an address."""
        words = self.random.choice(WORDS["newsletters"])
        form = '<form><input type="email" placeholder="Your e-mail"><button>Sign up</button></form>'
        return self.box("newsletter-signup", f"<h3>Newsletter</h3><p>{words}</p>{form}")

    def sharing(self) -> str:
        """Buttons for other networks."""
        names = self.random.sample("Facebook X WhatsApp LinkedIn E-mail Telegram".split(), 4)
        items = "".join(f'<li><a href="#{name}">{name}</a></li>' for name in names)
        return self.box("share-bar", f"<span>Share this article</span><ul>{items}</ul>", "div")

    def tags(self) -> str:
        """What the article is filed under."""
        words = self.random.sample("harbour council budget rivers heritage transport".split(), 4)
        items = "".join(f'<a href="/tag/{word}" rel="tag">{word}</a> ' for word in words)
        return self.box("tags", f"<span>Topics:</span> {items}", "div ul section")

    def comments(self) -> str:
        """What readers wrote below."""
        said = "".join(
            f"<div{self.css('comment')}><b>{self.writer.name()}</b><p>{words}</p></div>"
            for words in self.random.sample(
                WORDS["comments"],
                self.random.randint(2, 6),
            )
        )
        return f'<section id="comments"{self.css("comments")}><h3>Comments (2)</h3>{said}</section>'

    def related(self) -> str:
        """A list of other stories."""
        heading = self.random.choice(["Related stories", "More on this topic", "You may also like"])
        links = self.links(self.random.randint(2, 4))
        if self.random.random() < 0.3:
            items = "".join(f"<h4>{link}</h4><p>{self.writer.sentence()}</p>" for link in links)
            return self.box("related-stories", f"<h3>{heading}</h3>{items}")
        items = "".join(f"<li>{link}</li>" for link in links)
        return self.box("related-stories", f"<h3>{heading}</h3><ul>{items}</ul>")

    def most_read(self) -> str:
        """A list of what others read."""
        items = "".join(f"<li>{link}</li>" for link in self.links(4))
        return self.box("most-read", f"<h3>Most read</h3><ol>{items}</ol>", "aside div")

    def advertisement(self) -> str:
        """A place that is sold."""
        words = self.random.choice(["Advertisement", "ADVERTISEMENT", "Sponsored content"])
        return self.box("ad-slot", f"<span>{words}</span><div id='dfp-1'></div>", "div aside")

    def footer(self, told: str = "") -> str:
        """The foot of every page."""
        links = " ".join(
            f'<a href="/{name.lower()}">{name}</a>'
            for name in "About Contact Privacy Terms".split()
        )
        tag = self.random.choice(["footer", "div"])
        return f"<{tag}{self.css('footer')}>{links}<p>{told}</p></{tag}>"

    def interruption(self) -> str:
        """Something that stands between two paragraphs and is none."""
        link = self.links(1)[0]
        makers: list[Callable[[], str]] = [
            lambda: f"<p{self.css('inline-link')}><strong>Read more:</strong> {link}</p>",
            lambda: f"<p><em>Also read: {link}</em></p>",
            self.related,
            self.newsletter,
            self.advertisement,
            lambda: self.box("video-player", "<p>Video player was slow to load.</p>", "div"),
            lambda: self.box("player", "<span>0:00 / 3:41</span> <span>Play</span>", "div"),
            lambda: f"<p>Follow us on {link.split('>')[0]}>Facebook</a> and X.</p>",
            lambda: "<p>Story continues below advertisement</p>",
            lambda: f"<p>{link}</p>",
            lambda: "<div>Listen to this article</div>",
            lambda: f"<ul><li>{link}</li><li>{self.links(1)[0]}</li></ul>",
            lambda: "<p>Your browser does not support the video tag.</p>",
            lambda: "<p>Photo: Getty Images</p>",
            lambda: f"<p><b>RELATED:</b> {link}</p>",
            lambda: f'<p>See also: <a href="/x">{self.random.choice(WORDS["elsewhere"])}</a></p>',
        ]
        return self.random.choice(makers)()

    def set(self, tag: str, text: str) -> str:
        """A block as an element, as the site sets all of its kind."""
        inner = self.inline(text)
        if tag == "p" and self.habit == "boxed":
            return f"<div{self.css('text-block')}><p>{inner}</p></div>"
        if tag == "p" and self.habit == "spanned":
            return f"<p{self.css('paragraph')}><span>{inner}</span></p>"
        if tag == "p" and self.habit == "initial" and inner[0].isalpha():
            return f"<p><span{self.css('drop-cap')}>{inner[0]}</span>{inner[1:]}</p>"
        return f"<{tag}>{inner}</{tag}>"

    def flowing(self, blocks: list[Block], *, interruptions: int = 0) -> str:
        """The blocks of a story as elements, with things between them."""
        pieces = []
        for tag, run in groupby(blocks, key=lambda block: block[0]):
            marked = [self.set(tag, text) for _, text in run]
            pieces += ["<ul>" + "".join(marked) + "</ul>"] if tag == "li" else marked
        for _ in range(interruptions):
            pieces.insert(self.random.randint(1, max(1, len(pieces) - 1)), self.interruption())
        return "\n".join(pieces)

    def inline(self, text: str) -> str:
        """A text with a link or some emphasis in it, now and then."""
        words = escape(text, quote=False).split(" ")
        if len(words) > 12 and self.random.random() < 0.3:
            place = self.random.randint(2, len(words) - 4)
            before, after = self.random.choice(
                [('<a href="/topic/x">', "</a>"), ("<em>", "</em>"), ("<b>", "</b>")]
            )
            words[place] = f"{before}{words[place]}{after}"
        return " ".join(words)

    def document(self, head: str, body: str, language: str = "en", attributes: str = "") -> str:
        """A whole page."""
        direction = ' dir="rtl"' if language == "ar" else ""
        return (
            f'<!DOCTYPE html>\n<html lang="{language}"{direction}{attributes}>\n<head>\n'
            f'<meta charset="utf-8">\n{head}\n<script>window.dataLayer = [];</script>\n</head>\n'
            f"<body>\n{body}\n</body>\n</html>\n"
        )


def iso(value: date) -> str:
    """A date or time as machines write it."""
    return value.isoformat()


def clock(value: date) -> str:
    """The hours and minutes of a date that has them."""
    return f"{value:%H:%M}" if isinstance(value, datetime) else "10:15"


def ld(node: Any) -> str:
    """A script of linked data."""
    return f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>'


def meta(name: str, content: str, key: str = "name") -> str:
    """A meta element."""
    return f'<meta {key}="{name}" content="{escape(content)}">'
