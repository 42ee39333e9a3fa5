"""Pages in the place of an article: walls, checks, errors, players, programs."""

from __future__ import annotations

from pages.markup import Site, ld, meta
from pages.refused import kind, teasers, whole


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
def short_consent_page(site: Site) -> str:
    random = site.random
    asked = [
        "We use cookies to improve your experience. By continuing you accept our privacy policy.",
        "We and our partners store and access cookies on your device to give you ads. You consent"
        " by clicking.",
        "This website uses cookies. Accept all. Reject all.",
        "We use cookies.",
        "Your privacy matters to us.",
        "You can change your choices at any time.",
        "Wir verwenden Cookies, um unser Angebot zu verbessern.",
    ]
    lines = random.sample(asked, random.randint(1, 3))
    form = random.choice(
        [
            "<div><p>{}</p><button>Accept</button></div>",
            '<div class="cookie-banner"><p>{}</p><a href="/ok">Accept all</a></div>',
            "<dialog><p>{}</p></dialog>",
            "<main><h1>Before you continue</h1><p>{}</p></main>",
            "<h2>We value your privacy</h2><p>{}</p>",
        ]
    )
    title = random.choice(["Before you continue", "Cookies", site.writer.paper])
    inner = form.format("</p><p>".join(lines))
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
