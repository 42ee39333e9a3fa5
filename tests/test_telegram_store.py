"""The bot's own state, in a file or in PostgreSQL, and what its processes count together."""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from article_library import BAKERY, GLACIER, HARBOUR, add, jsonl
from postgresql_server import on_both_engines
from telegram.error import RetryAfter

from bot.telegram.answers import Answers
from bot.telegram.context import Services
from bot.telegram.rate_limiter import RateLimiter, SharedLimits, throttles
from bot.telegram.settings import TelegramSettings
from bot.telegram.sources import Source
from bot.telegram.store import (
    CODE_LASTS,
    LISTING_LASTS,
    MOST_WATCHES,
    OFFER_LASTS,
    SCHEMAS,
    TABLES,
    UNDO_LASTS,
    Access,
    Addition,
    Additions,
    ArticleNotes,
    ChatSettings,
    Digest,
    Events,
    Listing,
    Listings,
    Removal,
    Subscriptions,
    belong,
    drop_rows,
    expire,
    migrate,
    opened,
    own_library,
    updates,
)
from retrieval import Article, QuotewiseError, RemovedArticle, Turn

CHAT, GROUP, SUPERGROUP = 6_000_000_000, -400, -1_001_234_567_890
ADA, MIA = 5_000_000_001, 5_000_000_002
NOW = 1_770_000_000.5


@pytest.fixture
def place(tmp_path, database):
    """Where the bot's state is: a file, or a database in tests that are run `on_both_engines`."""
    return database or tmp_path / "home" / "telegram.sqlite"


@pytest.fixture
def store(place):
    with closing(opened(place)) as store:
        yield store


def rows(store, table, *columns):
    """The rows of a table, or some of their columns."""
    wanted = [TABLES.tables[table].c[column] for column in columns]
    return sorted(map(tuple, store.rows(sa.select(*wanted or [TABLES.tables[table]]))))


# -- the file, and the bot that it belongs to


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path):
    path = tmp_path / "telegram.sqlite"
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(f"{SCHEMAS[0]};PRAGMA user_version = 1;")
        old.execute("INSERT INTO offers VALUES ('a', 1, 2, '{\"link\": \"x\"}', NULL, 3.0)")
        old.execute("INSERT INTO updates VALUES (7, '{}', 1, 2.0)")
    for _ in range(2):
        with closing(opened(path)) as store:
            sources = (Source(link="x"),)
            assert Additions(store).with_id("a") == Addition("a", 1, 2, sources, 3.0)
            assert rows(store, "updates", "id", "payload", "lane") == [(7, "{}", None)]
            assert store.scalar(sa.text("PRAGMA user_version")) == len(SCHEMAS)


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    path = tmp_path / "telegram.sqlite"
    with closing(sqlite3.connect(path)) as later:
        later.execute(f"PRAGMA user_version = {len(SCHEMAS) + 1}")
    with pytest.raises(QuotewiseError, match=r"later version of Quotewise .*: update this one"):
        opened(path)


@on_both_engines
def test_what_was_stored_is_read_by_the_next_process(place):
    with closing(opened(place)) as store:
        Access(store, ()).grant(CHAT, "main")
    with closing(opened(place)) as store:
        assert Access(store, ()).scope(CHAT) == [f"chat:{CHAT}", "main"]


@on_both_engines
def test_another_bots_numbers_are_not_taken_for_those_of_the_one_before(store):
    belong(store, "500")
    store.put(updates, id=7, received=0)
    common = {"chat": 1, "asker": 2, "question": "Why?", "answer": "{}", "made": 0}
    answers = TABLES.tables["answers"]
    store.put(answers, id="a", thumb=1, **common, **{"asked_in": 101, "shown_in": 102})
    store.put(answers, id="b", **common, **{"asked_in": 103, "shown_in": 104})
    Events(store).record("new", CHAT, 90, ADA)
    belong(store, "500")
    assert rows(store, "updates", "id") == [(7,)]
    assert rows(store, "answers", "asked_in") == [(101,), (103,)]
    assert Events(store).value("new", CHAT, ADA) == 90
    belong(store, "600")
    assert rows(store, "updates") == []
    assert Events(store).value("new", CHAT, ADA) is None
    kept = rows(store, "answers", "id", "asked_in", "shown_in", "thumb")
    assert kept == [("a", -101, None, 1), ("b", -103, None, None)], "the thumbs are kept"


