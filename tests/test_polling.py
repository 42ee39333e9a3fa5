"""Feeds are polled against a server that moves, breaks and refuses: nothing lost, nothing twice."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from article_library import refusal
from click.testing import CliRunner
from feed_server import (
    FEED,
    NOW,
    PUBLISHED,
    Story,
    feed_of,
    item,
    kept,
    library_of_site,
    poll,
    publish,
    rss,
    statuses,
)
from postgresql_server import on_both_engines
from website import Reply, redirect

from bot.cli import quotewise
from retrieval import FollowedFeed, Library, QuotewiseError

A, B, C = map(Story, range(3))
HOUR = timedelta(hours=1)

library = pytest.fixture(library_of_site)


@pytest.fixture
def followed(library, site):
    """A library that follows a feed of A and B, and has read both."""
    publish(site, A, B)
    follow(library, site)
    assert statuses(poll(library)) == ["added", "added"]
    return library


def follow(library, site, path=FEED):
    library.add_feed(site.url(path), now=NOW)


def only(library: Library) -> FollowedFeed:
    (feed,) = library.feeds()
    return feed


def texts(*stories: Story) -> list[str]:
    return sorted(one.text for one in stories)


# -- what is read


def test_a_page_is_read_where_the_feed_has_a_summary_and_the_feed_adds_what_it_lacks(library, site):
    metadata = (
        '<meta property="og:site_name" content="The Kelm Post"><meta name="author" content="Ada'
        ' Fenn"><meta property="article:published_time" content="2026-11-20T08:00:00+01:00"></head>'
    )
    site.set(A.path, A.page)
    site.set(B.path, Reply(str(B.page.body).replace("</head>", metadata)))
    entries = [item(site, story, author="BRIDIE NUNN") for story in (A, B)]
    site.set(FEED, Reply(rss(*entries, title="The Skerry Post - RSS")))
    follow(library, site)
    outcomes = poll(library)
    assert [(one.status, one.source, one.library) for one in outcomes] == [
        ("added", site.url(A.path), "main"),
        ("added", site.url(B.path), "main"),
    ]
    bare, named = (one.article for one in outcomes)
    assert (bare.title, bare.text, bare.url) == (A.title, A.text, site.url(A.path))
    assert (bare.source, bare.author) == ("The Skerry Post", "Bridie Nunn")
    assert bare.published == PUBLISHED
    assert (named.source, named.author) == ("The Kelm Post", "Ada Fenn")
    assert library.verify() == []


def test_an_entry_that_is_whole_is_read_from_the_feed(library, site):
    ending = "<p>The post A appeared first on The Skerry Post.</p>"
    content = A.html + "<p>" + "A hundred words are enough for an article. " * 9 + "</p>" + ending
    site.set(FEED, Reply(rss(item(site, A, **{"content:encoded": content}))))
    follow(library, site)
    (outcome,) = poll(library)
    assert outcome.article.text.startswith(A.text + "\n\nA hundred words are enough")
    assert outcome.article.text.endswith("for an article.")
    assert outcome.article.url == site.url(A.path)
    assert site.asked(A.path) == 0


# -- nothing twice


def test_only_new_entries_are_read(followed, site):
    assert poll(followed, hours=1) == []
    assert site.requests[-1].headers["if-none-match"] == only(followed).etag
    publish(site, B, C)
    assert [one.source for one in poll(followed, hours=3)] == [site.url(C.path)]
    assert kept(followed) == texts(A, B, C)
    assert [site.asked(one.path) for one in (A, B, C)] == [1, 1, 1]


@on_both_engines
def test_an_entry_with_several_ids_or_feeds_is_one_article(followed, site):
    tracked = f"{site.url(A.path)}?utm_source=rss"
    site.set("/sport.xml", Reply(rss(item(site, A, link=tracked, guid="other-id"))))
    follow(followed, site, "/sport.xml")
    site.set(FEED, Reply(rss(*(item(site, one, guid=f"new-{one.number}") for one in (A, B)))))
    assert poll(followed, hours=2) == []
    assert [site.asked(one.path) for one in (A, B)] == [1, 1]
    assert kept(followed) == texts(A, B)


@on_both_engines
def test_an_entry_that_has_changed_updates_its_article_unless_it_was_removed(followed, site):
    corrected = replace(A, edition=2)
    site.set(A.path, corrected.page)
    (removed,) = [one.article.id for one in followed.articles() if one.article.text == B.text]
    followed.remove(removed)
    changed = [item(site, one, description="Corrected …") for one in (A, B)]
    site.set(FEED, Reply(rss(*changed)))
    outcomes = poll(followed, hours=1)
    assert [(one.status, one.source) for one in outcomes] == [("updated", site.url(A.path))]
    assert kept(followed) == texts(corrected)


# -- nothing lost


@on_both_engines
def test_a_clock_that_was_a_year_ahead_for_a_while_stops_no_feed(library, site):
    publish(site, A)
    site.set(A.path, Reply(status=500), Reply(status=500), A.page)
    follow(library, site)
    for hours in (0, 24 * 365):
        assert [one.status for one in poll(library, hours=hours)] == ["failed"]
    assert NOW <= library.next_poll() < NOW + timedelta(hours=1)
    publish(site, B)
    assert sorted(one.source for one in poll(library, hours=1)) == sorted(
        site.url(story.path) for story in (A, B)
    )


@on_both_engines
def test_a_page_that_fails_is_read_at_a_later_poll(library, site):
    publish(site, A, B)
    site.set(A.path, Reply(status=500), A.page)
    follow(library, site)
    failed, added = poll(library)
    again = NOW + timedelta(minutes=30)
    why = "the site has a fault of its own (500); try again later."
    assert failed.reason == f"{why} It is tried again after {again:%Y-%m-%d %H:%M} UTC."
    assert added.status == "added"
    feed = only(library)
    assert (feed.settled, feed.waiting, feed.delayed) == (1, 1, 1)
    assert (feed.next_try, feed.delay, library.next_poll()) == (again, why, again)
    publish(site, B)  # the feed has forgotten the entry by then
    site.set(A.path, A.page)
    outcomes = poll(library, hours=0.5)
    assert [(one.status, one.source) for one in outcomes] == [("added", site.url(A.path))]
    assert only(library).delayed == 0
    assert kept(library) == texts(A, B)


def test_an_entry_whose_page_stays_away_is_read_from_the_feed_in_the_end(library, site):
    site.set(FEED, Reply(rss(item(site, A, description=A.html))))
    site.set(A.path, Reply(status=500))
    follow(library, site)
    results = [statuses(poll(library, hours)) for hours in (0, 1, 2, 4, 9, 18, 40)]
    assert results == [["failed"]] * 5 + [["added"], []]
    assert kept(library) == texts(A)
    assert site.asked(A.path) == 6


def test_a_site_that_asks_for_fewer_requests_gets_none_until_then(library, site):
    publish(site, A, B, C)
    site.set(A.path, Reply(status=429, headers={"Retry-After": "7200"}), A.page)
    follow(library, site)
    assert statuses(poll(library)) == ["failed"]
    assert [site.asked(one.path) for one in (A, B, C)] == [1, 0, 0]
    assert (only(library).waiting, only(library).delayed) == (3, 3)
    assert only(library).delay.startswith("the site asks for fewer requests (429);")
    assert statuses(poll(library, hours=1.5)) == []
    # `NOW` is when the tests began, and its two hours began just now.
    assert statuses(poll(library, hours=4)) == ["added"] * 3
    assert kept(library) == texts(A, B, C)


def test_a_site_that_is_down_is_asked_for_three_pages_and_no_more(library, site):
    stories = list(map(Story, range(9)))
    site.set(FEED, feed_of(site, *stories))
    for story in stories:
        site.set(story.path, Reply(status=500))
    follow(library, site)
    assert statuses(poll(library)) == ["failed"] * 3
    assert [site.asked(one.path) for one in stories] == [1] * 3 + [0] * 6
    publish(site, *stories)
    assert statuses(poll(library, hours=1)) == ["added"] * 9
    assert kept(library) == texts(*stories)


# -- feeds in trouble


@on_both_engines
def test_a_feed_that_fails_is_polled_less_and_less_often(library, site):
    publish(site, A)
    follow(library, site)
    site.set(FEED, Reply(status=500))
    waits, now = [], NOW
    for _ in range(8):
        assert statuses(list(library.poll(now))) == ["failed"]
        again = only(library).next_poll
        assert list(library.poll(again - timedelta(seconds=1))) == []
        waits.append((again - now) / HOUR)
        now = again
    assert waits == [0.5, 1, 2, 4, 8, 16, 24, 24]
    trouble = "the site has a fault of its own (500); try again later."
    assert (only(library).failures, only(library).trouble) == (8, trouble)
    publish(site, A)
    assert statuses(list(library.poll(now))) == ["added"]
    assert (only(library).failures, only(library).trouble) == (0, None)


def test_a_feed_is_left_alone_for_as_long_as_its_server_says(library, site):
    publish(site, A)
    follow(library, site)
    site.set(FEED, Reply(status=429, headers={"Retry-After": "10800"}))
    before = datetime.now(UTC).replace(microsecond=0)
    (outcome,) = poll(library)
    assert outcome.source == site.url(FEED)
    again = only(library).next_poll
    # Servers count from the real time, and the test from when it was loaded.
    assert 3 * HOUR <= again - before < 3 * HOUR + timedelta(minutes=2)
    publish(site, A)
    late = (before - NOW) / HOUR
    assert poll(library, hours=late + 2.9) == []
    assert statuses(poll(library, hours=late + 3.1)) == ["added"]


@on_both_engines
@pytest.mark.parametrize(("status", "moved"), [(301, True), (302, False)])
def test_a_feed_that_moved_for_good_is_followed_to_its_new_address(followed, site, status, moved):
    site.set(FEED, redirect("/new.xml", status))
    publish(site, A, B, C, feed="/new.xml")
    assert [one.source for one in poll(followed, hours=1)] == [site.url(C.path)]
    assert only(followed).url == site.url("/new.xml" if moved else FEED)
    assert (only(followed).settled, only(followed).waiting) == (3, 0)
    assert [site.asked(one.path) for one in (A, B, C)] == [1, 1, 1]


@on_both_engines
def test_a_feed_that_is_gone_for_good_is_polled_no_more(followed, site):
    site.set(FEED, Reply(status=410))
    (outcome,) = poll(followed, hours=1)
    assert outcome.reason.endswith("The feed is polled no more; its articles are kept.")
    assert (only(followed).next_poll, followed.next_poll()) == (None, None)
    assert poll(followed, hours=99, all_now=True) == []
    assert kept(followed) == texts(A, B)
    publish(site, A, B, C)
    follow(followed, site)
    assert statuses(poll(followed)) == ["added"]


def test_what_can_be_read_of_broken_xml_is_and_the_rest_comes_later(library, site):
    publish(site, A, B, C)
    whole = feed_of(site, A, B, C)
    follow(library, site)
    cut = str(whole.body).index(C.title) + 10
    site.set(FEED, replace(whole, body=str(whole.body)[:cut], etag=None))
    assert statuses(poll(library)) == ["added", "added", "failed"]
    site.set(FEED, whole)
    assert statuses(poll(library, hours=1)) == ["added"]
    assert kept(library) == texts(A, B, C)


# -- following


def test_a_page_is_followed_by_the_only_feed_that_it_names(library, site):
    link = '<link rel="alternate" type="application/rss+xml" href="{}" title="{}">'
    page = "<!doctype html><html><head>" + link.format("/comments.xml", "Comments")
    publish(site, A)
    site.set("/", Reply(page + link.format(FEED, "Post")))
    (feed,) = library.add_feed(site.url("/"), now=NOW)
    assert (feed.url, feed.title) == (site.url(FEED), "The Skerry Post")
    site.set("/", Reply(page + link.format("/world.xml", "World") + link.format("/sport.xml", "")))
    assert refusal(library.add_feed, site.url("/")) == (
        f"{site.url('/')}: this page names several feeds; give one or more:\n"
        f"  {site.url('/world.xml')}  World\n  {site.url('/sport.xml')}"
    )
    site.set("/", Reply(page))
    with pytest.raises(QuotewiseError, match="this is no feed and names none; give the link"):
        library.add_feed(site.url("/"))


@on_both_engines
def test_a_feed_that_is_removed_leaves_its_articles(followed, site):
    removed = followed.remove_feed(site.url(FEED).replace("http://", "https://"))
    assert removed.url == site.url(FEED)
    assert followed.feeds() == []
    assert kept(followed) == texts(A, B)
    with pytest.raises(QuotewiseError, match="is followed: `quotewise feed list` lists them"):
        followed.remove_feed(site.url(FEED))


@on_both_engines
def test_one_process_polls_at_a_time_and_what_is_left_comes_with_the_next_poll(library, site):
    publish(site, A, B, C)
    follow(library, site)
    polling = library.poll(NOW)
    next(polling)
    with pytest.raises(QuotewiseError, match="The feeds are being polled already"):
        poll(library)
    polling.close()
    read = []
    for outcome in library.poll(NOW, stop=lambda: len(read) == 1):
        read.append(outcome)
    assert statuses(read) == ["added"]
    assert statuses(list(library.poll(NOW, within=timedelta(0)))) == ["added"]
    assert poll(library) == []
    assert kept(library) == texts(A, B, C)


# -- crashes

DYING = """
import json, os, signal, sys
from datetime import datetime
from pathlib import Path
from retrieval import Library
from retrieval.storage import Catalog
from retrieval.storage.feeds import Feeds

