"""Each line of a .jsonl file is read on its own, its text kept exactly."""

import hashlib
import io
import json
from datetime import UTC, date, datetime

import pytest

from retrieval.errors import UnreadableSource
from retrieval.reading import jsonlines
from retrieval.reading.sources import LIMIT_BYTES, Source
from retrieval.records import Article

TODAY = date(2026, 11, 1)


def read(data: bytes | str) -> list[Article | UnreadableSource]:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return list(jsonlines.articles(Source("news.jsonl", "/a/news.jsonl", stream, TODAY)))


def reasons(data: bytes | str) -> list[str]:
    return [str(one) for one in read(data) if isinstance(one, UnreadableSource)]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:void(0)",
        "JavaScript://post.example/%0avoid(0)",
        "data:text/html,hello",
        "post.example/pier",
        "/pier",
        "//post.example/pier",
        "file:///etc/hosts",
        "ftp://post.example/pier",
        "https://",
        "https://[post.example/pier",
        "https://post.example/\nvoid",
        "java\tscript:void(0)",
        "n/a",
    ],
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


@pytest.mark.parametrize("url", ["http://post.example", "HTTPS://Post.example:84/a b?c=d#é"])
def test_a_web_address_is_kept_as_it_stands(url):
    (article,) = read(json.dumps({"text": "One.", "url": url}))
    assert (article.url, article.note) == (url, None)


def test_a_line_becomes_an_article():
    line = {
        "id": "pier-1",
        "title": "Pier opens",
        "text": " The pier\r\n opens.\n\n\nIt\u2028does. ",
        "url": "https://post.example/pier",
        "source": "The Harbour Post",
        "author": "Ada Fenn",
        "published": "2018-10-08T09:59:00Z",
        "mood": ["any"],
    }
    assert read(json.dumps(line)) == [
        Article(
            id="pier-1",
            title="Pier opens",
            text=" The pier\r\n opens.\n\n\nIt\u2028does. ",
            url="https://post.example/pier",
            source="The Harbour Post",
            author="Ada Fenn",
            published=datetime(2018, 10, 8, 9, 59, tzinfo=UTC),
            origin="/a/news.jsonl",
        )
    ]


def test_a_time_may_be_a_number_of_seconds_since_1970():
    (article,) = read('{"text": "A.", "published": 1538992740}')
    assert article.published == datetime(2018, 10, 8, 9, 59, tzinfo=UTC)


def test_all_but_the_text_may_be_missing_or_null():
    text = "The pier opens on Friday. A ferry leaves at six."
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    expected = Article(digest, "The pier opens on Friday.", text, origin="/a/news.jsonl")
    nothing = dict.fromkeys(["id", "title", "url", "source", "author", "published"])
    assert read(json.dumps({"text": text})) == [expected]
    assert read(json.dumps({"text": text, **nothing})) == [expected]


def test_without_an_id_the_link_is_the_identity():
    url = "https://post.example/pier"
    (article,) = read(json.dumps({"text": "One.", "url": url}))
    assert article.id == hashlib.sha256(url.encode()).hexdigest()[:16]


def test_a_number_is_an_id_too():
    assert [one.id for one in read('{"id": 7, "text": "A."}\n{"id": 7.5, "text": "B."}')] == [
        "7",
        "7.5",
    ]


def test_a_long_first_sentence_makes_a_title_cut_at_a_word():
    (article,) = read(json.dumps({"text": "harbour " * 40}))
    assert article.title == "harbour " * 10 + "harbour…"


def test_a_bad_line_stops_nothing_and_is_named_by_its_number():
    results = read('{"text": "One."}\n\n   \nnot json\n{"text": "Two."}\n')
    assert [type(one) for one in results] == [Article, UnreadableSource, Article]
    assert results[1].source == "news.jsonl line 4"
    assert str(results[1]) == (
        "news.jsonl line 4: this line is not JSON (expecting value at character 1); each line must"
        " be one whole JSON object."
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1]", "this line is a list; it must be a JSON object with a `text`."),
        ("7", "this line is a number; it must be a JSON object with a `text`."),
        ("{}", "`text` is missing; every article needs its text."),
        ('{"text": null}', "`text` is missing; every article needs its text."),
        ('{"text": 7}', "`text` is a number; it must be a string."),
        ('{"text": " \\n"}', "`text` is blank; every article needs its text."),
        (
            '{"text": "ab\\ud800"}',
            "`text` holds half a character (a lone surrogate) at character 3; write the whole"
            " character.",
        ),
        ('{"text": "A.", "id": true}', "`id` is true or false; it must be a string or null."),
        ('{"text": "A.", "title": []}', "`title` is a list; it must be a string or null."),
        ('{"text": "A.", "author": {}}', "`author` is an object; it must be a string or null."),
        (
            '{"text": "A.", "published": "03/04/2018"}',
            '`published` is "03/04/2018", which is no certain date; write it as 2018-10-08 or'
            " 2018-10-08T09:59:00+09:00.",
        ),
        ('{"text": NaN}', "NaN is not JSON; each line must be one whole JSON object."),
        ("[" * 200_000, "this line is nested too deeply to be an article."),
    ],
)
def test_a_bad_line_says_what_is_wrong_with_it(line, reason):
    assert reasons(line) == [f"news.jsonl line 1: {reason}"]


def test_a_line_that_is_not_utf_8_is_told():
    assert reasons('{"text": "A café."}'.encode("cp1252")) == [
        "news.jsonl line 1: this line is not UTF-8; convert the file, for instance with"
        " `iconv -f WINDOWS-1252 -t UTF-8`."
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert len(read('\ufeff{"text": "One."}')) == 1
    assert reasons('\ufeff{"text": "One."}') == []


def test_a_file_in_utf_16_is_refused_once():
    stream = io.BytesIO('{"text": "One."}\n'.encode("utf-16") * 3)
    with pytest.raises(UnreadableSource, match="JSON Lines are UTF-8"):
        list(jsonlines.articles(Source("news.jsonl", None, stream, TODAY)))


def test_a_line_over_10_mb_is_refused_and_the_next_one_read():
    long = b'{"text": "' + b"a" * LIMIT_BYTES + b'"}\n'
    results = read(long + b'{"text": "Two."}')
    assert str(results[0]) == (
        "news.jsonl line 1: this line is longer than 10 MB; give each article its own line."
    )
    assert [one.text for one in results[1:]] == ["Two."]


def test_lines_that_are_not_blank_are_counted_across_blocks(monkeypatch):
    data = b'{"a": 1}\n\n  \n{"b": 2}\r\n\r\n{"c": 3}'
    for size in (1, 2, 3, 1000):
        monkeypatch.setattr(jsonlines, "BLOCK_BYTES", size)
        assert jsonlines.count(io.BytesIO(data)) == 3


def test_only_line_feeds_end_lines():
    assert len(read('{"text": "One\u2028two\x85three."}'.replace("\\", ""))) == 1
