"""Bytes become a feed, whatever kind it is and however badly it is written."""

import gzip
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import UnreadableSource
from retrieval.records import Entry, Feed, Listed, WaitingEntry, entry_from_json, entry_to_json
from retrieval.sources import drafts, feeds
from retrieval.sources.drafts import Draft

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://post.example/feed"
TODAY = NOW.date()
SHORT = "The ferry carries nine cars, says its captain."
LIGHT = "The lighthouse at Skerry Point went dark on Tuesday for the first time in 90 years."
RAT = "Keeper Olaf Brenn said a rat had bitten through the main cable."
ITEM = "<title>Light</title><link>https://post.example/light</link>"


def read(text: str | bytes) -> Feed:
    feed = feeds.parsed_feed(text.encode() if isinstance(text, str) else text, URL, TODAY, None)
    assert isinstance(feed, Feed)
    return feed


def rss(*items: str) -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        "<title>The Skerry Post</title><link>https://post.example/</link>"
        + "".join(f"<item>{one}</item>" for one in items)
        + "</channel></rss>"
    )


def only(text: str) -> Entry:
    (entry,) = read(text).entries
    return entry


# -- kinds of feeds


@pytest.mark.parametrize(
    "text",
    [
        f'<rss version="0.91"><channel><title>P</title><item>{ITEM}</item></channel></rss>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/"><channel><title>P</title></channel>'
        f'<item rdf:about="x">{ITEM}</item></rdf:RDF>',
        '<?xml version="1.0"?><!-- by hand --><feed xmlns="http://www.w3.org/2005/Atom">'
        "<title>P</title><entry><title>Light</title><link href='https://post.example/light'/>"
        "<id>tag:post.example,2026:1</id></entry></feed>",
        '{"version": "https://jsonfeed.org/version/1.1", "title": "P",'
        ' "items": [{"id": 7, "url": "https://post.example/light", "title": "Light"}]}',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://'
        'www.google.com/schemas/sitemap-news/0.9"><url><loc> https://post.example/light </loc>'
        "<news:news><news:publication><news:name>P</news:name></news:publication>"
        "<news:title>Light</news:title></news:news></url></urlset>",
    ],
)
def test_all_kinds_of_feeds_are_read(text):
    data = text.encode()
    for written in (data, b"\xef\xbb\xbf\n " + data, gzip.compress(data)):
        feed = read(written)
        assert feed.title == "P"
        entries = [(one.link, one.title) for one in feed.entries]
        assert entries == [("https://post.example/light", "Light")]


def test_rss_gives_title_link_author_and_date():
    item = (
        "<title>Light goes out</title><link>/light?utm_source=rss</link>"
        '<guid isPermaLink="false">a1</guid><pubDate>Tue, 03 Nov 2026 09:00:00 +0100</pubDate>'
        "<dc:creator>By OLAF BRENN</dc:creator>"
        "<description>It went &lt;b&gt;dark&lt;/b&gt;</description>"
    )
    feed = read(rss(item))
    assert feed.title == "The Skerry Post"
    assert feed.entries == (
        Entry(
            id="a1",
            link="https://post.example/light?utm_source=rss",
            title="Light goes out",
            author="Olaf Brenn",
            published=datetime(2026, 11, 3, 9, tzinfo=timezone(timedelta(hours=1))),
            content="It went <b>dark</b>",
        ),
    )


def test_atom_gives_whole_content_its_change_and_where_it_comes_from():
    text = f"""<feed xmlns="http://www.w3.org/2005/Atom">
      <title type="html">Kelm &amp;amp; Orle</title>
      <entry><id>urn:1</id><title type="html">A &lt;i&gt;dark&lt;/i&gt; night</title>
      <link rel="related" href="https://other.example/"/><link href="1.html"/>
      <published>2026-11-02T22:00:00+09:00</published><updated>2026-11-03T09:00:00Z</updated>
      <author><name>KIM YOO-CHUL</name></author><author><name>Ada Fenn</name></author>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{LIGHT}</p>
      <p>{"A hundred words are enough. " * 20}</p></div></content>
      <source><title>The Kelm Post</title></source></entry></feed>"""
    entry = only(text)
    assert (entry.title, entry.link) == ("A dark night", "https://post.example/1.html")
    assert (entry.author, entry.publisher) == ("Kim Yoo-chul and Ada Fenn", "The Kelm Post")
    assert entry.published == datetime(2026, 11, 2, 22, tzinfo=timezone(timedelta(hours=9)))
    assert entry.updated == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert entry.whole
    assert feeds.drafted(entry, URL, TODAY).text.startswith(LIGHT + "\n\nA hundred")


@pytest.mark.parametrize(
    ("expected", "texts"),
    [
        (feeds.NO_FEED, ["", "Not Found", "<html><body>Sign in", "[" * 100_000]),
        (feeds.INDEX, ["<sitemapindex><sitemap><loc>https://post.example/1.xml"]),
        (feeds.BROKEN, ["{", '{"a":' * 100_000, "<rss><channel><title>P"]),
        (feeds.NO_FEED, ['{"items": "none"}']),
        (feeds.BROKEN, [b"\x1f\x8b no gzip", gzip.compress(bytes(20_000_000))]),
    ],
)
def test_what_is_no_feed_says_so(expected, texts):
    for text in texts:
        with pytest.raises(UnreadableSource) as caught:
            read(text)
        assert (caught.value.source, caught.value.reason) == (URL, expected)


