"""The layouts: each makes a page of one kind, varied by its seed, and the story it tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

from pages import forms, heads
from pages.heads import Dress
from pages.markup import Block, Site, Story

Layout = Callable[[Site], tuple[str, Story]]
LAYOUTS: dict[str, Layout] = {}


def layout(make: Layout) -> Layout:
    """Enter a layout under the name of its function."""
    LAYOUTS[make.__name__] = make
    return make


def moment(site: Site, *, timed: bool = True) -> date:
    """When a story was published: a time with its zone, or a day."""
    random = site.random
    day = date(2009, 1, 1) + timedelta(days=random.randrange(6000))
    if not timed or random.random() < 0.15:
        return day
    zone = timezone(timedelta(hours=random.choice([-8, -5, 0, 0, 1, 2, 5.5, 9])))
    return datetime(
        day.year, day.month, day.day, random.randrange(24), random.randrange(60), tzinfo=zone
    )


def story(
    site: Site, blocks: list[Block], *, authors: int | None = None, timed: bool = True
) -> Story:
    """A story of this site, by one, two or three authors."""
    writer, random = site.writer, site.random
    names = {writer.name() for _ in range(authors or random.choice([1, 1, 1, 2, 3]))}
    title = writer.headline()
    slug = "".join(ch if ch.isalnum() and ch.isascii() else "-" for ch in title.lower())
    return Story(
        title, writer.paper, tuple(sorted(names)), moment(site, timed=timed),
        f"https://{site.domain}/{slug}-{random.randrange(10**6)}", blocks,
    )  # fmt: skip


def any_head(site: Site, told: Story) -> Dress:
    """One of the ways to tell the facts."""
    return site.random.choice(heads.HEADS)(site, told)


def assembled(site: Site, told: Story, dress: Dress, text: str, *, extra: str = "") -> str:
    """The page of a story: its text in the site's boxes, furniture above, beside and below."""
    random = site.random
    body = site.wrapped(f"<div{site.css('article-body')}{dress.body}>\n{text}\n</div>", "body")
    tag = "article" if random.random() < 0.7 else "div"
    inside, outside = site.furniture(), site.furniture(most=3)
    inner = "\n".join([dress.above, *inside[:1], body, *inside[1:]])
    article = f"<{tag}{site.css('article')}{dress.article}>\n{inner}\n</{tag}>"
    main = random.choice(["<main>{}</main>", '<div id="content">{}</div>', "{}"]).format(article)
    parts = [
        site.navigation(),
        *outside[:1],
        site.wrapped(main),
        *outside[1:],
        extra,
        site.footer(dress.foot),
    ]
    return site.document(dress.head, "\n".join(parts), told.language, dress.html)


def page(site: Site, told: Story, dress: Dress, *, interruptions: int = 0) -> tuple[str, Story]:
    """A page and its story, where the blocks stand in the page as they are."""
    return assembled(
        site, told, dress, site.flowing(told.blocks, interruptions=interruptions)
    ), told


@layout
def json_ld_news(site: Site) -> tuple[str, Story]:
    told = story(site, forms.news(site.writer))
    return page(site, told, heads.json_ld(site, told), interruptions=1)


@layout
def json_ld_graph(site: Site) -> tuple[str, Story]:
    told = story(site, forms.news(site.writer))
    return page(site, told, heads.graph(site, told), interruptions=1)


@layout
def microdata(site: Site) -> tuple[str, Story]:
    told = story(site, forms.news(site.writer))
    return page(site, told, heads.microdata(site, told))


@layout
def rdfa(site: Site) -> tuple[str, Story]:
    told = story(site, forms.news(site.writer))
    return page(site, told, heads.rdfa(site, told))


@layout
def open_graph(site: Site) -> tuple[str, Story]:
    told = story(site, forms.news(site.writer))
    return page(site, told, heads.open_graph(site, told), interruptions=1)


@layout
def library_meta(site: Site) -> tuple[str, Story]:
    told = story(site, forms.report(site.writer))
    return page(site, told, heads.dublin_core(site, told))


@layout
def brief(site: Site) -> tuple[str, Story]:
    told = story(site, forms.short(site.writer), authors=1)
    return page(site, told, any_head(site, told))


@layout
def blog_without_metadata(site: Site) -> tuple[str, Story]:
    told = story(site, forms.news(site.writer), timed=False)
    return page(site, told, heads.only_words(site, told))