# -- people, and what chats have set


@on_both_engines
def test_a_code_lets_one_chat_in_and_expires(store):
    access = Access(store, {ADA})
    code, unused = access.new_code(NOW), access.new_code(NOW)
    assert not access.use_code("WRONG", CHAT, "Mia", NOW)
    assert access.use_code(f" {code.lower()} ", CHAT, "Mia", NOW)
    assert not access.use_code(code, GROUP, "Sheds", NOW)
    assert not access.use_code(unused, GROUP, "Sheds", NOW + CODE_LASTS + 1)
    assert [access.may_ask(CHAT, MIA), access.may_ask(GROUP, CHAT)] == [True, True]
    assert [access.may_ask(GROUP, MIA), access.may_ask(GROUP, ADA)] == [False, True]
    assert access.use_code(access.new_code(NOW), GROUP, "Sheds", NOW + 1)
    assert list(access.members().items()) == [(GROUP, "Sheds"), (CHAT, "Mia")]
    assert access.use_code(access.new_code(NOW), CHAT, "Mia Holm", NOW + 2)
    assert list(access.members().items()) == [(CHAT, "Mia Holm"), (GROUP, "Sheds")]


@on_both_engines
def test_a_chat_reads_its_own_library_and_those_granted_in_order(store):
    access = Access(store, ())
    for library in ("north", "Zebra", "éclairs", "north"):
        access.grant(CHAT, library)
    assert access.scope(CHAT) == [f"chat:{CHAT}", "Zebra", "north", "éclairs"]
    assert access.scope(GROUP) == [f"chat:{GROUP}"]
    assert [access.revoke(CHAT, "north"), access.revoke(CHAT, "north")] == [True, False]
    Subscriptions(store).watch(CHAT, None, "Why?", 1)
    access.put_out(CHAT)
    assert access.scope(CHAT) == [f"chat:{CHAT}"]
    assert Subscriptions(store).of_chat(CHAT) == []


@on_both_engines
def test_settings_of_a_chat_are_independent_of_each_other(store):
    settings = ChatSettings(store)
    assert [settings.language(CHAT), settings.adds_at_once(CHAT)] == [None, False]
    settings.set_adds_at_once(CHAT, True)
    settings.set_language(CHAT, "de")
    assert [settings.language(CHAT), settings.adds_at_once(CHAT)] == ["de", True]
    settings.set_adds_at_once(CHAT, False)
    assert [settings.language(CHAT), settings.adds_at_once(CHAT)] == ["de", False]


# -- subscriptions


@on_both_engines
def test_watched_questions_have_numbers_and_know_what_they_have_seen(store):
    subscriptions = Subscriptions(store)
    for number in range(MOST_WATCHES):
        assert subscriptions.watch(CHAT, 3, f"Why {number}?", 10)
    assert subscriptions.watch(CHAT, 3, "WHY 1?", 10), "it is watched already"
    assert not subscriptions.watch(CHAT, 3, "How?", 10)
    assert subscriptions.watch(GROUP, None, "How?", 10)
    first, second, *_ = watches = subscriptions.of_chat(CHAT)
    assert [watch.question for watch in watches] == [f"Why {n}?" for n in range(MOST_WATCHES)]
    assert (first.chat, first.topic, first.seen) == (CHAT, 3, 10)
    subscriptions.seen(first.id, 12)
    assert first.id not in [watch.id for watch in subscriptions.behind(12)]
    assert len(subscriptions.behind(12)) == MOST_WATCHES
    for _ in range(2):
        subscriptions.record_notified(second.id, 7)
    assert subscriptions.was_notified(second.id, 7)
    assert not subscriptions.was_notified(first.id, 7)
    assert not subscriptions.unwatch(GROUP, second.id), "it is another chat's"
    assert subscriptions.unwatch(CHAT, second.id)
    assert rows(store, "told") == []