# -- dates


def dates_in(*written: str) -> set[date | None]:
    items = [f"<link>/{n}</link><pubDate>{one}</pubDate>" for n, one in enumerate(written)]
    return {entry.published for entry in read(rss(*items)).entries}


def test_dates_that_are_none_half_two_or_of_a_wrong_clock_are_left_out():
    wrong = ["Thu, 01 Jan 1970 00:00:00 GMT", "0001-01-01T00:00:00Z", "1980-01-06", "2026-11-26"]
    unclear = ["03/04/2025", "Mon 03/04/2025 10:00", "2025-04", "2025", "aprile 2025", "soon"]
    assert dates_in(*wrong, *unclear, "1 Feb 26 1:1:1 +99999999999") == {None}
    assert None not in dates_in("Tue, 24 Nov 2026 12:30:00 GMT", "2026-11-25", "1995-02-03")


def test_dates_are_read_in_other_languages():
    written = (
        *("mer, 04 feb 2026 10:00:00 +0100", "Mi, 04 Feb 2026 10:00:00 +0100"),
        *("mié., 04 feb. 2026 10:00:00 +0100", "ons, 04 feb 2026 10:00:00 +0100"),
        *("mer., 04 févr. 2026 10:00:00 +0100", "ср, 04 фев 2026 10:00:00 +0100"),
        *("śr., 04 lut 2026 10:00:00 +0100", "Τετ, 04 Φεβ 2026 10:00:00 +0100"),
        *("周三, 04 2月 2026 10:00:00 +0100", "Wed, 04 Feb 26 10:00:00 +0100"),
    )
    assert dates_in(*written) == {datetime(2026, 2, 4, 9, tzinfo=UTC)}


def test_without_a_time_of_publication_that_of_the_last_change_counts():
    day = datetime(2024, 5, 6, 10, tzinfo=UTC)
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id>{}'
        "<updated>2024-05-06T10:00:00Z</updated></entry></feed>"
    )
    assert only(atom.format("")).published == day
    earlier = only(atom.format("<published>2024-05-01T10:00:00Z</published>"))
    assert (earlier.published, earlier.updated) == (day - timedelta(days=5), day)
    assert only(rss("<guid>1</guid><dc:date>2024-05-06T12:00:00+02:00</dc:date>")).published == day
    # A sitemap says when a page has changed, and not when it was published.
    page = "<url><loc>https://a.example/</loc><lastmod>2024-05-06</lastmod></url>"
    assert only(f"<urlset>{page}</urlset>").published is None


# -- entries


def test_an_entry_that_is_there_twice_comes_once():
    item = "<guid>a</guid><title>A</title><link>/a</link>"
    renamed = item.replace("<title>A", "<title>Old")
    again = "<guid>b</guid><title>A</title><link>/a?utm_medium=rss</link>"
    amp = "<guid>c</guid><title>A</title><link>https://m.post.example/a?amp=1</link>"
    entries = read(rss(item, item, renamed, again, amp)).entries
    assert [(one.id, one.title) for one in entries] == [("a", "A")]


def test_a_link_that_several_entries_share_is_the_link_of_none():
    items = [f"<title>{n}</title><link>/live</link><description>{n}</description>" for n in "ab"]
    front = "<title>c</title><link>https://post.example</link><description>c</description>"
    own = "<title>d</title><link>/d</link>"
    entries = read(rss(*items, front, own)).entries
    assert [(one.title, one.link, one.whole) for one in entries] == [
        *((title, None, True) for title in "abc"),
        ("d", "https://post.example/d", False),
    ]


def test_content_that_is_cut_off_is_not_whole():
    def is_whole(words: str) -> bool:
        article = f"<link>/a</link><content:encoded><![CDATA[<p>{words}]]></content:encoded>"
        return only(rss(article)).whole

    words = "The keeper told the council of the rat and of the cable. " * 20
    assert is_whole(words)
    for ending in ("…", "[…]", "… <a>Read more</a>", "[&#8230;]", "… Continue reading “A”", "and"):
        assert not is_whole(words + ending)
    assert not is_whole(f"{words} Read the full story on our site.")


def test_content_becomes_the_paragraphs_that_a_reader_sees():
    content = (
        f"<h1>Light goes out</h1><p>{LIGHT.replace(' dark', '<br/>dark')}</p><p hidden>Buy.</p>"
        f"<figure><img src='a'><figcaption>A rat, in 2025</figcaption></figure>{RAT}<br><br>It was"
        "\n<b>late</b>.<script>alert(1)</script><p>The post Light goes out appeared first on X.</p>"
    )
    link = "https://post.example/light?utm_source=feed"
    draft = feeds.drafted(Entry("1", link, "Light goes out", content=content), URL, TODAY)
    assert draft.text == f"{LIGHT}\n\n{RAT}\n\nIt was late."
    assert (draft.title, draft.url) == ("Light goes out", "https://post.example/light")


