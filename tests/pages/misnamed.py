"""Layouts in which prose has the names, and the words, that furniture has elsewhere."""

from __future__ import annotations

from html import escape

from pages import forms
from pages.layouts import any_head, assembled, layout, story
from pages.markup import Block, Site, Story
from pages.prose import WORDS, Writer


def _lookalikes(writer: Writer, count: int) -> list[Block]:
    """Paragraphs whose first words are those of a box."""
    return [("p", text) for text in writer.some(WORDS["lookalikes"], count)]


@layout
def sections_named_by_headings(site: Site) -> tuple[str, Story]:
    """A document of Pandoc or Sphinx: each section has its heading as its id."""
    writer, random = site.writer, site.random
    blocks: list[Block] = [("p", writer.paragraph((2, 3)))]
    pieces = [site.flowing(blocks)]
    form = random.choice(
        [
            '<section id="{slug}" class="level2">{inner}</section>',
            '<div class="section" id="{slug}">{inner}</div>',
            '<section id="{slug}">{inner}</section>',
        ]
    )
    for heading in writer.some(WORDS["misleading headings"], 5):
        slug = heading.lower().replace(" ", "-")
        part: list[Block] = [("h2", heading)]
        part += [("p", writer.paragraph((1, 3))) for _ in range(random.randint(1, 3))]
        blocks += part
        pieces.append(form.format(slug=slug, inner=site.flowing(part)))
    told = story(site, blocks)
    return assembled(site, told, any_head(site, told), "\n".join(pieces)), told


@layout
def prose_with_names_of_boxes(site: Site) -> tuple[str, Story]:
    """Paragraphs and boxes of prose are called what furniture is called on other sites."""
    writer, random = site.writer, site.random
    told = story(site, forms.news(writer, 7, 11))
    pieces = site.flowing(told.blocks).split("\n")
    names = "bio social popular player-rating popular-vote social-life related-work cookie-recipe"
    for place in random.sample(range(len(pieces)), 4):
        name = random.choice(names.split())
        inner = pieces[place]
        if inner.startswith("<p>") and random.random() < 0.5:
            pieces[place] = f'<p class="{name}">{inner.removeprefix("<p>")}'
        else:
            pieces[place] = f'<div class="{name}">{inner}</div>'
    return assembled(site, told, any_head(site, told), "\n".join(pieces)), told


@layout
def prose_that_begins_like_boxes(site: Site) -> tuple[str, Story]:
    """Some sentences begin with the words of a button, and none is one."""
    blocks = forms.news(site.writer, 6, 9)
    for block in _lookalikes(site.writer, 4):
        blocks.insert(site.random.randint(1, len(blocks) - 1), block)
    told = story(site, blocks)
    return assembled(site, told, any_head(site, told), site.flowing(blocks)), told


@layout
def prose_set_apart(site: Site) -> tuple[str, Story]:
    """A quotation told nowhere else, a table and an aside hold sentences of the article."""
    writer, random = site.writer, site.random
    blocks = forms.news(writer, 6, 9)
    told = story(site, blocks)
    pieces = [site.set(tag, text) for tag, text in blocks]
    forms_apart = [
        '<blockquote class="pullquote">{}</blockquote>',
        "<aside><p>{}</p></aside>",
        "<table><tr><td>{}</td></tr></table>",
        '<blockquote class="pull-quote"><p>{}</p></blockquote>',
    ]
    for place in random.sample(range(1, len(pieces) - 1), 2):
        inner = escape(blocks[place][1], quote=False)
        pieces[place] = random.choice(forms_apart).format(inner)
    return assembled(site, told, any_head(site, told), "\n".join(pieces)), told
