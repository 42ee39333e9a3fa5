"""Layouts in which other things stand around the article: captions, quotes, columns, comments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import escape

from pages import forms, heads
from pages.heads import Dress
from pages.layouts import any_head, assembled, layout, page, story
from pages.markup import Site, Story, iso, ld, meta


@layout
def captions_told_twice(site: Site) -> tuple[str, Story]:
    """Figures whose caption is the text for the picture as well, or stands twice in the markup."""
    told = story(site, forms.news(site.writer, 7, 11))
    pieces = site.flowing(told.blocks).split("\n")
    for place in (4, 1):
        words = site.writer.sentence()
        credit = site.random.choice(["", f" Photo: {site.writer.name()}", " (AP Photo)"])
        caption = f"{escape(words)}{credit}"
        figure = site.random.choice(
            [
                f'<figure><img src="a.jpg" alt="{caption}">'
                f"<figcaption>{caption}</figcaption></figure>",
                f'<div{site.css("image")}><img src="a.jpg"><p>{caption}</p><p>{caption}</p></div>',
                f'<figure><picture><img src="a"></picture><div{site.css("caption")}>{caption}</div>'
                f'<figcaption aria-hidden="true">{caption}</figcaption></figure>',
            ]
        )
        pieces.insert(place, figure)
    return assembled(site, told, any_head(site, told), "\n".join(pieces)), told


@layout
def pull_quotes(site: Site) -> tuple[str, Story]:
    """Sentences of the article stand a second time, large, in a box."""
    told = story(site, forms.news(site.writer, 7, 11))
    pieces = site.flowing(told.blocks).split("\n")
    for place in (5, 2):
        sentence = told.texts[place + 1].split(". ")[0].rstrip(".")
        pieces.insert(
            place,
            site.box("pull-quote", f"<p>{escape(sentence, quote=False)}</p>", "aside blockquote"),
        )
    return assembled(site, told, any_head(site, told), "\n".join(pieces)), told


@layout
def crowded(site: Site) -> tuple[str, Story]:
    """Something stands between nearly all paragraphs."""
    told = story(site, forms.news(site.writer, 8, 12))
    return page(site, told, any_head(site, told), interruptions=6)


@layout
def handles_for_authors(site: Site) -> tuple[str, Story]:
    """Addresses and handles stand where names should, beside the names."""
    told = story(site, forms.news(site.writer), authors=1)
    name = told.authors[0]
    handle = "@" + name.split()[0].lower()
    node = {
        "@type": "NewsArticle", "headline": told.title, "datePublished": iso(told.published),
        "author": site.random.choice(
            [
                ["https://x.example/authors/12", {"name": name, "sameAs": handle}],
                [{"@type": "Person", "name": f"{name} ({handle})"}],
                {"@type": "Person", "name": f"{name}, {name.split()[0].lower()}@paper.example"},
                {"@type": "Person", "url": "https://x.example/authors/12", "name": f" {name} "},
            ]
        ),
        "publisher": {"@type": "NewsMediaOrganization", "name": [told.publisher]},
    }  # fmt: skip
    head = "\n".join(
        [
            heads.window(site, told), ld(node), meta("twitter:creator", handle),
            meta("article:author", "https://facebook.example/writer", "property"),
        ]
    )  # fmt: skip
    return page(site, told, Dress(head, heads.heading(site, told)))


@layout
def divs_without_paragraphs(site: Site) -> tuple[str, Story]:
    """A page whose paragraphs are div or span elements under names that mean nothing."""
    site.scheme = "hashed"
    told = story(site, forms.news(site.writer))
    tag = site.random.choice(["div", 'div class="css-1a2b3c"', 'div dir="auto"'])
    text = "\n".join(f"<{tag}>{site.inline(one)}</div>" for one in told.texts)
    return assembled(site, told, heads.json_ld(site, told), text), told


@layout
def nothing_but_the_domain(site: Site) -> tuple[str, Story]:
    """A page that names its publisher nowhere: the domain must do."""
    told = story(site, forms.news(site.writer))
    told = replace(told, publisher=site.domain.removeprefix("www."))
    node = {
        "@type": "Article", "headline": told.title, "datePublished": iso(told.published),
        "author": [{"name": name} for name in told.authors], "publisher": {"@id": "https://x.example/#o"},
    }  # fmt: skip
    head = f"<title>{told.title}</title>{ld(node)}" + meta(
        "og:site_name", told.publisher, "property"
    )
    text = site.flowing(told.blocks)
    site.writer.paper = "Home"
    return assembled(site, told, Dress(head, heads.heading(site, told)), text), told


@layout
def beside_a_wide_column(site: Site) -> tuple[str, Story]:
    """A column beside the article tells more words of other stories than the article has."""
    told = story(site, forms.news(site.writer, 4, 6))
    entries = "".join(
        f"<div{site.css('entry')}><h3>{link}</h3><p>{site.writer.paragraph((1, 2))}</p></div>"
        for link in site.links(9)
    )
    column = site.box("rail", f"<h2>Latest</h2>{entries}", "aside div")
    text = site.flowing(told.blocks)
    return assembled(site, told, any_head(site, told), text, extra=column), told


@layout
def many_comments(site: Site) -> tuple[str, Story]:
    """Readers said more than the article did."""
    told = story(site, forms.news(site.writer, 4, 6))
    said = "".join(
        f"<li id='comment-{number}'{site.css('comment')}><cite>{site.writer.name()}</cite>"
        f"<time datetime='2026-01-0{number + 1}T10:00:00Z'>{number} hours ago</time>"
        f"<p>{site.writer.paragraph((2, 4))}</p><a href='#reply'>Reply</a></li>"
        for number in range(8)
    )
    thread = (
        f"<div id='comments'><h3>8 comments</h3><ol{site.css('comment-list')}>{said}</ol></div>"
    )
    text = site.flowing(told.blocks)
    return assembled(site, told, any_head(site, told), text, extra=thread), told


@layout
def updated_before_published(site: Site) -> tuple[str, Story]:
    """Above the text it says when the article was changed, then when it appeared; no metadata."""
    told = story(site, forms.news(site.writer), timed=False)
    day = told.published
    changed = day + timedelta(days=3)
    above = (
        f"{heads.heading(site, told)}<p{site.css('byline')}>By {heads.listed(told.authors)}</p>"
        f"<p>Updated {changed:%B} {changed.day}, {changed.year}</p>"
        f"<p>Published {day:%B} {day.day}, {day.year}</p>"
    )
    head = f"<title>{told.title} | {told.publisher}</title>"
    return assembled(site, told, Dress(head, above), site.flowing(told.blocks)), told
