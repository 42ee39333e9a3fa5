"""A newsroom of the tests' own: feeds and pages on a site, and what a library made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

from website import Reply, Website

from retrieval.library import Library
from retrieval.records import Outcome

NOW = datetime.now(UTC).replace(microsecond=0)
"""All tests count from here: servers say by the real clock when they want to be asked again."""

PUBLISHED = NOW - timedelta(days=1)
FEED = "/feed.xml"

# Each story has two paragraphs of its own; its page has boxes that are no article, too.
_PLACES = (
    "Skerry Point harbour",
    "the Vorn glacier",
    "Kelm town hall",
    "the Orle ferry",
    "Tesk mill",
    "Hollin bridge",
    "the Brand brewery",
    "Lunde school",
)
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>{title}</h1>{body}</article><footer>All rights reserved</footer></body></html>"""


@dataclass(frozen=True)
class Story:
    """An article of the newsroom, by its number."""

    number: int
    edition: int = 1

    @property
    def path(self) -> str:
        return f"/news/{self.number}-story.html"

    @property
    def title(self) -> str:
        return f"Council votes on {_PLACES[self.number % len(_PLACES)]} in case {self.number}"

    @property
    def paragraphs(self) -> list[str]:
        place = _PLACES[self.number % len(_PLACES)]
        return [
            f"The council voted on the repair of {place} on Tuesday, in its case number"
            f" {self.number}, after a debate of {self.number + 3} hours that few members attended.",
            f"The works at {place} will cost {self.number * 17 + 412} crowns, the treasurer Petra"
            f" Hallin said in edition {self.edition}, and they are to begin before the winter.",
            "Nobody in the hall spoke against the plan, although a petition had been handed in.",
        ]

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)

    @property
    def html(self) -> str:
        return "".join(f"<p>{escape(one)}</p>" for one in self.paragraphs)

    @property
    def page(self) -> Reply:
        return Reply(PAGE.format(title=self.title, body=self.html))


def item(site: Website, story: Story, **more: str) -> str:
    """A story as an item of RSS, with a summary; `more` adds elements or changes them."""
    elements = {
        "title": story.title,
        "link": site.url(story.path),
        "guid": f"case-{story.number}",
        "description": f"The council voted in case {story.number} …",
        "pubDate": format_datetime(PUBLISHED),
        **more,
    }
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items())
    return f"<item>{inner}</item>"


def rss(*items: str, title: str = "The Skerry Post", about: str = "") -> str:
    """A feed with these items."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content='
        '"http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{title}</title><link>https://post.example/</link>{about}{''.join(items)}"
        "</channel></rss>"
    )


def feed_of(site: Website, *stories: Story, **more: str) -> Reply:
    """A feed of stories, which can be asked for conditionally."""
    body = rss(*(item(site, one) for one in stories), **more)
    return Reply(body, type="application/rss+xml", etag=f'"{hash(body)}"')


def publish(site: Website, *stories: Story, feed: str = FEED) -> None:
    """Put up the pages of stories and a feed of all of them."""
    for story in stories:
        site.set(story.path, story.page)
    site.set(feed, feed_of(site, *stories))


def library_of_site(
    tmp_path: Path, copies: Path, site: Website, database: str | None
) -> Iterator[Library]:
    """An empty library that may read the site."""
    with Library.open(
        tmp_path / "home", copies=copies, allow_hosts=[site.host], database=database
    ) as empty:
        yield empty


def poll(library: Library, hours: float = 0, **more: bool) -> list[Outcome]:
    """Poll the feeds of a library, so many hours from now."""
    return list(library.poll(NOW + timedelta(hours=hours), library="main", **more))


def statuses(outcomes: Sequence[Outcome]) -> list[str]:
    return [one.status.value for one in outcomes]


def kept(library: Library) -> list[str]:
    """The texts of all articles of a library, in order."""
    return sorted(one.article.text for one in library.articles())
