"""How pages tell what they are about: linked data, microdata, RDFa, meta elements, or words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from pages.above import byline, heading, listed, window
from pages.markup import Site, Story, iso, ld, meta


@dataclass(frozen=True, slots=True)
class Dress:
    """What a page says of its story: in its head, above the text, around it, and at the foot."""

    head: str
    above: str
    article: str = ""
    body: str = ""
    html: str = ""
    foot: str = ""


def _node(site: Site, story: Story) -> dict[str, Any]:
    random = site.random
    people: list[Any] = [{"@type": "Person", "name": name} for name in story.authors]
    author = random.choice(
        [
            people,
            people[0] if len(people) == 1 else people,
            list(story.authors),
            [{"@type": ["Person"], "name": f"By {name.upper()}"} for name in story.authors],
            [{**person, "url": "https://x.example/staff"} for person in people],
            {"@type": "Person", "name": [*story.authors]},
        ]
    )
    logo = {"@type": "ImageObject", "url": "https://x.example/logo.png"}
    changed = story.published + timedelta(days=random.randint(0, 9))
    return {
        "@context": "https://schema.org",
        "@type": random.choice(["NewsArticle", "Article", ["NewsArticle"], "ReportageNewsArticle"]),
        "headline": story.title,
        "datePublished": iso(story.published),
        "dateModified": iso(changed),
        "author": author,
        "publisher": {"@type": "Organization", "name": story.publisher, "logo": logo},
        "mainEntityOfPage": {"@type": "WebPage", "@id": story.url},
    }


def json_ld(site: Site, story: Story) -> Dress:
    """One object of linked data, and nothing else to go by but teasers of other articles."""
    node = _node(site, story)
    elsewhere = {
        "@type": "NewsArticle", "headline": "Choir of postmen wins national prize",
        "datePublished": "2023-01-01", "author": {"@type": "Person", "name": "Nobody Here"},
    }  # fmt: skip
    match site.random.choice(["one", "list", "escaped", "teasers", "cut"]):
        case "list":
            script = ld([node])
        case "escaped":
            script = ld(node | {"headline": escape(story.title).replace("“", "&#8220;")})
        case "teasers":
            script = ld(elsewhere) + ld(node)
        case "cut":
            script = ld(node | {"headline": story.title[:30].rstrip() + "…"})
        case _:
            script = ld(node)
    above = heading(site, story)
    if site.random.random() < 0.6:
        above += byline(site, story)
    return Dress(window(site, story) + script, above)


def graph(site: Site, story: Story) -> Dress:
    """A graph whose article points at its author and publisher by their ids, as blogs have it."""
    node = _node(site, story)
    people = [
        {"@type": "Person", "@id": f"{story.url}#/person/{number}", "name": name}
        for number, name in enumerate(story.authors)
    ]
    house = {"@type": ["Organization"], "@id": "https://x.example/#org", "name": story.publisher}
    node |= {
        "author": [{"@id": person["@id"]} for person in people],
        "publisher": {"@id": house["@id"]},
    }
    if site.random.random() < 0.3:
        node["publisher"] = house["@id"]
    around = {
        "@type": "WebPage", "@id": story.url, "name": f"{story.title} - {story.publisher}",
        "datePublished": "2001-01-01T00:00:00+00:00", "isPartOf": {"@id": "https://x.example/#site"},
    }  # fmt: skip
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [{"@type": "ListItem", "position": 1, "name": "Home"}],
    }
    nodes = [around, crumbs, node, house, *people]
    site.random.shuffle(nodes)
    head = window(site, story) + ld({"@context": "https://schema.org", "@graph": nodes})
    return Dress(
        head, heading(site, story) + (byline(site, story) if site.random.random() < 0.5 else "")
    )


def microdata(site: Site, story: Story) -> Dress:
    """Facts told by attributes of what readers see."""
    people = "".join(
        f'<span itemprop="author" itemscope itemtype="https://schema.org/Person">'
        f'<span itemprop="name">{escape(name)}</span></span> '
        for name in story.authors
    )
    changed = story.published + timedelta(days=3)
    told = (
        f'<meta itemprop="dateModified" content="{iso(changed)}">'
        f'<meta itemprop="datePublished" content="{iso(story.published)}">'
        '<div itemprop="publisher" itemscope itemtype="https://schema.org/Organization">'
        f'<meta itemprop="name" content="{escape(story.publisher)}"></div>'
    )
    above = (
        heading(site, story, ' itemprop="headline"') + f"<div{site.css('byline')}>By {people}</div>"
    )
    kind = site.random.choice(["NewsArticle", "Article", "BlogPosting"])
    return Dress(
        window(site, story),
        above + told if site.random.random() < 0.5 else told + above,
        f' itemscope itemtype="http://schema.org/{kind}"',
        ' itemprop="articleBody"',
    )


def rdfa(site: Site, story: Story) -> Dress:
    """Facts told by RDFa attributes."""
    people = ", ".join(
        '<span property="author" typeof="Person">'
        f'<span property="name">{escape(name)}</span></span>'
        for name in story.authors
    )
    told = (
        f'<time property="datePublished" content="{iso(story.published)}">earlier</time>'
        '<span property="publisher" typeof="Organization">'
        f'<span property="name">{escape(story.publisher)}</span></span>'
    )
    above = heading(site, story, ' property="headline"') + f"<div>{people} {told}</div>"
    return Dress(
        window(site, story), above, ' vocab="https://schema.org/" typeof="NewsArticle"',
        ' property="articleBody"',
    )  # fmt: skip


def open_graph(site: Site, story: Story) -> Dress:
    """Meta elements as social networks ask for them, the author in one of two forms."""
    random = site.random
    head = [
        window(site, story),
        meta("og:title", story.title + random.choice(["", f" | {story.publisher}"]), "property"),
        meta("og:type", "article", "property"),
        meta("og:url", story.url, "property"),
        meta("og:site_name", story.publisher, "property"),
        *([meta("og:updated_time", "2025-06-01T00:00:00Z", "property")] * random.randint(0, 1)),
        meta("article:published_time", iso(story.published), "property"),
        meta("article:modified_time", iso(story.published + timedelta(days=2)), "property"),
        meta("article:publisher", "https://www.facebook.com/somepaper", "property"),
        meta("twitter:site", "@somepaper"),
    ]
    above = heading(site, story)
    if random.random() < 0.5:
        head.append(meta("author", random.choice(["By ", ""]) + listed(story.authors)))
        head.append(meta("article:author", "https://www.facebook.com/some.writer", "property"))
    random.shuffle(head)
    if not any('name="author"' in one for one in head):
        head += [meta("article:author", name, "property") for name in story.authors]
    return Dress("\n".join(head), above + (byline(site, story) if random.random() < 0.5 else ""))


def dublin_core(site: Site, story: Story) -> Dress:
    """Meta elements as libraries name them, or as two makers of site statistics do."""
    random = site.random
    case = random.choice([str, str.lower])
    day = story.published
    match random.choice(["dublin", "parsely", "sailthru", "mixed"]):
        case "dublin":
            head = [
                meta(case("DC.title"), story.title),
                *(meta(case("DC.creator"), name) for name in story.authors),
                meta(case("DC.publisher"), story.publisher),
                meta(case("DC.date.issued"), iso(day)),
            ]
        case "parsely":
            head = [
                meta("parsely-title", story.title),
                *(meta("parsely-author", name) for name in story.authors),
                meta("parsely-pub-date", iso(day)),
                meta("application-name", story.publisher),
            ]
        case "sailthru":
            told = format_datetime(day) if isinstance(day, datetime) else iso(day)
            head = [
                meta("sailthru.title", story.title),
                meta("sailthru.author", ", ".join(story.authors)),
                meta("sailthru.date", told),
                meta("og:site_name", story.publisher, "property"),
            ]
        case _:
            head = [
                meta("dcterms.creator", "; ".join(story.authors)),
                meta("pubdate", iso(day)),
                meta("apple-mobile-web-app-title", story.publisher),
            ]
    return Dress("\n".join([window(site, story), *head]), heading(site, story))


def only_words(site: Site, story: Story) -> Dress:
    """No metadata at all: byline and date stand above the text, the publisher in the last line."""
    rights = f"© {story.published.year} {escape(story.publisher)}. All rights reserved."
    mark = site.random.choice([" | ", " - ", " – "])
    title = f"<title>{escape(story.title + mark + story.publisher)}</title>"
    link = f'<link rel="canonical" href="{story.url}">'
    above = heading(site, story) + byline(site, story)
    return Dress(title + (link if site.random.random() < 0.5 else ""), above, foot=rights)


def broken(site: Site, story: Story) -> Dress:
    """Linked data with a fault in it, as templates make them; the meta elements tell the same."""
    dress = open_graph(site, story)
    script = ld(_node(site, story)).replace(
        '"@context"', site.random.choice([',"@context"', '"@context" "x"'])
    )
    return Dress(dress.head + script, dress.above)


HEADS = (json_ld, graph, microdata, rdfa, open_graph, dublin_core, broken)