@on_both_engines
def test_a_digest_is_due_until_it_was_sent(store):
    subscriptions, noon = Subscriptions(store), datetime(2026, 3, 1, 12, tzinfo=UTC)
    subscriptions.send_daily(Digest(CHAT, None, 13 * 60, "UTC", 5), noon)
    assert subscriptions.due(noon) == []
    subscriptions.send_daily(Digest(CHAT, 4, 11 * 60, "UTC", 5), noon)
    assert subscriptions.due(noon) == [], "from tomorrow on, as the time has passed today"
    tomorrow = noon + timedelta(days=1)
    assert subscriptions.due(tomorrow) == [Digest(CHAT, 4, 11 * 60, "UTC", 5, "2026-03-01")]
    subscriptions.sent(subscriptions.due(tomorrow)[0], 9, tomorrow)
    assert subscriptions.due(tomorrow) == []
    assert subscriptions.digest(CHAT) == Digest(CHAT, 4, 11 * 60, "UTC", 9, "2026-03-02")
    assert subscriptions.digest(GROUP) is None


def test_a_digest_comes_once_a_day_also_after_a_clock_that_was_wrong():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    due = {
        last: Digest(1, None, 8 * 60, "UTC", 0, last).due(noon)
        for last in (None, "2026-02-28", "2026-03-01", "2026-03-02", "2031-07-04")
    }
    assert due == {
        None: "2026-03-01",
        "2026-02-28": "2026-03-01",
        "2026-03-01": None,
        "2026-03-02": None,
        "2031-07-04": "2026-03-01",
    }
    assert Digest(1, None, 8 * 60, "UTC", 0).due(noon - timedelta(hours=5)) is None


# -- what is added and removed


@on_both_engines
def test_an_addition_waits_for_one_yes_and_is_begun_again(store):
    additions = Additions(store)
    link, file = Source(link="https://a.example/"), Source(file="F", name="b.pdf", update=8)
    waiting = Addition("a", CHAT, ADA, (link, file), NOW, 3)
    additions.save(waiting)
    additions.save(Addition("b", CHAT, ADA, (link,), NOW + 1, 3))
    additions.save(Addition("c", CHAT, ADA, (link,), NOW))
    assert [each.id for each in additions.of_person(CHAT, ADA, 3, NOW)] == ["b", "a"]
    assert [each.id for each in additions.of_person(CHAT, ADA, 3, NOW + 1)] == ["b"]
    assert [each.id for each in additions.of_person(CHAT, ADA, None, NOW)] == ["c"]
    assert additions.of_person(CHAT, MIA, 3, NOW) == []
    store.put(updates, id=20, payload='{"update_id": 20}', received=NOW)
    additions.shown("a", 31)
    assert [additions.begin("a", 20), additions.begin("a", 20)] == [True, False]
    begun = waiting._replace(shown_in=31, taken='{"update_id": 20}', attempts=1)
    assert additions.begun() == [begun]
    additions.begin_again("a")
    assert additions.with_id("a") == begun._replace(attempts=2)
    additions.forgive_attempts(["a", "b"])
    assert additions.with_id("a") == begun._replace(attempts=0)
    additions.drop("a")
    assert [additions.with_id("a"), additions.begun()] == [None, []]


def removed(id, record):
    article = Article(id, f"Title {record}", "Text.")
    return RemovedArticle(article, own_library(CHAT), datetime.now(UTC), (), record)


