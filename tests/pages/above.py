"""What readers see of a page's facts: the title of its window, the heading, the byline."""

from __future__ import annotations

from datetime import datetime
from html import escape

from pages.markup import Site, Story, clock, iso


def listed(names: tuple[str, ...]) -> str:
    """Names as a sentence lists them."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def window(site: Site, story: Story) -> str:
    """The title of the window, which often names the site too, and the canonical link."""
    mark = site.random.choice([" | ", " - ", " – ", " — ", " · "])
    forms = [
        story.title,
        story.title + mark + story.publisher,
        story.title + mark + "Region" + mark + story.publisher,
    ]
    title = f"<title>{escape(site.random.choice(forms))}</title>"
    return f'{title}\n<link rel="canonical" href="{story.url}">'


def byline(site: Site, story: Story) -> str:
    """Who wrote it and when, as readers see it."""
    random = site.random
    names = listed(story.authors)
    if random.random() < 0.3:
        names = names.upper().replace(" AND ", " and ")
    elif random.random() < 0.4:
        names = escape(names)
        for name in story.authors:
            names = names.replace(escape(name), f'<a href="/authors/x">{escape(name)}</a>')
    by = random.choice(["By ", "by ", "By "]) + names
    if random.random() < 0.3:
        by += random.choice([", Staff Writer", ", Environment Correspondent", " | Staff Writer"])
    day = story.published
    written = random.choice(
        [f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%B} {day.year}", f"{day:%Y-%m-%d}"]
    )
    if isinstance(day, datetime):
        written += f" {clock(day)}"
    label = random.choice(["", "Published: ", "Published ", "Posted on "])
    time = random.choice(
        [
            f'<time datetime="{iso(day)}">{written}</time>',
            f"<span{site.css('date')}>{written}</span>",
        ]
    )
    tag = random.choice(["div", "p", "span"])
    parts = [
        f"<{tag}{site.css('byline')}>{by}</{tag}>",
        f"<div{site.css('meta')}>{label}{time}</div>",
    ]
    if random.random() < 0.3:
        parts.append(
            f"<div>{random.choice(['5 min read', '3 minute read', 'Listen to this article'])}</div>"
        )
    return "\n".join(random.sample(parts, len(parts)))


def heading(site: Site, story: Story, attributes: str = "") -> str:
    """The title as readers see it."""
    return f"<h1{site.css('headline')}{attributes}>{escape(story.title, quote=False)}</h1>"
