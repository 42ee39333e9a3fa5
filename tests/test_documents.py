"""PDF files, office documents, books, e-mail and archives are read as the articles they hold."""

import hashlib
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import papers
import pytest
from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from papers import COST, FERRY, MAYOR, PROSE

from retrieval import reading
from retrieval.errors import UnreadableSource
from retrieval.library import Library
from retrieval.reading import drafts
from retrieval.reading.documents import pdf, properties, zipped
from retrieval.records import Article

TODAY = date(2026, 12, 1)
WHOLE = "\n\n".join(PROSE)
KEEPER = (
    "Keeper Olaf Brenn said that a rat had bitten through the main cable of the lighthouse, which"
    " went dark for the first time in ninety years and stayed dark for eleven nights."
)


def read(folder: Path, name: str, content: bytes) -> list[Article]:
    (folder / name).write_bytes(content)
    results = list(reading.articles(str(folder / name), today=TODAY))
    assert all(isinstance(one, Article) for one in results), results
    return results


def reason(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    (error,) = reading.articles(str(folder / name), today=TODAY)
    assert isinstance(error, UnreadableSource)
    assert error.source == str(folder / name)
    return error.reason


def members_of(archive: bytes) -> list[tuple[str, bytes]]:
    """The names and contents of the files in a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [(name, opened.read(name)) for name in opened.namelist()]


class Paper(FPDF):
    """A paper with a running head that names its page, and a page number."""

    def header(self) -> None:
        self.set_font("Times", size=9)
        self.cell(0, 8, f"The Harbour Review, {self.page_no()}", align="R")
        self.ln(12)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Times", size=9)
        self.cell(0, 8, f"Page {self.page_no()} of 9", align="C")


def paper(kind: type[FPDF] = Paper, size: int = 11) -> FPDF:
    made = kind()
    made.set_margin(25)
    made.add_page()
    made.set_font("Times", size=size)
    return made


def write(made: FPDF, words: str, after: float = 3, width: float = 0) -> None:
    made.multi_cell(width, 5, words, new_x="LEFT", new_y="NEXT")
    made.ln(after)


# -- PDF


def test_the_paragraphs_of_a_pdf_are_put_together_from_its_lines(tmp_path):
    (article,) = read(tmp_path, "pier.pdf", papers.pdf())
    assert article.text == WHOLE
    assert article.pages == (0,)
    assert article.origin == str(tmp_path / "pier.pdf")
    assert article.id == hashlib.sha256(article.origin.encode()).hexdigest()[:16]


def test_a_pdf_whose_title_is_no_valid_utf_16_is_read_without_it(tmp_path):
    content = re.sub(rb"/Title [^\n]*", b"/Title <FEFFD800D8000041>", papers.pdf(title="Pier"))
    (article,) = read(tmp_path, "pier.pdf", content)
    assert article.text == WHOLE


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("word/styles.xml", lambda old: old[: len(old) // 2]),
        ("word/document.xml", lambda old: re.sub(rb"<w:body>.*</w:body>", b"", old, flags=re.S)),
        ("word/document.xml", lambda _: b"<letter><page/></letter>"),
        ("_rels/.rels", lambda _: b"<x/>"),
    ],
)
def test_a_word_document_with_a_damaged_part_is_refused_as_damaged(tmp_path, part, change):
    parts = dict(members_of(papers.word()))
    parts[part] = change(parts[part])
    assert reason(tmp_path, "pier.docx", papers.zipped(*parts.items())) == zipped.DAMAGED


def test_a_word_document_with_a_wrong_checksum_is_refused_as_damaged(tmp_path):
    content = papers.zipped(*members_of(papers.word()), packed=False).replace(
        b"w:styles", b"w:stylus"
    )
    assert reason(tmp_path, "pier.docx", content) == zipped.DAMAGED


def test_running_heads_and_page_numbers_are_left_out_and_a_paragraph_runs_over_the_page(tmp_path):
    made = paper()
    wanted = [f"{number} said it. {FERRY} {MAYOR} {COST}" for number in range(27)]
    for one in wanted:
        write(made, one)
    assert made.page_no() == 3
    (article,) = read(tmp_path, "pier.pdf", bytes(made.output()))
    assert article.text == "\n\n".join(wanted)
    first, second, third = article.pages
    assert first == 0
    for place in (second, third):
        assert article.text[place - 1] == " "
        assert article.text[place - 2 : place] != "\n\n"


def test_a_quote_of_a_pdf_names_the_page_on_which_it_begins(tmp_path, library: Library):
    made = paper()
    for number in range(12):
        write(made, f"In round {number} of the vote, {FERRY[0].lower()}{FERRY[1:]} {COST}")
    made.add_page()
    made.set_font("Times", size=11)
    write(made, KEEPER)
    path = tmp_path / "pier.pdf"
    path.write_bytes(bytes(made.output()))
    assert [one.reason for one in library.add(str(path))] == [None]
    best = library.answer("What had a rat bitten through?").shown[0]
    assert (best.text, best.page) == (KEEPER, 2)


def test_words_parted_at_line_ends_are_joined_and_hyphens_of_their_own_are_kept(tmp_path):
    made = paper()
    lines = [
        "The munici-\npal council met for the first time in the re-\nstored hall of the well-",
        "known merchant, whose great-grand-\nson, a long-term friend of the Franco-",
        "Prussian League, asked for a long-\nterm lease of the store-",
        "house. Nobody spoke of the storehouse again until the harbour was full of 20-",
        "foot boats.",
    ]
    write(made, "\n".join(lines))
    (article,) = read(tmp_path, "hall.pdf", bytes(made.output()))
    assert article.text == (
        "The municipal council met for the first time in the restored hall of the well-known"
        " merchant, whose great-grand-son, a long-term friend of the Franco-Prussian League, asked"
        " for a long-term lease of the storehouse. Nobody spoke of the storehouse again until the"
        " harbour was full of 20-foot boats."
    )


def columned(interleaved: bool) -> bytes:
    """Two columns, drawn one after the other, or line by line across both."""
    made = paper(FPDF, 10)
    columns = [[], []]
    for side, words in enumerate((f"{FERRY} {KEEPER}", f"{MAYOR} {COST}")):
        columns[side] = made.multi_cell(75, 5, words, dry_run=True, output="LINES")
    placed = [
        (row, side, line) for side, lines in enumerate(columns) for row, line in enumerate(lines)
    ]
    for row, side, line in sorted(placed) if interleaved else placed:
        made.text(25 + 85 * side, 60 + 5 * row, line)
    return bytes(made.output())


@pytest.mark.parametrize("interleaved", [False, True])
def test_columns_are_read_one_after_the_other(tmp_path, interleaved):
    (article,) = read(tmp_path, "columns.pdf", columned(interleaved))
    assert article.text.replace("\n\n", " ") == f"{FERRY} {KEEPER} {MAYOR} {COST}"


def test_indents_part_paragraphs_where_no_space_does(tmp_path):
    made = paper()
    for one in (FERRY, KEEPER, COST, MAYOR):
        write(made, f"      {one}", after=0)
    (article,) = read(tmp_path, "indents.pdf", bytes(made.output()))
    assert article.text.split("\n\n") == [FERRY, KEEPER, COST, MAYOR]


def test_the_title_author_and_date_of_a_pdf_are_those_of_its_metadata(tmp_path):
    made = paper()
    made.set_title("North pier to reopen")
    made.set_author("FENN, Ada")
    made.set_creation_date(datetime(2021, 5, 4, 10, 0, tzinfo=UTC))
    write(made, WHOLE)
    (article,) = read(tmp_path, "a.pdf", bytes(made.output()))
    assert article.title == "North pier to reopen"
    assert article.author == "Ada Fenn"
    assert article.published == date(2021, 5, 4)


def test_the_date_on_which_a_web_page_was_printed_is_not_that_of_its_article(tmp_path):
    made = paper()
    made.set_creation_date(datetime(2021, 5, 4, 10, 0, tzinfo=UTC))
    made.set_producer("Skia/PDF m120")
    write(made, WHOLE)
    (article,) = read(tmp_path, "a.pdf", bytes(made.output()))
    assert article.published is None


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("for version 4.19, 18 August 2022", date(2022, 8, 18)),
        ("18 August 2022 | Harbour Office", date(2022, 8, 18)),
        ("Received 3 May 2022. Published online: 18 August 2022", date(2022, 8, 18)),
        ("Last revised 18 August 2022", None),
        ("the pier burned down on 18 August 2022", None),
        ("Conference of the ports, 18 August 2026", None),
    ],
)
def test_a_manual_is_of_the_date_on_its_first_page_not_of_the_day_it_was_built(
    tmp_path, line, published
):
    made = paper(size=22)
    made.set_creation_date(datetime(2025, 2, 8, 10, 0, tzinfo=UTC))
    made.set_creator("TeX")
    write(made, "The gates of the north pier")
    made.set_font("Times", size=11)
    for one in ("A manual for the keepers of its gates", line, *PROSE):
        write(made, one)
    (article,) = read(tmp_path, "a.pdf", bytes(made.output()))
    assert article.published == published


def test_without_a_title_of_its_own_a_pdf_goes_by_its_biggest_line_and_its_byline(tmp_path):
    made = paper(size=22)
    made.set_title("Microsoft Word - pier-final2.doc")
    made.set_author("admin")
    write(made, "North pier to reopen")
    made.set_font("Times", size=11)
    for one in ("By Jo Roe", "8 October 2018", *PROSE):
        write(made, one)
    (article,) = read(tmp_path, "a.pdf", bytes(made.output()))
    assert (article.title, article.author) == ("North pier to reopen", "Jo Roe")
    assert article.published == date(2018, 10, 8)
    assert article.text == WHOLE


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("North pier to reopen", "North pier to reopen"),
        ("Microsoft Word - Report on the pier", "Report on the pier"),
        ("Microsoft Word - report.doc", None),
        ("untitled", None),
        ("Untitled-1", None),
        ("PowerPoint Presentation", None),
        ("final_v3.indd", None),
        ("https://post.example/pier", None),
        ("Document1", None),
        ("12", None),
        ("", None),
        (None, None),
    ],
)
def test_a_title_that_a_program_put_is_none(given, title):
    assert properties.title(given) == title


@pytest.mark.parametrize(
    ("given", "author"),
    [
        ("Ada Fenn", "Ada Fenn"),
        ("ADA FENN", "Ada Fenn"),
        ("Fenn, Ada", "Ada Fenn"),
        ("By Ada Fenn; Jo Roe", "Ada Fenn and Jo Roe"),
        ("Microsoft Office User", None),
        ("admin", None),
        ("jroe", None),
        ("POST\\jroe", None),
        ("ada@post.example", None),
        ("python-docx", None),
        (None, None),
    ],
)
def test_an_author_that_is_an_account_or_a_program_is_none(given, author):
    assert properties.author(given) == author


def test_a_locked_pdf_says_so(tmp_path):
    made = paper()
    made.set_encryption("owner", "secret", encryption_method=EncryptionMethod.RC4)
    write(made, WHOLE)
    assert (
        reason(tmp_path, "a.pdf", bytes(made.output()))
        == pdf.LOCKED
        == ("this PDF is locked with a password; open it, save it without one, and add that.")
    )


def test_a_scanned_pdf_says_so(tmp_path):
    made = paper(FPDF)
    made.rect(20, 20, 100, 100)
    assert reason(tmp_path, "a.pdf", bytes(made.output())) == (
        "this PDF was scanned: it holds pictures of pages and no text; run text recognition (OCR)"
        " over it, for instance with `ocrmypdf`, and add the result."
    )


def test_a_blank_pdf_says_so(tmp_path):
    assert reason(tmp_path, "a.pdf", bytes(paper(FPDF).output())) == (
        "the pages of this PDF are blank; check that it is the right file."
    )


def test_a_blank_page_counts_as_a_page(tmp_path):
    made = paper(FPDF)
    write(made, FERRY)
    made.add_page()
    made.add_page()
    made.set_font("Times", size=11)
    write(made, COST)
    (article,) = read(tmp_path, "a.pdf", bytes(made.output()))
    start = article.text.index(COST)
    assert article.pages == (0, start, start)


def test_an_ordinary_pdf_of_500_pages_is_read_within_the_limits(tmp_path):
    import pypdfium2

    made = paper()
    for number in range(9):
        write(made, f"In round {number}, {FERRY} {MAYOR} {COST} {KEEPER}")
    one = pypdfium2.PdfDocument(bytes(made.output()))
    many = pypdfium2.PdfDocument.new()
    for _ in range(500 // len(one)):
        many.import_pages(one)
    file = io.BytesIO()
    many.save(file)
    (article,) = read(tmp_path, "long.pdf", file.getvalue())
    assert len(article.pages) == 500


# -- office documents


def test_a_word_document_is_read_with_its_title_and_author(tmp_path):
    (article,) = read(tmp_path, "pier.docx", papers.word())
    assert (article.title, article.author) == ("North pier to reopen", "Ada Fenn")
    assert article.text == WHOLE
    assert article.pages == ()


def test_what_was_struck_out_of_a_word_document_is_not_quoted_and_what_was_put_in_is(tmp_path):
    file = io.BytesIO(papers.word("The ferry KEPT", MAYOR, COST))
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(file) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        b"<w:r><w:t>The ferry KEPT</w:t></w:r>",
        b"<w:r><w:t>The </w:t></w:r><w:del><w:r><w:delText>old </w:delText></w:r></w:del>"
        b"<w:ins><w:r><w:t>new ferry</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>"
        b" hidden</w:t></w:r><w:r><w:tab/><w:t>to Low</w:t><w:noBreakHyphen/><w:t>Island"
        b" sails at six from now on.</w:t></w:r>",
    )
    assert space.encode() in parts["word/document.xml"]
    (article,) = read(tmp_path, "pier.docx", papers.zipped(*parts.items()))
    assert article.text.startswith("The new ferry to Low-Island sails at six from now on.\n\n")


def test_of_a_table_only_cells_of_prose_are_read(tmp_path):
    body = (
        f"<text:p>{FERRY}</text:p><table:table><table:table-row><table:table-cell><text:p>412"
        f"</text:p></table:table-cell><table:table-cell><text:p>{COST}</text:p></table:table-cell>"
        f"</table:table-row></table:table><text:p>{MAYOR}</text:p>"
    )
    (article,) = read(tmp_path, "pier.odt", papers.open_text(body))
    assert article.text == f"{FERRY}\n\n{COST}\n\n{MAYOR}"


def test_an_open_document_is_read_without_notes_and_deletions(tmp_path):
    body = (
        f"<text:tracked-changes><text:changed-region><text:deletion><text:p>{KEEPER}</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes><text:h>What it cost</text:h>"
        f"<text:p>{COST}<text:note><text:note-body><text:p>A note.</text:p></text:note-body>"
        f"</text:note></text:p><text:p>The<text:s/>first<text:line-break/>ferry <text:span>leaves"
        f"</text:span> at six in the morning, as it did<office:annotation><text:p>Sure?</text:p>"
        "</office:annotation> before the war.</text:p>"
    )
    meta = (
        "<dc:title>North pier to reopen</dc:title><meta:initial-creator>Ada Fenn"
        "</meta:initial-creator><meta:creation-date>2021-05-04T10:11:12.5</meta:creation-date>"
    )
    (article,) = read(tmp_path, "pier.odt", papers.open_text(body, meta))
    assert article.text == (
        f"What it cost\n\n{COST}\n\nThe first ferry leaves at six in the morning, as it did before"
        " the war."
    )
    assert (article.title, article.author) == ("North pier to reopen", "Ada Fenn")
    assert article.published == date(2021, 5, 4)


@pytest.mark.parametrize("name", ["a.docx", "a.odt"])
def test_a_document_without_text_says_so(tmp_path, name):
    content = papers.word(" ") if name == "a.docx" else papers.open_text("<text:p/>")
    assert reason(tmp_path, name, content) == (
        "this document holds no text; if it holds pictures of pages, run text recognition (OCR)."
    )


def test_an_old_word_document_under_a_new_name_says_what_to_do(tmp_path):
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert reason(tmp_path, "a.docx", old) == (
        "this is an old office document (.doc); open it, save it as .docx, and add that."
    )


# -- books

FLOOD = f"<h1>The Flood</h1><p>{FERRY} {MAYOR}</p><p>{KEEPER} {COST}</p>"
MILL = f"<p>{COST} {KEEPER}<a epub:type='noteref' href='#n'>1</a></p><p>{MAYOR} {FERRY}</p>"
FACTS = (
    "<dc:title>The Weir</dc:title><dc:creator>Ada Fenn</dc:creator><dc:creator>Jo Roe</dc:creator>"
    "<dc:publisher>Skerry Press</dc:publisher><dc:date>2019-03-02</dc:date>"
)


def test_a_book_gives_an_article_a_chapter_in_reading_order(tmp_path):
    book = papers.book(
        ("cover.xhtml", "<img/>"),
        ("copyright.xhtml", f"<p>Copyright 2019. {FERRY} {FERRY} {FERRY}</p>"),
        ("two.xhtml", FLOOD),
        ("one.xhtml", MILL),
        ("one-more.xhtml", f"<p>It went on. {FERRY}</p>"),
        facts=FACTS,
        titles={"two.xhtml": "The Flood", "one.xhtml#top": "The Mill"},
    )
    path = tmp_path / "weir.epub"
    flood, mill = read(tmp_path, "weir.epub", book)
    assert flood == Article(
        id=hashlib.sha256(f"{path}!OEBPS/two.xhtml".encode()).hexdigest()[:16],
        title="The Flood",
        text=f"{FERRY} {MAYOR}\n\n{KEEPER} {COST}",
        source="The Weir (Skerry Press)",
        author="Ada Fenn and Jo Roe",
        published=date(2019, 3, 2),
        origin=f"{path}!OEBPS/two.xhtml",
    )
    assert (mill.title, mill.text) == (
        "The Mill",
        f"{COST} {KEEPER}\n\n{MAYOR} {FERRY}\n\nIt went on. {FERRY}",
    )


def test_a_protected_book_says_so(tmp_path):
    locks = (
        '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/'
        'xmlenc#aes128-cbc"/></EncryptedData></encryption>'
    )
    assert reason(tmp_path, "a.epub", papers.book(more=(("META-INF/encryption.xml", locks),))) == (
        "this book is protected against copying (DRM) and cannot be read; get it without"
        " protection, or copy what may be quoted into a .txt file and add that."
    )


def test_a_book_of_which_only_the_fonts_are_hidden_is_read(tmp_path):
    locks = (
        '<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.idpf.org/2008/'
        'embedding"/></EncryptedData></encryption>'
    )
    book = papers.book(("a.xhtml", FLOOD), more=(("META-INF/encryption.xml", locks),))
    assert [one.title for one in read(tmp_path, "a.epub", book)] == ["The Flood"]


# -- e-mail


def test_a_letter_tells_its_subject_sender_and_time(tmp_path):
    (article,) = read(
        tmp_path, "pier.eml", papers.mail(subject="Re: Fwd: North pier to reopen", sender="a@b.co")
    )
    assert (article.title, article.author) == ("North pier to reopen", None)
    (article,) = read(tmp_path, "pier.eml", papers.mail(sender='"FENN, Ada" <ada@post.example>'))
    assert article.title == "North pier to reopen"
    assert article.text == WHOLE
    assert article.author == "Ada Fenn"
    assert article.published == datetime(2018, 10, 8, 9, 59, tzinfo=timezone(timedelta(hours=9)))


def test_what_a_letter_quotes_and_its_signature_are_left_out(tmp_path):
    text = (
        f"{FERRY}\n\nOn Monday, 3 May 2021, Jo Roe\n<jo@post.example> wrote:\n\n> What of the pier?"
        f"\n> Tell.\n\n{COST}\n\nAm 3. Mai 2021 schrieb Jo Roe:\n> Was?\n\n-- \nAda Fenn\n"
    )
    (article,) = read(tmp_path, "pier.eml", papers.mail(text))
    assert article.text == f"{FERRY}\n\n{COST}"


def test_a_letter_in_html_is_read(tmp_path):
    page = f"<html><body><div>{FERRY}</div><div>{COST}</div></body></html>"
    (article,) = read(tmp_path, "pier.eml", papers.mail(page=page))
    assert (article.title, article.text) == ("North pier to reopen", f"{FERRY}\n\n{COST}")


def test_files_sent_with_a_letter_are_articles_of_their_own(tmp_path):
    files = (("report.docx", papers.word(KEEPER, COST, title="Report")), ("logo.png", b"\x89PNG"))
    letter, report = read(tmp_path, "pier.eml", papers.mail(files=files))
    assert letter.text == WHOLE
    assert (report.title, report.text) == ("Report", f"{KEEPER}\n\n{COST}")
    assert report.origin == f"{tmp_path / 'pier.eml'}!report.docx"


def test_a_page_saved_with_its_pictures_keeps_its_link(tmp_path):
    (article,) = read(tmp_path, "pier.mhtml", papers.saved_page())
    assert (article.url, article.text) == ("https://post.example/pier", WHOLE)
    assert article.id == hashlib.sha256(b"https://post.example/pier").hexdigest()[:16]


# -- archives


def test_each_file_in_an_archive_is_an_article_or_a_refusal(tmp_path):
    path = tmp_path / "news.zip"
    path.write_bytes(
        papers.zipped(
            ("a/pier.txt", WHOLE),
            ("pier.docx", papers.word()),
            ("empty.txt", ""),
            ("news.jsonl", '{"id": "one", "text": "One."}\nbroken\n'),
            ("picture.png", b"\x89PNG"),
            ("inner.zip", papers.zipped(("a.txt", "x"))),
            ("__MACOSX/._pier.txt", "x"),
            ("../../up.txt", COST),
        )
    )
    first, word, empty, one, broken, picture, inner, up = reading.articles(str(path), today=TODAY)
    assert (first.text, first.origin) == (WHOLE, f"{path}!a/pier.txt")
    assert first.id == hashlib.sha256(first.origin.encode()).hexdigest()[:16]
    assert (word.title, word.text) == ("North pier to reopen", WHOLE)
    assert str(empty) == f"{path}: empty.txt: this is empty; nothing was read."
    assert (one.id, one.text) == ("one", "One.")
    assert broken.source == f"{path}: news.jsonl line 2"
    assert picture.reason.startswith("files of this kind are not read;")
    assert str(inner) == (
        f"{path}: inner.zip: this is an archive in an archive; unpack it and add the files."
    )
    assert (up.text, up.origin) == (COST, f"{path}!up.txt")


def test_an_archive_passes_the_notes_on_its_articles_on(tmp_path):
    line = '{"text": "One.", "url": "javascript:void(0)"}'
    path = tmp_path / "news.zip"
    path.write_bytes(papers.zipped(("news.jsonl", line)))
    (article,) = reading.articles(str(path), today=TODAY)
    assert (article.url, article.note) == (None, drafts.NO_LINK)


def test_an_archive_read_again_changes_nothing(tmp_path, library: Library):
    path = tmp_path / "news.zip"
    path.write_bytes(papers.zipped(("a.txt", FERRY), ("a.docx", papers.word(COST, KEEPER))))
    assert [one.status for one in library.add(str(path))] == ["added", "added"]
    assert [one.status for one in library.add(str(path))] == ["unchanged", "unchanged"]


def test_a_document_on_standard_input_is_told_by_its_first_bytes():
    stream = io.BufferedReader(io.BytesIO(papers.word()))
    (article,) = reading.articles("-", stream, today=TODAY)
    assert (article.title, article.origin) == ("North pier to reopen", None)


def test_a_document_over_50_mb_is_refused(tmp_path):
    with open(tmp_path / "a.pdf", "wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(50_000_001)
    (error,) = reading.articles(str(tmp_path / "a.pdf"), today=TODAY)
    assert error.reason == "this is larger than 50 MB; split it."