@on_both_engines
def test_a_removed_article_can_be_put_back_for_ten_minutes(store):
    notes = ArticleNotes(store)
    notes.set_adder(CHAT, "a", ADA)
    notes.set_adder(CHAT, "a", MIA)
    assert [notes.adder(CHAT, "a"), notes.adder(GROUP, "a")] == [MIA, None]
    ids = [
        notes.add_removal(CHAT, removed(id, record), NOW + n)
        for n, (id, record) in enumerate(zip("abcd", "wxyz", strict=True))
    ]
    assert notes.adder(CHAT, "a") is None
    assert notes.removal(CHAT, ids[0], NOW) == Removal("Title w", "w", MIA)
    assert notes.removal(CHAT, ids[1], NOW) == Removal("Title x", "x", None)
    assert notes.removal(GROUP, ids[0], NOW) is None
    assert notes.removal(CHAT, ids[0], NOW + UNDO_LASTS) is None
    latest = [(ids[n], f"Title {'wxyz'[n]}") for n in (3, 2, 1)]
    assert notes.latest_removals(CHAT, NOW + 4) == latest
    notes.drop_removal(ids[3])
    assert notes.latest_removals(CHAT, NOW + UNDO_LASTS + 1) == [(ids[2], "Title y")]


@on_both_engines
def test_equal_lists_share_an_id_which_other_chats_cannot_use(store):
    listings = Listings(store)
    some = listings.add(Listing(CHAT, "ferry", None, "2023-05"), NOW)
    assert listings.add(Listing(CHAT, "ferry", None, "2023-05"), NOW + 1) == some
    assert listings.add(Listing(CHAT, "ferry", "", "2023-05"), NOW).id != some.id
    assert listings.listing(CHAT, some.id) == some
    assert listings.listing(GROUP, some.id) is None
    assert len(rows(store, "listings")) == 2


@on_both_engines
def test_what_is_too_old_is_deleted(store):
    notes, additions = ArticleNotes(store), Additions(store)
    store.put(updates, id=20, payload="{}", received=NOW)
    for age in (0, UNDO_LASTS):
        notes.add_removal(CHAT, removed("a", "record"), NOW - age)
    for age, word in ((0, "new"), (LISTING_LASTS, "old")):
        Listings(store).add(Listing(CHAT, word), NOW - age)
    for id, age in (("new", 0), ("old", OFFER_LASTS + 1), ("begun", OFFER_LASTS + 1)):
        additions.save(Addition(id, CHAT, ADA, (), NOW - age))
    additions.begin("begun", 20)
    Events(store).record("new", CHAT, 5, ADA)
    throttle = throttles(store, 20, 60)["person"]
    throttle.wait(ADA, NOW, "late")
    throttle.wait(ADA, NOW - 86_401, "early")
    common = {"chat": 1, "asker": 2, "asked_in": 3, "question": "?", "answer": "{}"}
    store.put(TABLES.tables["answers"], id="a", made=NOW - 2 * 86_400, **common)
    expire(store, NOW, None)
    assert rows(store, "removals", "removed") == [(NOW,)]
    assert rows(store, "listings", "word") == [("new",)]
    assert rows(store, "offers", "id") == [("begun",), ("new",)]
    assert rows(store, "requests", "what") == [("late",)]
    assert rows(store, "events", "value") == [(5,)]
    expire(store, NOW, 3)
    assert rows(store, "answers", "id") == [("a",)]
    expire(store, NOW, 1)
    assert rows(store, "answers") == []
    expire(store, time.time() + 8 * 86_400, None)
    assert rows(store, "events") == []


# -- answers


@pytest.fixture
def harbour(library, tmp_path):
    """A library in which the chat has an article."""
    add(library, tmp_path, HARBOUR, to=own_library(CHAT))
    return library


async def at_once(work, *arguments):
    return work(*arguments)


