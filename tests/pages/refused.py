"""Pages that are no articles, made by a generator as the articles are; all are to be refused."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pages import forms
from pages.markup import Site, ld, meta
from pages.prose import WORDS, Writer

Kind = Callable[[Site], str]
KINDS: dict[str, Kind] = {}


def kind(make: Kind) -> Kind:
    """Enter a kind of page under the name of its function."""
    KINDS[make.__name__] = make
    return make


def refused_page(name: str, seed: int) -> str:
    """The page of a kind and a seed."""
    random = Random(f"refused {name} {seed}")
    return KINDS[name](Site(random, Writer(random)))


def whole(site: Site, title: str, inner: str, head: str = "") -> str:
    """A page of the site around something that is no article."""
    around = site.furniture(most=3) if site.random.random() < 0.6 else []
    body = "\n".join(
        [site.navigation(), site.wrapped(f"<main>{inner}</main>"), *around, site.footer()]
    )
    return site.document(f"<title>{title}</title>{head}", body)


def teasers(site: Site, count: int, *, summaries: bool = True) -> str:
    """Headlines that lead to stories, each with a sentence or two of what it says."""
    writer, random = site.writer, site.random
    form = random.choice(
        [
            '<article{css}><h2><a href="{href}">{title}</a></h2><p>{summary}</p></article>',
            '<div{css}><a href="{href}"><h3>{title}</h3><p>{summary}</p></a></div>',
            '<li{css}><a href="{href}"><img src="a.jpg"></a><h3><a href="{href}">{title}</a></h3>'
            "<p>{summary}</p><span>By {name}</span> <time>3 hours ago</time></li>",
            '<section{css}><h4>Region</h4><h2><a href="{href}">{title}</a></h2><p>{summary}</p>'
            '<a href="{href}">Read more</a></section>',
            '<div{css}><p><a href="{href}"><b>{title}</b></a></p><p>{summary}</p></div>',
        ]
    )
    titles = [writer.fill(random.choice(WORDS["headlines"])) for _ in range(count - count // 3)]
    titles += random.sample(WORDS["elsewhere"], count // 3)
    return "\n".join(
        form.format(
            css=site.css("teaser"),
            href=f"/2024/{number}/{random.randrange(10**6)}",
            title=title,
            name=writer.name(),
            summary=writer.paragraph((1, 2)) if summaries else "",
        )
        for number, title in enumerate(titles)
    )


@kind
def front_page(site: Site) -> str:
    site_node = ld({"@type": "WebSite", "name": site.writer.paper, "url": "https://x.example"})
    head = site_node + meta("og:type", "website", "property")
    return whole(site, site.writer.paper, teasers(site, site.random.randint(9, 30)), head)


@kind
def front_page_without_metadata(site: Site) -> str:
    return whole(site, f"{site.writer.paper} - Home", teasers(site, site.random.randint(8, 24)))


@kind
def front_page_of_headlines(site: Site) -> str:
    return whole(site, site.writer.paper, teasers(site, 15, summaries=False))


@kind
def front_page_with_read_more(site: Site) -> str:
    posts = "".join(
        f"<div{site.css('item')}><h2>{site.writer.headline()}</h2>"
        f"<p>{site.writer.paragraph((1, 2))}</p>"
        f"<a href='/p/{number}'>{onward}</a></div>"
        for onward in [site.random.choice(["Read more", "Continue reading", "More »"])]
        for number in range(site.random.randint(6, 12))
    )
    return whole(site, site.writer.paper, posts)


@kind
def blog_with_whole_posts(site: Site) -> str:
    posts = "".join(
        f"<article{site.css('post')}><h2><a href='/p/{number}'>{site.writer.headline()}</a></h2>"
        f"<p>By {site.writer.name()}</p>"
        + site.flowing(forms.news(site.writer, 3, 5))
        + "</article>"
        for number in range(site.random.randint(5, 9))
    )
    return whole(site, site.writer.paper, f"<h1>{site.writer.paper}</h1>{posts}")


@kind
def section_page(site: Site) -> str:
    items = [{"@type": "ListItem", "position": 1, "url": "https://x.example/1"}]
    head = ld(
        {"@type": "CollectionPage", "mainEntity": {"@type": "ItemList", "itemListElement": items}}
    )
    inner = "<h1>Region</h1>" + teasers(site, site.random.randint(8, 20))
    return whole(site, f"Region | {site.writer.paper}", inner, head)


@kind
def tag_page(site: Site) -> str:
    inner = f"<h1>Tag: {site.writer.thing}</h1>" + teasers(site, site.random.randint(6, 15))
    pager = '<div><a href="?page=2">Older posts</a> <a href="?page=3">3</a></div>'
    return whole(site, f"{site.writer.thing} Archives - {site.writer.paper}", inner + pager)


@kind
def author_page(site: Site) -> str:
    name = site.writer.name()
    bio = f"<p>{name} is a reporter for {site.writer.paper} and lives in {site.writer.town}.</p>"
    inner = f"<h1>{name}</h1>{bio}" + teasers(site, site.random.randint(6, 15))
    head = ld({"@type": "ProfilePage", "mainEntity": {"@type": "Person", "name": name}})
    return whole(site, f"{name} | {site.writer.paper}", inner, head)


@kind
def search_results(site: Site) -> str:
    word = site.writer.thing.split()[0]
    form = f'<form action="/search"><input type="search" name="q" value="{word}"></form>'
    inner = f"<h1>Search results for “{word}”</h1>{form}<p>124 results</p>" + teasers(site, 10)
    return whole(site, f"Search results for {word}", inner, meta("robots", "noindex"))


@kind
def forum_index(site: Site) -> str:
    rows = "".join(
        f'<tr><td><a href="/t/{number}">{site.writer.headline()}</a></td><td>{number} replies</td>'
        f"<td>Last post by <a href='/u/1'>{site.writer.name()}</a></td></tr>"
        for number in range(site.random.randint(8, 20))
    )
    form = site.random.choice(
        ["<table><tr><th>Topic</th></tr>{}</table>", "<div><table>{}</table></div>"]
    )
    return whole(site, "Forum index", "<h1>All topics</h1>" + form.format(rows))
