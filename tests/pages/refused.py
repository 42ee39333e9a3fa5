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


@kind
def login_wall(site: Site) -> str:
    words = site.random.choice(
        [
            "Log in to your account to continue. New here? Create an account to read our stories.",
            "Welcome back! Please enter your details to sign in.",
        ]
    )
    inner = (
        f"<h1>Log in</h1><p>{words}</p><form method='post'><input type='email' name='user'>"
        "<input type='password' name='password'><button>Log in</button></form>"
        "<p><a href='/forgot'>Forgot your password?</a></p>"
    )
    return whole(site, f"Log in | {site.writer.paper}", inner)


@kind
def paywall_without_text(site: Site) -> str:
    title = site.writer.headline()
    node = {
        "@type": "NewsArticle", "headline": title, "isAccessibleForFree": False,
        "datePublished": "2024-03-05T10:00:00Z",
        "publisher": {"@type": "Organization", "name": site.writer.paper},
    }  # fmt: skip
    words = site.random.choice(
        [
            "<h2>This article is for subscribers only</h2><p>Subscribe now for full access to all"
            " our stories, on all your devices.</p><p>Already a subscriber? Sign in</p>",
            "<p>To continue reading, start your free trial. Cancel any time.</p>"
            "<ul><li>Unlimited articles</li><li>The daily newsletter</li></ul>",
        ]
    )
    inner = f"<article><h1>{title}</h1>{site.box('paywall', words, 'div')}</article>"
    return whole(site, title, inner, ld(node))


@kind
def video_page(site: Site) -> str:
    title = site.writer.headline()
    player = site.random.choice(
        [
            "<video controls src='a.mp4'></video>",
            "<iframe src='https://www.youtube.com/embed/abc' allowfullscreen></iframe>",
            "<div id='player'><p>Video player was slow to load.</p></div>",
        ]
    )
    node = {"@type": "VideoObject", "name": title, "uploadDate": "2024-03-05", "duration": "PT2M"}
    inner = f"<h1>{title}</h1>{player}<p>{site.writer.sentence()}</p><h3>Up next</h3>" + teasers(
        site, 6, summaries=False
    )
    return whole(site, title, inner, ld(node) + meta("og:type", "video.other", "property"))


@kind
def podcast_page(site: Site) -> str:
    title = site.writer.headline()
    node = {"@type": "PodcastEpisode", "name": title, "datePublished": "2024-03-05"}
    inner = f"<h1>{title}</h1><audio controls src='a.mp3'></audio><p>{site.writer.sentence()}</p>"
    return whole(site, title, inner, ld(node))


@kind
def consent_page(site: Site) -> str:
    inner = (
        "<h1>Before you continue</h1><p>We and our 842 partners store and access information on"
        " your device, such as cookies, to process personal data.</p><p>You can accept or manage"
        " your choices, including your right to object where legitimate interest is used.</p>"
        "<p>These"
        " choices will be signalled to our partners and will not affect browsing data. Read our"
        " cookie policy to find out more.</p><button>Accept all</button><button>Reject</button>"
    )
    title = site.random.choice(["Before you continue", "Your privacy", site.writer.paper])
    return site.document(f"<title>{title}</title>", site.wrapped(inner))


@kind
def not_found(site: Site) -> str:
    title, words = site.random.choice(
        [
            ("404", "The page you were looking for could not be found. It may have moved."),
            ("Page not found", "Sorry, we can’t find that page. Try our search or the front page."),
            ("Seite nicht gefunden", "Die gesuchte Seite gibt es leider nicht oder nicht mehr."),
            (
                "Oops! Something went wrong",
                "An error occurred on our side. Please try again later.",
            ),
            ("Página no encontrada", "Lo sentimos, la página que busca no existe."),
        ]
    )
    return whole(site, f"{title} | {site.writer.paper}", f"<h1>{title}</h1><p>{words}</p>")


@kind
def access_denied(site: Site) -> str:
    words = site.random.choice(
        [
            "You don't have permission to access this resource on this server.",
            "Sorry, you have been blocked. This website is using a security service to protect"
            " itself from online attacks.",
        ]
    )
    title = site.random.choice(
        ["Access Denied", "403 Forbidden", "Attention Required! | Cloudflare"]
    )
    return site.document(
        f"<title>{title}</title>", f"<h1>{title.split(' |')[0]}</h1><p>{words}</p>"
    )


@kind
def bot_check(site: Site) -> str:
    title, words = site.random.choice(
        [
            ("Just a moment...", "Checking your browser before accessing the site. This process is"
             " automatic. Your browser will redirect to your requested content shortly."),
            ("Are you a robot?", "To continue, please click the box below to let us know you’re not"
             " a robot. Please make sure your browser supports JavaScript and cookies."),
            ("Security check", "Please verify you are human by completing the action below."),
            ("Just a moment...", "Enable JavaScript and cookies to continue"),
        ]
    )  # fmt: skip
    return site.document(f"<title>{title}</title>", site.wrapped(f"<h2>{words}</h2><p>{words}</p>"))


@kind
def application_shell(site: Site) -> str:
    root = site.random.choice(["root", "app", "__next", "___gatsby"])
    words = "You need to enable JavaScript to run this app."
    body = f"<noscript>{words}</noscript><div id='{root}'></div><script src='/main.js'></script>"
    return site.document(f"<title>{site.writer.paper}</title>", body)


@kind
def forwarding_page(site: Site) -> str:
    head = "<title>Redirecting…</title><meta http-equiv='Refresh' content='0; url=/new'>"
    return site.document(head, "<p>Redirecting to <a href='/new'>the new address</a>.</p>")


@kind
def profile_without_articles(site: Site) -> str:
    inner = "<h1>About us</h1><ul><li><a href='/a'>Our history since the beginning</a></li></ul>"
    return whole(
        site,
        "About us",
        inner + "<ul>" + "".join(map("<li>{}</li>".format, site.links(9))) + "</ul>",
    )