@on_both_engines
def test_an_answer_keeps_its_buttons_and_its_conversation(store, harbour):
    answers = Answers(store, harbour, Access(store, ()).scope, at_once)

    def ask(question, message, id=None):
        answer = harbour.answer(question, scope=[own_library(CHAT)])
        return answer, asyncio.run(answers.keep(CHAT, ADA, message, answer, id))

    answer, id = ask("What did the repair cost?", 11)
    answers.shown(id, 12)
    answers.sent(id, 2)
    given = asyncio.run(answers.with_id(CHAT, id))
    assert given.answer.quotes[0].text == answer.quotes[0].text
    assert (given.asker, given.message_id, given.shown_in, given.sent) == (ADA, 11, 12, 2)
    assert asyncio.run(answers.with_id(GROUP, id)) is None
    assert answers.in_message(CHAT, 12).question == "What did the repair cost?"
    assert [answers.in_message(GROUP, 12), answers.to_message(CHAT, 12)] == [None, None]
    ask("Who is the keeper?", 13)
    questions = [turn.question for turn in answers.turns_of(CHAT, ADA, 0, None, 14)]
    assert questions == ["What did the repair cost?", "Who is the keeper?"]
    assert answers.turns_of(CHAT, ADA, 0, 13, 14) == []
    assert answers.turns_of(CHAT, MIA, 0, None, 14) == []
    assert answers.turns_of(CHAT, ADA, time.time() + 1, None, 14) == []
    assert [turn.question for turn in answers.turn_in(CHAT, 12)] == questions[:1]
    for opinion in (1, None, -1):
        answers.thumb(id, opinion)
        assert (id, opinion) in list(map(tuple, rows(store, "answers", "id", "thumb")))
    ask("Who was hurt?", 11, id)
    assert answers.to_message(CHAT, 11).question == "Who was hurt?"
    assert len(rows(store, "answers")) == 2, "the earlier one is replaced"


@on_both_engines
def test_the_answers_of_a_group_move_with_its_articles(store, harbour):
    answers = Answers(store, harbour, Access(store, ()).scope, at_once)
    answer = harbour.answer("What did the repair cost?", scope=[own_library(CHAT)])
    id = asyncio.run(answers.keep(CHAT, ADA, 11, answer))
    answers.shown(id, 12)
    harbour.rename(own_library(CHAT), own_library(SUPERGROUP))
    answers.migrate(CHAT, SUPERGROUP)
    given = asyncio.run(answers.with_id(SUPERGROUP, id))
    assert [quote.text for quote in given.answer.quotes] == [quote.text for quote in answer.quotes]
    assert (given.message_id, given.shown_in) == (-11, None)
    assert asyncio.run(answers.with_id(CHAT, id)) is None
    (turn,) = answers.turns_of(SUPERGROUP, ADA, 0, None, 1)
    assert isinstance(turn, Turn)


@on_both_engines
def test_a_supergroup_gets_the_rows_of_its_group_in_place_of_its_own(store):
    access, settings, subscriptions = Access(store, ()), ChatSettings(store), Subscriptions(store)
    for chat, language in ((GROUP, "de"), (SUPERGROUP, "en"), (CHAT, "fr")):
        settings.set_language(chat, language)
        access.use_code(access.new_code(NOW), chat, language, NOW)
        access.grant(chat, "main")
        access.grant(chat, language)
        subscriptions.watch(chat, None, f"{language}?", 1)
    tables = ("members", "grants", "watches", "digests", "chats")
    for _ in range(2):
        migrate(store, GROUP, SUPERGROUP, *tables)
        assert rows(store, "chats", "chat", "language") == [(SUPERGROUP, "de"), (CHAT, "fr")]
        assert access.scope(SUPERGROUP) == [f"chat:{SUPERGROUP}", "de", "en", "main"]
        assert access.scope(GROUP) == [f"chat:{GROUP}"]
        assert access.members() == {SUPERGROUP: "de", CHAT: "fr"}
        watched = {watch.question for watch in subscriptions.of_chat(SUPERGROUP)}
        assert watched == {"de?", "en?"}
    drop_rows(store, SUPERGROUP, "grants", "chats")
    assert rows(store, "grants", "chat") == [(CHAT,), (CHAT,)]


# -- what several processes share


@on_both_engines
def test_every_process_knows_what_happened_last(store, place):
    with closing(opened(place)) as other:
        here, elsewhere = Events(store), Events(other)
        assert here.value("new", CHAT, ADA) is None
        here.record("new", CHAT, 90, ADA)
        elsewhere.record("new", CHAT, 95, ADA)
        assert [here.value("new", CHAT, ADA), here.value("new", CHAT, MIA)] == [95, None]
        assert here.first("album", CHAT, 7, "A") == 7
        assert [elsewhere.first("album", CHAT, n, "A") for n in (8, 7)] == [7, 7]
        assert elsewhere.first("album", CHAT, 9, "B") == 9
        assert elsewhere.first("album", GROUP, 9, "A") == 9


