"""Files, folders and standard input become articles, or say why not."""

import hashlib
import io
import json
import os
from datetime import date

import pytest

from retrieval import reading
from retrieval.errors import UnreadableSource
from retrieval.records import Article

TODAY = date(2026, 11, 1)

FERRY = "The harbour council voted on Tuesday to reopen the north pier after a nine-month closure."
MAYOR = "The first ferry to Low Island leaves at six in the morning, said Mayor Ines Calder."
ARTICLE = f"North pier to reopen\n\n{FERRY}\n\n{MAYOR}\n"


def shut(path):
    """Take away all permissions, where that means anything to who runs the tests."""
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.chmod(0o700)
        pytest.skip("who runs these tests may read everything")


def read(file, stdin=None):
    return list(reading.articles(str(file), stdin, today=TODAY))


def reason(file, stdin=None) -> str:
    (error,) = read(file, stdin)
    assert isinstance(error, UnreadableSource)
    assert error.source == ("standard input" if file == "-" else str(file))
    return error.reason


def test_a_folder_becomes_its_readable_files_sorted_without_hidden_ones(tmp_path):
    for name in ("b.txt", "a.MD", "c.html", "d.jsonl", "e.pdf", "f.py", ".g.txt", "~$g.docx"):
        (tmp_path / name).write_text("x")
    for folder in ("news", ".git"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "h.htm").write_text("x")
    assert reading.files(str(tmp_path)) == [
        str(tmp_path / name)
        for name in ("a.MD", "b.txt", "c.html", "d.jsonl", "e.pdf", "news/h.htm")
    ]
    assert reading.left_out(str(tmp_path)) == {".py": 1}


@pytest.mark.parametrize("source", ["-", "no-such.txt", "https://post.example/pier", "\0"])
def test_anything_but_a_folder_is_itself(source):
    assert reading.files(source) == [source]
    assert reading.left_out(source) == {}


def test_a_folder_without_readable_files_says_which_are(tmp_path):
    with pytest.raises(UnreadableSource) as caught:
        reading.files(str(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path}: this folder holds no file to read; those end in .txt, .text, .md, .markdown,"
        " .html, .htm, .xhtml, .jsonl, .pdf, .docx, .odt, .epub, .eml, .mht, .mhtml, .zip."
    )


def test_a_shut_folder_among_others_is_told_when_it_is_read(tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)
    closed = tmp_path / "closed"
    closed.mkdir()
    shut(closed)
    try:
        assert reading.files(str(tmp_path)) == [str(tmp_path / "a.txt"), str(closed)]
        assert reason(closed).startswith("this may not be read;")
        with pytest.raises(UnreadableSource):
            reading.files(str(closed))
    finally:
        closed.chmod(0o700)


def test_a_file_without_permission_says_what_to_do(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text(ARTICLE)
    shut(file)
    assert (
        reason(file) == "this may not be read; give yourself permission to read it, then try again."
    )


def test_a_text_file_becomes_one_article_named_by_its_path(tmp_path):
    file = tmp_path / "pier.txt"
    file.write_text(ARTICLE)
    assert read(file) == [
        Article(
            id=hashlib.sha256(str(file).encode()).hexdigest()[:16],
            title="North pier to reopen",
            text=f"{FERRY}\n\n{MAYOR}",
            origin=str(file),
        )
    ]


def test_a_changed_file_keeps_its_id(tmp_path):
    file = tmp_path / "pier.txt"
    file.write_text(ARTICLE)
    (before,) = read(file)
    file.write_text(ARTICLE.replace("six", "seven"))
    (after,) = read(file)
    assert before.id == after.id
    assert before.sha256 != after.sha256


def test_an_article_with_a_link_goes_by_it_wherever_it_is_kept(tmp_path):
    ids = set()
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"{ARTICLE}\nURL: https://post.example/pier\n")
        ids |= {article.id for article in read(tmp_path / name)}
    assert ids == {hashlib.sha256(b"https://post.example/pier").hexdigest()[:16]}


def test_each_kind_of_file_has_its_reader(tmp_path):
    page = f"<html><title>North pier to reopen</title><p>{FERRY}</p><p>{MAYOR}</p></html>"
    written = {
        "a.txt": ARTICLE,
        "b.md": f"# North pier to reopen\n\n{FERRY}\n\n*{MAYOR}*\n",
        "c.html": page,
        "d.xhtml": page,
        "e.jsonl": json.dumps({"title": "North pier to reopen", "text": f"{FERRY}\n\n{MAYOR}"}),
        "no-suffix": ARTICLE,
        "page.saved": page,
    }
    for name, content in written.items():
        (tmp_path / name).write_text(content)
        (article,) = read(tmp_path / name)
        assert (article.title, article.text) == ("North pier to reopen", f"{FERRY}\n\n{MAYOR}")


