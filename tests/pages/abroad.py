"""Layouts in other languages, with the words that their sites put around an article."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pages import heads
from pages.heads import Dress
from pages.layouts import LAYOUTS, any_head, moment, story
from pages.markup import Block, Site, Story, meta
from pages.tongues import TONGUES, Tongue


def in_tongue(tongue: Tongue, site: Site) -> tuple[str, Story]:
    """A page in another language, with that language's words around the article."""
    random = site.random
    site.writer.paper = random.choice(tongue.papers)
    blocks: list[Block] = [("p", text) for text in tongue.paragraphs(random)]
    told = replace(
        story(site, blocks),
        title=random.choice(tongue.headlines),
        authors=(random.choice(tongue.names),),
        language=tongue.code,
    )
    dress = any_head(site, told)
    if random.random() < 0.4:
        told = replace(told, published=moment(site, timed=False))
        by = tongue.byline.format(told.authors[0])
        dress = Dress(
            heads.window(site, told) + meta("og:site_name", told.publisher, "property"),
            f"{heads.heading(site, told)}<p{site.css('byline')}>{by}</p>"
            f"<p{site.css('date')}>{tongue.date_line(told.published)}</p>",
        )
    notice, cookies, *others = tongue.around
    pieces = site.flowing(blocks).split("\n")
    pieces.insert(1, site.box("ad-slot", notice, "div"))
    link = f"<a href=x>{random.choice(tongue.headlines)} 2</a>"
    pieces.insert(3, f"<p>{tongue.read_more.format(link)}</p>")
    body = f"<div{site.css('article-body')}{dress.body}>" + "\n".join(pieces) + "</div>"
    article = f"<article{dress.article}>{dress.above}{site.wrapped(body, 'body')}</article>"
    links = " ".join(f'<a href="/{number}">{words}</a>' for number, words in enumerate(others))
    around = site.box("cookie-banner", f"<p>{cookies}</p>", "div") + f"<footer>{links}</footer>"
    return site.document(dress.head, site.wrapped(article) + around, tongue.code), told


LAYOUTS |= {f"in_{tongue.code}": partial(in_tongue, tongue) for tongue in TONGUES}