@contextmanager
def process(library, place):
    """What a process of the bot has, with a connection of its own to its state."""
    settings = TelegramSettings(token="1:" + 20 * "x")
    with closing(opened(place)) as store:
        services = Services(library, store, settings, None)
        with closing(services.locks):
            yield services
        assert services.threads.end(10)


@on_both_engines
@pytest.mark.parametrize("articles", [0, 1, 2])
def test_a_chat_that_another_process_forgets_keeps_nothing_of_an_addition(
    articles, place, library, tmp_path
):
    """It is forgotten when so many articles have been added."""
    source = jsonl(tmp_path, HARBOUR, BAKERY, GLACIER)

    async def run(here, elsewhere):
        done = []

        def report(number):
            done.append(number)
            if number == articles:
                forgetting.append(asyncio.ensure_future(elsewhere.forget(CHAT)))

        forgetting = []
        await here.adding.acquire()
        adding = asyncio.ensure_future(here.add(source, CHAT, report, adder=ADA))
        await asyncio.sleep(0)
        if articles == 0:
            await elsewhere.forget(CHAT)
        here.adding.release()
        outcomes = await adding
        await asyncio.gather(*forgetting)
        return outcomes

    with process(library, place) as here, process(library, place) as elsewhere:
        outcomes = asyncio.run(run(here, elsewhere))
        assert library.ids(library=own_library(CHAT)) == []
        assert rows(here.store, "adders") == []
        if articles == 0:
            assert outcomes == []
        assert len(asyncio.run(here.add(source, CHAT, lambda _: None, adder=ADA))) == 3
        assert rows(here.store, "adders", "person") == [(ADA,)] * 3


@on_both_engines
def test_what_is_added_to_a_group_that_another_process_moved_is_the_supergroups(
    place, library, tmp_path
):
    async def run(here, elsewhere):
        here.additions.save(Addition("a", GROUP, ADA, (Source(link="https://a.example/"),), NOW))
        await elsewhere.move(GROUP, SUPERGROUP)
        return await here.add(jsonl(tmp_path, HARBOUR), GROUP, lambda _: None)

    with process(library, place) as here, process(library, place) as elsewhere:
        here.additions.save(Addition("a", GROUP, ADA, (), NOW))  # which goes on meanwhile
        asyncio.run(run(here, elsewhere))
    assert library.ids(library=own_library(SUPERGROUP)) == [HARBOUR["id"]]
    assert library.ids(library=own_library(GROUP)) == []


@on_both_engines
def test_people_wait_as_long_as_they_have_asked_too_much_of_any_process(store, place):
    with closing(opened(place)) as other:
        here, elsewhere = (throttles(each, 3, 60)["person"] for each in (store, other))
        assert [here.wait(ADA, NOW, "a"), elsewhere.wait(ADA, NOW + 1, "b")] == [0, 0]
        assert here.wait(ADA, NOW + 2, ("c", None)) == 0
        assert elsewhere.wait(ADA, NOW + 10, "d") == 50
        assert here.wait(ADA, NOW + 59.5, "d") == 1, "a second at least"
        assert elsewhere.wait(ADA, NOW + 11, ("c", None)) == 0, "it counts once"
        assert elsewhere.wait(MIA, NOW + 11, "d") == 0
        assert throttles(store, 3, 60)["chat"].wait(ADA, NOW + 11, "d") == 0
        assert elsewhere.wait(ADA, NOW + 60, "d") == 0
        assert here.wait(ADA, NOW + 60.5, "e") == 0.5 + 0.5
        assert here.wait(ADA, NOW - 3600, "f") == 0, "of a clock that was wrong"


IN_ALL, IN_GROUP = (30, 0.3), (20, 0.9)


