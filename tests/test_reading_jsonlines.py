"""Each line of a .jsonl file is read on its own, its text kept exactly."""

import hashlib
import io
import json
from datetime import UTC, date, datetime

import pytest

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import jsonlines
from retrieval.sources.source import LIMIT_BYTES, Source

TODAY = date(2026, 11, 1)


def read(data: bytes | str) -> list[Article | UnreadableSource]:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return list(jsonlines.articles(Source("news.jsonl", "/a/news.jsonl", stream, TODAY)))


def test_a_line_becomes_an_article_with_its_exact_text_and_link():
    line = {
        "id": "pier-1",
        "title": "Pier opens",
        "text": " The pier\r\n opens.\n\n\nIt\u2028does. ",
        "url": "HTTPS://Post.example:84/a b?c=d#é",
        "source": "The Harbour Post",
        "author": "Ada Fenn",
        "published": "2018-10-08T09:59:00Z",
    }
    published = datetime(2018, 10, 8, 9, 59, tzinfo=UTC)
    wanted = Article(**{**line, "published": published}, origin="/a/news.jsonl")
    assert read(json.dumps({**line, "mood": ["any"]})) == [wanted]
    assert read(json.dumps({**line, "published": published.timestamp()})) == [wanted]
    assert read(json.dumps({**line, "id": 7.5}))[0].id == "7.5"
    del line["id"]
    assert read(json.dumps(line))[0].id == hashlib.sha256(line["url"].encode()).hexdigest()[:16]


def test_all_but_the_text_may_be_missing_or_null():
    text = "The pier opens on Friday. A ferry leaves at six."
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    expected = Article(digest, "The pier opens on Friday.", text, origin="/a/news.jsonl")
    nothing = dict.fromkeys(["id", "title", "url", "source", "author", "published"])
    assert read(json.dumps({"text": text})) == [expected]
    assert read(json.dumps({"text": text, **nothing})) == [expected]
    assert read(json.dumps({"text": "harbour " * 40}))[0].title == "harbour " * 10 + "harbour…"


@pytest.mark.parametrize(
    "url",
    "javascript:void(0)|post.example/pier|//post.example|file:///etc/hosts|https://|n/a"
    "|https://[post.example/pier|https://post.example/\nvoid|java\tscript:void(0)".split("|"),
)
def test_what_is_no_web_address_is_no_link_and_a_note_says_so(url):
    lines = [json.dumps({"text": text, "url": url}) for text in ("One.", "Two.")]
    one, two = read("\n".join(lines))
    assert (one.text, one.url, two.text, two.url) == ("One.", None, "Two.", None)
    assert one.id != two.id
    assert one.note == (
        "its link was left out because it is not a complete web address; write it with http:// or"
        " https:// and add it again."
    )


NOT_JSON = "this line is not JSON in UTF-8; each line must be one whole JSON object."
NO_TEXT = "`text` is missing; every article needs its text."


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", NOT_JSON),
        ("[" * 200_000, NOT_JSON),
        ('{"text": "A café."}'.encode("cp1252"), NOT_JSON),
        ("{}", NO_TEXT),
        ('{"text": " \\n"}', NO_TEXT),
        ('{"text": "ab\\ud800"}', "`text` must be a string of whole characters, or null."),
        ('{"text": "A.", "author": {}}', "`author` must be a string of whole characters, or null."),
        (
            '{"text": "A.", "published": "03/04/2018"}',
            "`published` must be a certain date, such as 2018-10-08 or 2018-10-08T09:59:00+09:00,"
            " or null.",
        ),
        (
            b'{"text": "' + b"a" * LIMIT_BYTES + b'"}',
            "this line is longer than 10 MB; give each article its own line.",
        ),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_stops_nothing(line, reason):
    line = line.encode() if isinstance(line, str) else line
    one, bad, two = read(b'\xef\xbb\xbf{"text": "One."}\n\n   \n' + line + b'\n{"text": "Two."}\n')
    assert (one.text, two.text) == ("One.", "Two.")
    assert str(bad) == f"news.jsonl line 4: {reason}"


def test_only_line_feeds_end_lines():
    (article,) = read('{"text": "One\u2028two\x85three."}\r\n')
    assert article.text == "One\u2028two\x85three."
