"""The articles in PostgreSQL: its own errors, and the same tables and texts as in a file."""

import json
import random
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa
from article_library import HARBOUR, jsonl, refusal
from feed_server import NOW, library_of_site
from postgresql_server import executed, on_both_engines
from website import Reply

from bot.telegram.store import STORE
from retrieval import Database
from retrieval.records import LONGEST_ID, Article
from retrieval.storage import Catalog, NewArticle
from retrieval.storage.migrations import CATALOG


def columns_and_keys(place, schema):
    """What a database has of each table: its columns, its keys, and what they refer to."""
    database = Database(place, schema)
    inspector = sa.inspect(database.engine.current())
    tables = {}
    for table in schema.tables.tables:
        keys = inspector.get_pk_constraint(table)["constrained_columns"]
        tables[table] = {
            "columns": {
                (column["name"], column["nullable"] and column["name"] not in keys)
                for column in inspector.get_columns(table)
            },
            "keys": keys,
            "unique": sorted(
                key["column_names"] for key in inspector.get_unique_constraints(table)
            ),
            "belongs to": sorted(
                (key["referred_table"], key["constrained_columns"])
                for key in inspector.get_foreign_keys(table)
            ),
        }
    database.close()
    return tables


@pytest.mark.filterwarnings("ignore:Did not recognize type 'halfvec'")
@pytest.mark.parametrize("schema", [CATALOG, STORE], ids=["articles", "bot"])
def test_both_engines_have_the_same_tables(schema, tmp_path, databases):
    in_postgresql = columns_and_keys(databases.new(), schema)
    assert in_postgresql == columns_and_keys(tmp_path / "file.sqlite", schema)


def long(size: int, seed: int = 0) -> str:
    """Letters that no database compresses."""
    return random.Random(seed).randbytes(size).hex()[:size]


@on_both_engines
def test_what_a_database_cannot_store_is_left_out_or_refused_alone(library, tmp_path):
    far = {"title": long(9_000), "source": long(9_000, 1), "author": long(9_000, 2)}
    far |= {"url": f"https://post.example/{long(9_000, 3)}", "text": f"{long(9_000, 4)}."}
    lines = [
        {"id": "n\0ul", "title": "N\0UL", "source": "\0", "text": "One\0 swan.\n\n\0Two swans."},
        {"id": "i" * LONGEST_ID + "d", "text": "The id is too long."},
        {"id": "é" * (LONGEST_ID // 2), "text": "The id is just short enough."},
        {"id": "half", "text": "Half \ud800 a character."},
        {"id": "far", **far},
        HARBOUR,
    ]
    file = jsonl(tmp_path, *lines)
    assert [(one.article and one.article.id, one.reason) for one in library.add(file)] == [
        ("nul", None),
        (None, "`id` is longer than 1,200 bytes; give the article a shorter one."),
        (lines[2]["id"], None),
        (None, "`text` must be a string of whole characters, or null."),
        ("far", None),
        ("harbour-light", None),
    ]
    assert [one.reason for one in library.add(file) if one.status != "unchanged"] == [
        "`id` is longer than 1,200 bytes; give the article a shorter one.",
        "`text` must be a string of whole characters, or null.",
    ]
    nul, _, stored, _ = (one.article for one in library.articles())
    assert (nul.title, nul.source, nul.text) == ("NUL", None, "One swan.\n\nTwo swans.")
    assert {name: getattr(stored, name) for name in far} == far
    assert library.verify() == []


of_site = pytest.fixture(library_of_site)


@on_both_engines
def test_a_feed_with_odd_ids_loses_no_entry(of_site, site):
    words = "The ferry to Orle had {} cars on board. " * 20
    items = [
        {"id": id, "title": f"N\0UL {n}", "content_text": words.format(*[n] * 20)}
        for n, id in enumerate(["a\0b", long(3_000), long(3_000)[:-1], "c"])
    ]
    site.set("/feed.json", Reply(json.dumps({"title": "P\0ost", "items": items})))
    of_site.add_feed(site.url("/feed.json"), now=NOW)
    added = list(of_site.poll(NOW))
    assert [(one.status, one.article.title) for one in added] == [
        ("added", f"NUL {n}") for n in range(4)
    ]
    assert list(of_site.poll(NOW, all_now=True)) == []
    assert [feed.title for feed in of_site.feeds()] == ["Post"]
    refused = []
    link = f"{site.url('/feed.json')}?{long(1_200)}"
    assert of_site.add_feed(link, now=NOW, refused=refused.append) == []
    assert "this link is longer than 1,200 bytes; give a shorter link" in str(refused[0])


def test_an_id_of_an_earlier_version_that_cannot_be_looked_up_is_refused(databases):
    catalog = Catalog(databases.new())
    new = NewArticle("main", Article(long(9_000), "Long", "Text."), datetime.now(UTC))
    assert "is longer than the 2,700 bytes" in refusal(catalog.put, [new], model="none")
    catalog.close()


ARTICLE = NewArticle("main", Article("a", "Title", "Text."), datetime.now(UTC))


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann:p@ss:word@db.example/news", "mysql://ann@db.example/news", "news.sqlite"],
)
def test_an_address_of_no_database_is_refused_and_not_repeated(url):
    refused = refusal(Catalog, url)
    assert refused.startswith("QUOTEWISE_DATABASE is no address of a PostgreSQL database")
    assert "word" not in refused.replace("password", "")


def test_a_server_that_cannot_be_reached_is_named_with_what_to_do():
    refused = refusal(Catalog, "postgresql://ann:secret@127.0.0.1:9/news")
    assert refused.startswith("The database news on 127.0.0.1 cannot be reached (")
    assert "secret" not in refused


def test_a_lock_can_be_taken_as_soon_as_it_is_free(databases):
    with closing(Catalog(databases.new())) as catalog:
        for _ in range(300):
            with catalog.engine.alone("polling", lambda: "busy"):
                assert refusal(catalog.engine.alone("polling", lambda: "busy").__enter__) == "busy"


def test_a_catalog_of_an_earlier_or_a_later_version_is_not_opened(databases):
    url = databases.new()
    Catalog(url).close()
    for version, sentence in ((1, "by an earlier version"), (CATALOG.version + 1, "by a later")):
        executed(url, f"UPDATE quotewise.version SET number = {version}")
        assert sentence in refusal(Catalog, url)


@on_both_engines
def test_who_has_an_archive_open_stops_writing_when_another_is_copied_there(database, tmp_path):
    place = database or tmp_path / "catalog.sqlite"
    with closing(Catalog(place)) as catalog, closing(Catalog(place, filling=True)) as copying:
        with copying.transaction() as connection:
            copying.engine.set_version(connection, -CATALOG.version)
        assert "is being filled from another archive" in refusal(catalog.put, [ARTICLE], model="m")


def test_a_user_who_may_not_install_pgvector_is_told_who_may(databases):
    url, name = databases.new(), f"reader_{uuid4().hex}"
    database = sa.make_url(url).database
    executed(url, f"CREATE ROLE {name} LOGIN")
    executed(url, f"GRANT CREATE ON DATABASE {database} TO {name}")
    try:
        theirs = sa.make_url(url).set(username=name).render_as_string(hide_password=False)
        refused = refusal(Catalog, theirs)
    finally:
        executed(url, f"REVOKE ALL ON DATABASE {database} FROM {name}")
        executed(url, f"DROP ROLE {name}")
    assert "let an administrator run `CREATE EXTENSION vector SCHEMA public` there" in refused