def test_a_post_of_one_sentence_is_read_but_not_a_summary_of_one_or_no_prose():
    post = only(rss(f"<guid>7</guid><description>{SHORT}</description>"))
    assert feeds.drafted(post, URL, TODAY).text == SHORT
    summary = only(rss(f"<link>/7</link><description>{SHORT}</description>"))
    with pytest.raises(UnreadableSource, match="the feed has too few words of it"):
        feeds.drafted(summary, URL, TODAY)
    for content in (None, "<p>Watch the long video here</p>"):
        with pytest.raises(UnreadableSource) as caught:
            feeds.drafted(Entry("1", content=content, whole=True), URL, TODAY)
        assert caught.value.reason == feeds.NO_PROSE


@pytest.mark.parametrize(
    ("feed", "publisher"),
    [
        ("https://feeds.post.co.uk/all.xml", "The Post"),
        ("https://digest.example/links.xml", "post.co.uk"),  # which only leads to the article
    ],
)
def test_a_feed_names_the_publisher_of_articles_of_its_own_site_only(feed, publisher):
    entry = Entry("1", "https://www.post.co.uk/pier")
    waiting = WaitingEntry("main", feed, "The Post - RSS Feed", entry, attempts=0)
    draft = Draft("The pier is open.", url=entry.link, source="post.co.uk")
    assert feeds.filled(drafts.article(draft, origin=None), waiting).source == publisher


# -- lists, pages and strangers' files


def test_opml_in_folders_names_each_feed_once():
    text = """<?xml version="1.0"?><opml version="1.0"><body><outline text="News">
      <outline type="rss" text="Post" xmlUrl="https://a.example/"/>
      <outline type="rss" title="Post" xmlUrl="https://a.example/"/>
      <outline text="Sport"><outline title="Kelm" xmlUrl="https://b.example/"/></outline>
      <outline text="none" xmlUrl="javascript:alert(1)"/></outline></body></opml>"""
    listed = [Listed("https://a.example/", "Post"), Listed("https://b.example/", "Kelm")]
    refused = Listed("javascript:alert(1)", "none", refused=feeds.NO_LINK)
    assert feeds.parsed_feed(text.encode(), "list", TODAY) == [*listed, refused]
    assert feeds.read(feeds.opml(listed), "list.opml", TODAY) == listed
    with pytest.raises(UnreadableSource, match="this is no feed and names none"):
        feeds.parsed_feed(b"<opml><body>", "list", TODAY)


def test_a_page_names_its_feeds_but_not_those_of_its_comments():
    page = """<!doctype html><html><head><meta charset="iso-8859-1">
      <base href="/news/"><link rel="stylesheet" href="a.css">
      <link rel="alternate" type="application/rss+xml; charset=utf-8" href="rss" title="Kélm Post">
      <link rel="ALTERNATE" type="application/rss+xml" href="/news/rss">
      <link rel="alternate" type="application/atom+xml" href="/comments/feed" title="Comments">
      <link rel="alternate" hreflang="de" type="text/html" href="/de">""".encode("latin-1")
    assert (
        feeds.parsed_feed(page, "https://post.example/a", TODAY) == "https://post.example/news/rss"
    )
    other = page + b'<link rel="alternate" type="application/atom+xml" href="/atom">'
    with pytest.raises(UnreadableSource, match=r"several feeds;.*\n.*/rss  Kélm Post\n.*/atom$"):
        feeds.parsed_feed(other, "https://post.example/a", TODAY)


def test_feeds_are_parsed_in_the_sandbox():
    text = rss("<title>Light</title><link>/light</link>").encode()
    assert feeds.read(text, URL, TODAY) == read(text)
    with pytest.raises(UnreadableSource, match=feeds.BROKEN):
        feeds.read(b"{", URL, TODAY)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_feed_is_read_or_refused_in_a_sentence(data):
    samples = [
        rss(
            "<title>A &amp; b</title><link>/a</link><pubDate>2026-11-02</pubDate>", "<guid>b</guid>"
        ),
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="html">&lt;p&gt;',
        '{"items": [{"id": 1, "url": "/1", "authors": [{"name": "A"}], "content_html": "<p>"}]}',
        "<urlset><url><loc>https://a.example/</loc><lastmod>2026-11-02</lastmod></url></urlset>",
        '<opml><body><outline text="A" xmlUrl="https://a.example/"/></body></opml>',
    ]
    content = bytearray(data.draw(st.sampled_from(samples)).encode())
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(content)))
        new = data.draw(st.binary(max_size=3) | st.sampled_from([b"<", b"]]>", b"&", b'"', b"\0"]))
        content[place : place + data.draw(st.integers(0, 30))] = new
    try:
        feed = feeds.parsed_feed(bytes(content), URL, TODAY)
    except UnreadableSource as error:
        assert error.reason.endswith(".")
    else:
        for entry in feed.entries if isinstance(feed, Feed) else ():
            assert entry_from_json(entry_to_json(entry)) == entry
            (entry.id + (entry.link or "") + (entry.title or "")).encode()
