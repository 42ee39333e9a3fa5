"""A round of polling ends: no feed starves another, and whoever is told to stop does."""

import time
from datetime import timedelta
from threading import Event, Thread

import pytest
from newsroom import FEED, NOW, Story, kept, library_of_site, publish, sitemap, statuses
from telegram_bot import until
from website import Reply, Seen, Website, robots

from retrieval import schedule
from retrieval.library import Library
from retrieval.reading.feeds import kinds
from retrieval.reading.feeds.sitemaps import MOST_SITEMAPS

AT_ONCE = timedelta(0)


library = pytest.fixture(library_of_site)


def test_sitemaps_that_name_sitemaps_without_end_are_read_two_deep(library: Library, site: Website):
    def next_one(seen: Seen) -> Reply:
        number = int(seen.path.partition("=")[2] or 0) + 1
        return sitemap(site.url(f"/endless?n={number}"), index=True)

    site.set("/endless", next_one)
    library.add_feed(site.url("/endless"), now=NOW)
    (outcome,) = library.poll(NOW)
    assert (outcome.source, outcome.reason) == (
        site.url("/endless?n=1"),
        "this sitemap names other sitemaps, which only the one that is followed may; their pages "
        "are not read: follow those sitemaps by themselves.",
    )
    assert site.paths[-2:] == ["/endless", "/endless?n=1"]
    assert list(library.poll(NOW)) == []


def test_of_an_index_with_too_many_sitemaps_the_latest_are_read():
    days = [
        f"20{number // 300 + 10}-{number // 25 % 12 + 1:02}-{number % 25 + 1:02}"
        for number in range(MOST_SITEMAPS + 100)
    ]
    text = "".join(
        f"<sitemap><loc>https://post.example/{day}</loc><lastmod>{day}</lastmod></sitemap>"
        for day in days
    )
    index = f"<sitemapindex>{text}</sitemapindex>".encode()
    read = kinds.feed(index, "https://post.example/", now=NOW, charset=None)
    assert [one.link for one in read.entries] == [
        f"https://post.example/{day}" for day in days[100:]
    ]
    assert read.left_out == "it names 600 sitemaps; the 500 that changed last are read."


def test_feeds_have_their_entries_read_in_turns_the_oldest_first(library: Library, site: Website):
    busy, quiet = list(map(Story, range(6))), Story(7)
    publish(site, *busy)
    publish(site, quiet, feed="/quiet.xml")
    library.add_feed(site.url(FEED), now=NOW)
    library.add_feed(site.url("/quiet.xml"), now=NOW + timedelta(seconds=1))
    now = NOW + timedelta(seconds=2)
    read = [one.source for one in library.poll(now)]
    order = [busy[0], quiet, *busy[1:]]
    assert read == [site.url(one.path) for one in order]


def test_a_round_ends_after_its_time_and_the_next_one_goes_on(library: Library, site: Website):
    stories = list(map(Story, range(3)))
    publish(site, *stories)
    publish(site, Story(7), feed="/other.xml")
    for feed in (FEED, "/other.xml"):
        library.add_feed(site.url(feed), now=NOW)
    read = [[one.source for one in library.poll(NOW, within=AT_ONCE)] for _ in range(4)]
    first, second = ([site.url(one.path) for one in of] for of in (stories, [Story(7)]))
    assert read == [first[:1], [first[1], *second], first[2:], []]
    assert library.next_poll() != NOW


def test_a_feed_of_which_much_waits_is_asked_for_no_more(library: Library, site: Website):
    many = [site.url(f"/page?n={number}") for number in range(schedule.MOST_WAITING + 1)]
    site.set("/sitemap.xml", sitemap(*many))
    site.set("/page", Reply(status=410))
    library.add_feed(site.url("/sitemap.xml"), now=NOW)
    assert statuses(list(library.poll(NOW, within=AT_ONCE))) == ["failed"]
    asked = site.asked("/sitemap.xml")
    list(library.poll(NOW + timedelta(hours=2), within=AT_ONCE))
    assert site.asked("/sitemap.xml") == asked
    list(library.poll(NOW + timedelta(hours=3), within=AT_ONCE))
    assert site.asked("/sitemap.xml") == asked + 1


def test_a_poll_that_is_told_to_stop_ends_though_its_site_wants_long_pauses(
    library: Library, site: Website
):
    site.set("/robots.txt", robots("User-agent: *\nCrawl-delay: 10"))
    stories = [Story(0), Story(1)]
    publish(site, *stories)
    library.warm_up()  # so that the poll comes to the first pause before that is over
    library.add_feed(site.url(FEED), now=NOW)
    stop = Event()
    polling = Thread(target=lambda: list(library.poll(NOW, stop=stop.is_set)))
    polling.start()
    until(lambda: library._fetcher._pacing._hosts[site.host].waiting)
    told = time.monotonic()
    stop.set()
    polling.join()
    assert time.monotonic() - told < 8
    assert site.asked(stories[0].path) == 0
    assert library.feeds()[0].failures == 0


def test_a_poll_that_is_told_to_stop_leaves_the_rest_to_the_next(library: Library, site: Website):
    stories = list(map(Story, range(3)))
    publish(site, *stories)
    library.add_feed(site.url(FEED), now=NOW)
    read = []
    for outcome in library.poll(NOW, stop=lambda: len(read) == 1):
        read.append(outcome)
    assert statuses(read) == ["added"]
    assert statuses(list(library.poll(NOW))) == ["added", "added"]
    assert kept(library) == sorted(one.text for one in stories)
