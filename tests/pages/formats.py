"""Layouts of a certain age or form: tables, AMP, paywalls, live blogs, interviews, opinion."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from pages import forms, heads
from pages.heads import Dress
from pages.layouts import any_head, assembled, layout, page, story
from pages.markup import Block, Site, Story, iso, ld


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
