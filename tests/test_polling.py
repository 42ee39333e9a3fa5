"""A round of polling ends after its time or when it is stopped, and the next one goes on."""

import time
from datetime import timedelta
from threading import Event, Thread

import pytest
from newsroom import FEED, NOW, Story, kept, library_of_site, publish, sitemap, statuses
from website import Reply, Website, robots

from retrieval import schedule
from retrieval.library import Library

AT_ONCE = timedelta(0)


library = pytest.fixture(library_of_site)


def test_a_round_ends_after_its_time_and_the_next_one_goes_on(library: Library, site: Website):
    stories = list(map(Story, range(3)))
    publish(site, *stories)
    publish(site, Story(7), feed="/other.xml")
    for feed in (FEED, "/other.xml"):
        library.add_feed(site.url(feed), now=NOW)
    read = [[one.source for one in library.poll(NOW, within=AT_ONCE)] for _ in range(4)]
    assert [len(one) for one in read] == [1, 1, 1, 1]
    assert {one for (one,) in read} == {site.url(one.path) for one in (*stories, Story(7))}
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
    time.sleep(1)  # by now it waits for the end of the pause
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