@pytest.fixture
def limits(databases):
    """Four processes' limits on what they send, with short windows."""
    url = databases.new()
    stores = [opened(url) for _ in range(4)]
    yield [SharedLimits(store, IN_ALL, IN_GROUP) for store in stores]
    for store in stores:
        store.close()


NOTED = (
    "CREATE TABLE noted (moment timestamptz)",
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN INSERT INTO noted VALUES (NEW.moments[1]); RETURN NULL; END $$",
    "CREATE TRIGGER note AFTER INSERT OR UPDATE ON outgoing FOR EACH ROW EXECUTE FUNCTION note()",
)
"""Writes each moment down that is reserved, as a process that waits knows it only roughly."""


@pytest.mark.parametrize(("chat", "limit"), [(0, IN_ALL), (CHAT, IN_ALL), (GROUP, IN_GROUP)])
def test_processes_together_reserve_no_more_moments_than_telegram_allows(limits, chat, limit):
    most, window = limit
    store = limits[0].store
    for statement in NOTED:
        store.change(sa.text(statement))
    with ThreadPoolExecutor(len(limits)) as threads:
        for process in limits:
            for _ in range(5 * most // len(limits)):
                threads.submit(process.reserve, chat)
    query = sa.text("SELECT extract(epoch FROM moment)::float8 FROM noted ORDER BY moment")
    moments = [moment for (moment,) in store.rows(query)]
    assert len(moments) > 4 * most
    pairs = zip(moments, moments[most:], strict=False)
    assert min(later - earlier for earlier, later in pairs) > window - 1e-6
    assert moments[-1] - moments[0] < 4 * window + 0.5, "no moment is wasted"


def test_a_message_waits_for_its_group_and_for_all_chats(limits):
    begun = time.monotonic()

    async def send(chat):
        for each in limits:
            await each.wait(chat)
        return time.monotonic() - begun

    async def run():
        groups = [send(GROUP - 1 - number % 3) for number in range(15)]
        return await asyncio.gather(*groups, *(send(CHAT) for _ in range(5)))

    ended = asyncio.run(run())  # 20 messages to each of three groups, and 20 to a chat
    assert 2 * IN_ALL[1] <= max(ended) < 3, "80 messages"


def test_where_telegram_asks_to_wait_all_processes_wait(limits):
    here, elsewhere, *_ = limits
    for chat in (GROUP, CHAT):
        here.reserve(chat)
        here.pause(chat, 60)
        here.pause(chat, 20)
        assert 50 < elsewhere.reserve(chat) <= 60
    assert elsewhere.reserve(GROUP - 1) <= 0
    assert elsewhere.reserve(CHAT + 1) <= 0


def test_a_request_waits_as_long_as_telegram_asked_another_process(limits, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # or making the error gives a warning
    here, elsewhere = (RateLimiter(each.store) for each in limits[:2])
    made = []

    async def send(limiter, chat, *errors):
        remaining = list(errors)

        async def request():
            if remaining:
                raise remaining.pop()
            made.append((limiter is here, chat))
            return True

        data = {"chat_id": chat}
        return await limiter.process_request(request, (), {}, "sendMessage", data, None)

    async def run():
        begun = time.monotonic()
        waiting = asyncio.ensure_future(send(here, GROUP, RetryAfter(timedelta(seconds=0.5))))
        await asyncio.sleep(0.1)
        await send(elsewhere, CHAT)
        await send(elsewhere, GROUP)
        assert time.monotonic() - begun >= 0.5
        await waiting

    asyncio.run(run())
    assert made[0] == (False, CHAT)
    assert sorted(made[1:]) == [(False, GROUP), (True, GROUP)]


def test_counts_of_messages_are_deleted_after_a_minute(limits):
    store = limits[0].store
    for chat in (GROUP, CHAT):
        limits[0].reserve(chat)
    store.change(sa.text("UPDATE outgoing SET moments[1] = moments[1] - interval '61 s'"
                         " WHERE chat > 0"))  # fmt: skip
    expire(store, time.time(), None)
    assert rows(store, "outgoing", "chat") == [(GROUP,)]
