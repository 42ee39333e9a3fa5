"""Files, folders and standard input become articles, or say why not."""

import hashlib
import io
import json
from datetime import date

import pytest
from article_library import refusal
from generated_documents import FERRY, MAYOR

from retrieval import sources
from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources.fetch import NO_LINK

TODAY = date(2026, 11, 1)

ARTICLE = f"North pier to reopen\n\n{FERRY}\n\n{MAYOR}\n"


def read(file, stdin=b""):
    stream = io.BufferedReader(io.BytesIO(stdin))
    return list(sources.articles(str(file), stream, today=TODAY))


def reason(file, stdin=b"") -> str:
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
    assert sources.files(str(tmp_path)) == [
        str(tmp_path / name)
        for name in ("a.MD", "b.txt", "c.html", "d.jsonl", "e.pdf", "news/h.htm")
    ]
    assert sources.left_out(str(tmp_path)) == {".py": 1}


def test_a_folder_without_readable_files_says_which_are(tmp_path):
    assert refusal(sources.files, str(tmp_path)) == (
        f"{tmp_path}: this folder holds no file to read; those end in .txt, .text, .md, .markdown,"
        " .html, .htm, .xhtml, .jsonl, .pdf, .docx, .odt, .epub, .eml, .mht, .mhtml, .zip."
    )


def test_a_text_file_becomes_one_article_named_by_its_path_and_keeps_its_id(tmp_path):
    file = tmp_path / "pier.txt"
    file.write_text(ARTICLE)
    (before,) = read(file)
    assert before == Article(
        id=hashlib.sha256(str(file).encode()).hexdigest()[:16],
        title="North pier to reopen",
        text=f"{FERRY}\n\n{MAYOR}",
        origin=str(file),
    )
    file.write_text(ARTICLE.replace("six", "seven"))
    (after,) = read(file)
    assert before.id == after.id
    assert before.sha256 != after.sha256


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


def test_the_beginning_of_standard_input_says_what_it_is():
    page = f"\n<!DOCTYPE html><html><title>North pier</title><p>{FERRY}</p><p>{MAYOR}</p></html>"
    (text,) = read("-", ARTICLE.encode())
    assert (text.title, text.origin) == ("North pier to reopen", None)
    assert text.id == hashlib.sha256(text.text.encode()).hexdigest()[:16]
    assert [one.title for one in read("-", page.encode())] == ["North pier"]
    lines = b'\n{"text": "One."}\n[]\n{"text": "Two."}\n'
    assert [getattr(one, "text", None) for one in read("-", lines)] == ["One.", None, "Two."]
    assert read("-", lines)[1].source == "standard input line 3"
    assert reason("-") == "this is empty; nothing was read."


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("no-such.txt", "there is no such file or folder; check the path."),
        (
            "/dev/zero",
            "this is a device or a pipe, not a file; pipe its text into `quotewise add -`.",
        ),
        ("ftp://post.example/pier", NO_LINK),
    ],
)
def test_what_cannot_be_opened_says_so(path, why):
    assert reason(path) == why


def test_a_bad_line_is_an_error_among_articles(tmp_path):
    file = tmp_path / "news.jsonl"
    file.write_text('{"text": "One."}\nbroken\n\n  \n{"text": "Two."}')
    results = read(file)
    assert [type(one) for one in results] == [Article, UnreadableSource, Article]
    assert results[1].source == f"{file} line 2"
    assert sources.count(str(file)) == 3
    (tmp_path / "pier.txt").write_text(ARTICLE)
    assert sources.count(str(tmp_path)) == 4
    file.write_bytes(b"\n \n")
    assert reason(file) == "this is empty; nothing was read."
    assert [sources.count(name) for name in (str(file), "-", "no-such.jsonl")] == [1, 1, 1]