@pytest.mark.parametrize("wrap", [io.BytesIO, lambda data: io.StringIO(data.decode())])
def test_standard_input_is_told_by_how_it_begins(wrap):
    page = f"\n<!DOCTYPE html><html><title>North pier</title><p>{FERRY}</p><p>{MAYOR}</p></html>"
    (text,) = read("-", wrap(ARTICLE.encode()))
    assert (text.title, text.origin) == ("North pier to reopen", None)
    assert text.id == hashlib.sha256(text.text.encode()).hexdigest()[:16]
    assert [one.title for one in read("-", wrap(page.encode()))] == ["North pier"]
    lines = b'\n{"text": "One."}\n[]\n{"text": "Two."}\n'
    assert [getattr(one, "text", None) for one in read("-", wrap(lines))] == ["One.", None, "Two."]
    assert read("-", wrap(lines))[1].source == "standard input line 3"


def test_nothing_on_standard_input_is_told():
    assert reason("-", io.BytesIO(b"")) == "this is empty; nothing was read."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "this is empty; nothing was read."),
        (b" \r\n\t ", "this is empty; nothing was read."),
        (b"\xef\xbb\xbf\n", "this holds no words; nothing was read."),
        (
            b"\xff\xd8\xff\xe0\0\x10JFIF",
            "this is a JPEG image, not text; save it as text, web page,",
        ),
        (b"ab\0cd", "this is a binary file, not text; save it as text, web page,"),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_files_without_words_say_so(tmp_path, content, told, suffix):
    file = tmp_path / f"pier{suffix}"
    file.write_bytes(content)
    assert reason(file).startswith(told.replace("words", "prose") if suffix == ".md" else told)


def test_an_empty_jsonl_file_says_so(tmp_path):
    file = tmp_path / "news.jsonl"
    file.write_bytes(b"\n \n")
    assert reason(file) == "this is empty; nothing was read."


def test_a_missing_file_says_so():
    assert reason("no-such.txt") == "there is no such file or folder; check the path."


def test_a_path_that_cannot_be_one_says_so():
    assert reason("a\0b.txt") == "this is no path of a file; check its spelling."


def test_a_text_over_10_mb_is_refused_and_not_read_whole(tmp_path):
    class Counted(io.BytesIO):
        taken = 0

        def readinto(self, buffer):
            read = super().readinto(buffer)
            Counted.taken += read
            return read

    assert reason("-", Counted(b"word " * 10_000_000)) == (
        "this is larger than 10 MB, too long for one article; split it, or put one article a line"
        " into a .jsonl file."
    )
    assert Counted.taken < 11_000_000


def test_a_folder_read_as_a_file_says_so(tmp_path):
    assert reason(tmp_path) == "this is a folder; add its files one by one."


def test_a_link_that_is_not_of_the_web_says_so():
    assert reason("ftp://post.example/pier") == (
        "only links that begin with http:// or https:// can be read; check it."
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "a.DOC",
            "this kind of document is not read; open it, save it as .docx or .pdf, and add that.",
        ),
        (
            "a.mobi",
            "this kind of book is not read; convert it to .epub, for instance with Calibre, and add"
            " that.",
        ),
        (
            "a.xlsx",
            "spreadsheets and presentations are not read; save the text as .docx or .pdf and add"
            " that.",
        ),
        ("a.rar", "of archives only .zip is read; unpack the files and add that."),
    ],
)
def test_kinds_that_are_not_read_say_what_to_do(tmp_path, name, told):
    file = tmp_path / name
    file.write_bytes(b"words")
    assert reason(file) == told


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("post.rss", "words"),
        ("post.ATOM", "<feed xmlns='http://www.w3.org/2005/Atom'/>"),
        ("index.xml", "<?xml version='1.0'?>\n<rss version='2.0'><channel/></rss>"),
    ],
)
def test_a_file_that_is_a_feed_says_that_it_is_followed_by_its_link(tmp_path, name, content):
    file = tmp_path / name
    file.write_text(content)
    assert reason(file) == (
        "this is a feed, not an article; follow it by its link, with `quotewise feed add LINK`."
    )


def test_a_list_of_feeds_says_that_all_of_it_can_be_followed(tmp_path):
    file = tmp_path / "my feeds.opml"
    file.write_text("<opml version='2.0'><body/></opml>")
    assert reason(file) == (
        f"this is a list of feeds, not an article; follow them with `quotewise feed add '{file}'`."
    )


def test_a_bad_line_is_an_error_among_articles(tmp_path):
    file = tmp_path / "news.jsonl"
    file.write_text('{"text": "One."}\nbroken\n{"text": "Two."}\n')
    results = read(file)
    assert [type(one) for one in results] == [Article, UnreadableSource, Article]
    assert results[1].source == f"{file} line 2"
    assert reading.count(str(file)) == 3


def test_only_the_lines_of_jsonl_files_are_counted(tmp_path):
    file = tmp_path / "pier.txt"
    file.write_text(ARTICLE)
    assert [reading.count(name) for name in (str(file), "-", "no-such.jsonl")] == [1, 1, 1]


def test_a_link_between_folders_is_not_followed_round_and_round(tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert reading.files(str(tmp_path)) == [str(tmp_path / "a.txt")]


def test_a_name_that_is_not_utf_8_still_gives_an_origin_that_is_text(tmp_path):
    file = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    try:
        with open(file, "w") as stream:
            stream.write(ARTICLE)
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (article,) = read(file)
    assert article.origin == f"{tmp_path}/caf\ufffd.txt"