home, copies, host, now = sys.argv[1:]

def poll():
    with Library.open(home, copies=Path(copies), allow_hosts=[host]) as library:
        list(library.poll(datetime.fromisoformat(now), all_now=True))

def dying(function, when, calls):
    def in_its_place(*arguments, **named):
        calls.append(0)
        if len(calls) == when[1] and when[0] == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = function(*arguments, **named)
        if len(calls) == when[1]:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return in_its_place

for owner, name, *when in json.load(sys.stdin):
    child = os.fork()
    if not child:
        of = {"Feeds": Feeds, "Catalog": Catalog}[owner]
        setattr(of, name, dying(getattr(of, name), when, []))
        poll()
        os._exit(0)
    ended = "killed" if os.waitpid(child, 0)[1] == signal.SIGKILL else "alive"
    print(name, *when, ended, flush=True)  # or a later child would print it once more
"""


def test_a_poll_killed_at_any_step_loses_and_doubles_nothing(library, site, tmp_path, copies):
    stories = list(map(Story, range(6)))
    publish(site, *stories)
    follow(library, site)
    library.warm_up()
    steps = [
        ("Feeds", "polled", "before", 1),
        ("Feeds", "polled", "after", 1),
        ("Catalog", "put", "before", 1),
        ("Catalog", "put", "after", 1),
        ("Feeds", "settled", "after", 2),
    ]
    done = subprocess.run(
        [sys.executable, "-c", DYING, tmp_path / "home", copies, site.host, NOW.isoformat()],
        input=json.dumps(steps),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    killed = [f"{name} {when} {number} killed" for _, name, when, number in steps]
    assert done.stdout.splitlines() == killed
    before = len(kept(library))
    assert 0 < before < 6
    assert statuses(poll(library)).count("added") == 6 - before
    assert kept(library) == texts(*stories)
    assert poll(library, all_now=True) == []
    assert library.verify() == []


# -- the command line


def test_feeds_are_followed_listed_polled_and_removed_by_commands(library, site, tmp_path, copies):
    home = tmp_path / "home"
    (home / "models").symlink_to(copies)
    publish(site, A, B)
    (tmp_path / "list.opml").write_text(
        f'<opml><body><outline text="Sport" xmlUrl="{site.url("/sport.xml")}"/>'
        '<outline text="Mine" xmlUrl="file:///etc/passwd"/></body></opml>'
    )

    def run(*arguments: str) -> list[str]:
        settings = ("--home", str(home), "--allow-hosts", site.host)
        done = CliRunner().invoke(quotewise, [*settings, *arguments], obj={}, standalone_mode=False)
        assert done.stderr == ""
        return [str(int(done.return_value or 0)), *done.stdout.splitlines()]

    assert run("feed", "list") == [
        "0",
        "No feeds are followed: `quotewise feed add LINK` follows one.",
    ]
    assert run("feed", "add", site.url(FEED), site.url("/no"), str(tmp_path / "list.opml")) == [
        "1",
        f"added  The Skerry Post {site.url(FEED)}",
        f"failed  {site.url('/no')}: the site has no such page (404); check the link.",
        "failed  file:///etc/passwd: this is no link to a feed; in the list, write one that begins "
        "with https:// or http://.",
        f"added  Sport {site.url('/sport.xml')}",
        "`quotewise feed poll` reads what is in them; the running bot does so, too.",
    ]
    code, *lines, total = run("feed", "poll")
    assert code == "1"
    assert lines[0].startswith(f"failed  {site.url('/sport.xml')}: the site has no such page (404)")
    assert [line.split()[0] for line in lines] == ["failed", "added", "added"]
    assert total.startswith("2 added, 1 failed (next poll 20")
    _, first, second = run("feed", "list")
    assert first.startswith(f"{site.url(FEED)}  The Skerry Post  (2 read, next poll 20")
    assert second.startswith(f"{site.url('/sport.xml')}  Sport  (0 read, next poll 20")
    assert second.endswith("UTC)  the site has no such page (404); check the link.")
    site.set("/sport.xml", redirect(FEED, 301))  # and the two become one
    assert run("feed", "poll", "--all-now", "--quiet") == ["0", "Nothing is new."]
    (listed,) = run("feed", "list", "--json")[1:]
    assert json.loads(listed)["url"] == site.url(FEED)
    assert f'xmlUrl="{site.url(FEED)}"' in "\n".join(run("feed", "list", "--opml"))
    assert run("feed", "remove", site.url(FEED)) == [
        "0",
        f"removed  The Skerry Post {site.url(FEED)} (its articles are kept)",
    ]
    assert kept(library) == texts(A, B)
