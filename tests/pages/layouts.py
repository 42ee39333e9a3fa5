"""The layouts: each makes a page of one kind, varied by its seed, and the story it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from html import escape

from pages import forms, heads
from pages.heads import Dress
from pages.markup import Block, Site, Story, iso, ld, meta
from pages.tongues import TONGUES, Tongue

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


@layout
def tables_and_font_tags(site: Site) -> tuple[str, Story]:
    """A page of 1999: tables hold everything, two line breaks make a paragraph."""
    told = story(site, forms.news(site.writer), timed=False)
    random = site.random
    font = random.choice(['<font face="Arial" size="2">', '<font size="-1" color="#000000">'])
    gap = random.choice(["<br><br>\n", "<BR>\n<BR>", "<br />&nbsp;<br />"])
    text = gap.join(escape(one, quote=False) for one in told.texts)
    day = f"{told.published:%B} {told.published.day}, {told.published.year}"
    menu = "<br>".join(site.links(5))
    name = random.choice([f"<b>{told.title}</b>", f"<h2>{told.title}</h2>"])
    by = f"By {heads.listed(told.authors)}"
    html = (
        f"<HTML><HEAD><TITLE>{told.publisher} - {told.title}</TITLE></HEAD>"
        f'<BODY BGCOLOR="#ffffff"><TABLE WIDTH="760" BORDER="0"><TR><TD COLSPAN="2">'
        f'<IMG SRC="logo.gif" ALT="{told.publisher}"></TD></TR><TR><TD WIDTH="140" VALIGN="top">'
        f'{font}{menu}</font></TD><TD VALIGN="top">{font}<font size="4">{name}</font><br><br>'
        f"{by}<br>{day}<br><br>\n{text}</font></TD></TR></TABLE>"
        f"<CENTER>{font}Copyright &copy; {told.published.year} {told.publisher}."
        " All rights reserved.</font></CENTER></BODY></HTML>"
    )
    return html, told


@layout
def accelerated_mobile_page(site: Site) -> tuple[str, Story]:
    """AMP: custom elements, a boilerplate, captions under amp-img."""
    told = story(site, forms.news(site.writer))
    dress = heads.json_ld(site, told)
    dress = replace(
        dress,
        head=dress.head + "<script async src='https://cdn.example/v0.js'></script>"
        "<style amp-boilerplate>body{visibility:hidden}</style>",
        html=" amp",
    )
    pieces = site.flowing(told.blocks).split("\n")
    pieces.insert(1, "<amp-ad width=300 height=250><div fallback>Ad could not load</div></amp-ad>")
    pieces.insert(
        3,
        '<amp-img src="a.jpg" width="4" height="3"></amp-img><amp-social-share type="email">'
        "</amp-social-share>",
    )
    consent = (
        "<amp-consent id='consent'><div id='ui'><p>We and our partners store information on your"
        " device.</p><button on='tap:consent.accept'>Accept</button></div></amp-consent>"
    )
    return assembled(site, told, dress, "\n".join(pieces), extra=consent), told


@layout
def paywall_with_teaser(site: Site) -> tuple[str, Story]:
    """A few paragraphs in the open, then an offer to subscribe."""
    told = story(site, forms.news(site.writer, 3, 4))
    dress = heads.json_ld(site, told)
    free = site.random.choice(
        ['"isAccessibleForFree": false, ', '"isAccessibleForFree": "False", ']
    )
    dress = replace(dress, head=dress.head.replace('"headline"', free + '"headline"'))
    offer = site.random.choice(
        [
            "<h3>Subscribe to continue reading</h3><p>Get unlimited access from 1 crown a week."
            " Cancel any time.</p><p>Already a subscriber? <a href='/login'>Log in</a></p>",
            "<p>This article is for subscribers only.</p><p>To read the full story, start your free"
            " trial today.</p><a href='/login'>Sign in</a>",
        ]
    )
    text = site.flowing(told.blocks) + site.box("paywall", offer, "div section")
    return assembled(site, told, dress, text), told


@layout
def live_blog(site: Site) -> tuple[str, Story]:
    """Entries with their times, the newest first."""
    writer, random = site.writer, site.random
    blocks: list[Block] = []
    pieces = []
    hour = random.randint(15, 22)
    for number in range(random.randint(4, 6)):
        entry: list[Block] = [
            ("h3", writer.fill(heading))
            for heading in writer.some(
                ["{Town}: {n} {minutes|boats|letters} {later|so far|at last}"], 1
            )
        ]
        entry[0] = ("h3", f"{entry[0][1]}, update {6 - number}")
        entry += [("p", writer.paragraph((1, 3))) for _ in range(random.randint(1, 2))]
        blocks += entry
        time = f"{hour - number}:0{number}"
        stamp = f'<time datetime="2024-03-05T{time}:00Z">{time}</time>'
        pieces.append(site.box("live-entry", stamp + site.flowing(entry), "div"))
    told = story(site, blocks)
    dress = heads.json_ld(site, told)
    dress = replace(dress, head=dress.head.replace('"NewsArticle"', '"LiveBlogPosting"', 1))
    return assembled(site, told, dress, "\n".join(pieces)), told


@layout
def interview(site: Site) -> tuple[str, Story]:
    told = story(site, forms.interview(site.writer))
    return page(site, told, any_head(site, told))


@layout
def list_article(site: Site) -> tuple[str, Story]:
    told = story(site, forms.numbered(site.writer))
    return page(site, told, any_head(site, told), interruptions=1)


@layout
def long_read(site: Site) -> tuple[str, Story]:
    told = story(site, forms.long_read(site.writer))
    return page(site, told, any_head(site, told), interruptions=2)


@layout
def opinion_with_bio(site: Site) -> tuple[str, Story]:
    """A column, its author introduced in a box below."""
    told = story(site, forms.news(site.writer), authors=1)
    name = told.authors[0]
    first = name.partition(" ")[0]
    bio = site.random.choice(
        [
            f"{name} is a columnist for {told.publisher}.",
            f"{name} teaches history in {site.writer.town}. Follow {first} on X: @{first.lower()}",
        ]
    )
    text = site.flowing(told.blocks) + site.box("author-bio", f"<p>{bio}</p>", "div aside footer")
    return assembled(site, told, any_head(site, told), text), told


@layout
def agency_with_dateline(site: Site) -> tuple[str, Story]:
    """An agency's report: the dateline is part of the text, the agency is the publisher."""
    site.writer.paper = site.random.choice(["Yonhap", "Reuters", "AFP", "Kyodo", "Northern Wire"])
    told = story(site, forms.with_dateline(site.writer, site.writer.paper))
    return page(site, told, any_head(site, told))


@layout
def press_release(site: Site) -> tuple[str, Story]:
    """A release by an organisation, which is its publisher; nobody signs it."""
    writer = site.writer
    writer.paper = (
        f"{writer.town} {site.random.choice(['Water Company', 'Port Commission', 'Institute'])}"
    )
    told = replace(story(site, forms.news(writer)), authors=())
    node = {
        "@type": "NewsArticle", "headline": told.title, "datePublished": iso(told.published),
        "author": {"@type": "Organization", "name": told.publisher},
        "publisher": {"@type": "Organization", "name": told.publisher},
    }  # fmt: skip
    head = heads.window(site, told) + ld(node)
    contact = "<p>Media contact: Press office, press@company.example, +00 555 0100</p>"
    text = site.flowing(told.blocks) + site.box("contact", contact, "div")
    return assembled(site, told, Dress(head, heads.heading(site, told)), text), told


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


def in_tongue(site: Site, tongue: Tongue) -> tuple[str, Story]:
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


def _tongue_layout(tongue: Tongue) -> Layout:
    return lambda site: in_tongue(site, tongue)


LAYOUTS |= {f"in_{tongue.code}": _tongue_layout(tongue) for tongue in TONGUES}
