"""The tables of the SQLite file, and what makes each version of it out of the one before."""

from __future__ import annotations

FIRST_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE libraries (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    generation INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE articles (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    library INTEGER NOT NULL REFERENCES libraries,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    url TEXT,
    source TEXT,
    author TEXT,
    published TEXT,
    origin TEXT,
    added TEXT NOT NULL,
    UNIQUE (library, id)
);
CREATE INDEX articles_by_url ON articles (library, url);
CREATE TABLE paragraphs (
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (article, number)
) WITHOUT ROWID;
-- Ids are never used again, so an index that is behind can hold an old passage, never a wrong one.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    paragraph INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    library INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    sentences BLOB NOT NULL,  -- int32 (sentences, 4): start, end, first token, last token
    vector BLOB NOT NULL,     -- float16 (dimension,)
    token_codes BLOB NOT NULL -- uint8 (tokens, code size)
);
CREATE INDEX passages_by_article ON passages (article);
CREATE INDEX passages_by_generation ON passages (library, generation);
CREATE TABLE removals (
    library INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    passage INTEGER NOT NULL,
    added INTEGER NOT NULL, -- the generation in which the passage had come
    PRIMARY KEY (library, generation, passage)
) WITHOUT ROWID;
"""

REAL_WORLD_SCHEMA = """
-- The URL without what does not change the page.
ALTER TABLE articles ADD COLUMN link TEXT;
-- JSON: the place in the text at which each page of a document begins.
ALTER TABLE articles ADD COLUMN pages TEXT;
-- The key of the first article that tells the same story.
ALTER TABLE articles ADD COLUMN story INTEGER;
UPDATE articles SET link = link_of(url);
CREATE INDEX articles_by_link ON articles (library, link);
CREATE INDEX articles_by_story ON articles (library, story);
CREATE INDEX articles_by_origin ON articles (library, origin);
-- Articles that share a band of their MinHash signatures may tell the same story.
CREATE TABLE bands (
    library INTEGER NOT NULL,
    band INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY (library, band, article)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article);
-- What an article said before it was changed. Answers that quoted it can still be read.
CREATE TABLE versions (
    number INTEGER PRIMARY KEY, -- later versions have higher ones
    library INTEGER NOT NULL,
    id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    article TEXT NOT NULL, -- the id of the article now; another than `id` after a change of name
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    url TEXT,
    source TEXT,
    author TEXT,
    published TEXT,
    origin TEXT,
    pages TEXT,
    added TEXT NOT NULL,
    replaced TEXT NOT NULL,
    UNIQUE (library, id, sha256)
);
CREATE INDEX versions_by_article ON versions (library, article);
CREATE TABLE feeds (
    library INTEGER NOT NULL REFERENCES libraries,
    url TEXT NOT NULL,
    title TEXT,
    etag TEXT,
    modified TEXT,
    interval INTEGER NOT NULL,                 -- seconds between two polls
    next_poll TEXT,                            -- null for a feed that is gone for good
    failures INTEGER NOT NULL DEFAULT 0,
    trouble TEXT,                              -- what went wrong last, for people
    added TEXT NOT NULL,
    PRIMARY KEY (library, url)
) WITHOUT ROWID;
-- Entries whose articles are kept or were refused for good, and those still to be read: what
-- the feed told of them waits here, as a feed forgets its entries after some days.
CREATE TABLE feed_entries (
    library INTEGER NOT NULL,
    feed TEXT NOT NULL,
    entry TEXT NOT NULL,
    digest TEXT NOT NULL,                      -- of what the feed said of it
    link TEXT,                                 -- normalised, as in articles
    article TEXT,                              -- the id of the article it became
    told TEXT,                                 -- JSON of the entry while it waits, else null
    number INTEGER NOT NULL,                   -- its place in the feed
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try TEXT,                             -- null for one that is settled
    PRIMARY KEY (library, feed, entry),
    FOREIGN KEY (library, feed) REFERENCES feeds ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;
CREATE INDEX feed_entries_by_link ON feed_entries (library, link);
CREATE INDEX feed_entries_by_next_try ON feed_entries (next_try) WHERE next_try IS NOT NULL;
"""

ANSWERS_TO_TRUST_SCHEMA = """
-- Why an entry that waits could not be read when it was last tried, for people.
ALTER TABLE feed_entries ADD COLUMN delay TEXT;
CREATE TABLE models (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, as indexes are kept under it
    fingerprint TEXT NOT NULL,
    role TEXT UNIQUE CHECK (role IN ('in use', 'next')) -- null while its passages are taken away
);
INSERT INTO models SELECT 1, value, 'in use' FROM facts WHERE name = 'model';
DELETE FROM facts WHERE name = 'model';
-- The model that cut and read the passage. An article has those of the next one as well, or none.
ALTER TABLE passages ADD COLUMN model INTEGER NOT NULL DEFAULT 1;
ALTER TABLE removals ADD COLUMN model INTEGER NOT NULL DEFAULT 1;
DROP INDEX passages_by_article;
DROP INDEX passages_by_generation;
CREATE INDEX passages_by_article ON passages (article, model);
CREATE INDEX passages_by_generation ON passages (library, model, generation);
-- Who published what, and when: read whole for each library that has changed.
CREATE INDEX articles_by_publication ON articles (library, published, source, author);
"""

HISTORY_SCHEMA = """
-- A random id for each change to a library. An index whose generation has another id here was made
-- from another history, such as the one that went on after the backup that this file is.
CREATE TABLE history (
    library INTEGER NOT NULL REFERENCES libraries,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (library, generation)
) WITHOUT ROWID;
INSERT INTO history SELECT number, generation, lower(hex(randomblob(16))) FROM libraries
    WHERE generation > 0;
"""

NO_TOKENS_SCHEMA = """
-- The reader reads passages as they are asked for: no token vectors, and sentences are int32
-- (sentences, 2): start, end.
UPDATE passages SET sentences = without_tokens(sentences);
ALTER TABLE passages DROP COLUMN token_codes;
"""

SCHEMAS = (
    FIRST_SCHEMA,
    REAL_WORLD_SCHEMA,
    ANSWERS_TO_TRUST_SCHEMA,
    HISTORY_SCHEMA,
    NO_TOKENS_SCHEMA,
)
"""What makes each version of the file out of the one before it."""

SCHEMA_VERSION = len(SCHEMAS)

TOKEN_CODES_VERSION = SCHEMAS.index(NO_TOKENS_SCHEMA)
"""The last version whose passages had codes of their token vectors."""
