"""PDF files, office documents, books, e-mail and archives are read as the articles they hold."""

import email
import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from email.policy import default
from pathlib import Path
from string import ascii_letters

import generated_documents as papers
import pytest
from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from generated_documents import COST, FERRY, MAYOR, PROSE

from retrieval import sources
from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import documents, drafts, office, pdf

TODAY = date(2026, 12, 1)
WHOLE = "\n\n".join(PROSE)
KEEPER = (
    "Keeper Olaf Brenn said that a rat had bitten through the main cable of the lighthouse, which"
    " went dark for the first time in ninety years and stayed dark for eleven nights."
)


def read(folder: Path, name: str, content: bytes) -> list[Article]:
    (folder / name).write_bytes(content)
    results = list(sources.articles(str(folder / name), today=TODAY))
    assert all(isinstance(one, Article) for one in results), results
    return results


def reason(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    (error,) = sources.articles(str(folder / name), today=TODAY)
    assert isinstance(error, UnreadableSource)
    assert error.source == str(folder / name)
    return error.reason


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


def paper(kind: type[FPDF] = FPDF, size: int = 11) -> FPDF:
    made = kind()
    made.set_margin(25)
    made.add_page()
    made.set_font("Times", size=size)
    return made


def write(made: FPDF, words: str) -> None:
    made.multi_cell(0, 5, words, new_x="LEFT", new_y="NEXT")
    made.ln(3)


def test_running_heads_and_page_numbers_are_left_out_and_a_paragraph_runs_over_the_page(tmp_path):
    made = paper(Paper)
    # No line comes again but the heads.
    wanted = [
        f"{letter * 12} said it. {FERRY} {MAYOR} {COST} {letter * 9}."
        for letter in ascii_letters[:27]
    ]
    for one in wanted:
        write(made, one)
    made.add_page()
    (article,) = read(tmp_path, "pier.pdf", bytes(made.output()))
    assert article.text == "\n\n".join(wanted)
    first, second, third, blank = article.pages
    assert (first, blank) == (0, len(article.text))
    for place in (second, third):
        assert article.text[place - 1] == " "


def test_a_quote_of_a_pdf_names_the_page_on_which_it_begins(tmp_path, library):
    made = paper()
    for number in range(12):
        write(made, f"In round {number} of the vote, {FERRY[0].lower()}{FERRY[1:]} {COST}")
    made.add_page()
    write(made, KEEPER)
    path = tmp_path / "pier.pdf"
    path.write_bytes(bytes(made.output()))
    assert [one.reason for one in library.add(str(path))] == [None]
    best = library.answer("What had a rat bitten through?").shown[0]
    assert (best.text, best.page) == (KEEPER, 2)


def test_words_parted_at_line_ends_are_joined_and_compounds_keep_their_hyphens(tmp_path):
    made = paper()
    lines = (
        "The munici-\npal council met for the first time in the re-\nstored hall of the well-\n"
        "known merchant, a long-term friend of the Franco-\nPrussian League, for a long-\nterm"
        " lease of the store-\nhouse. Nobody spoke of the storehouse on the south-\nern pier again"
        " until the six-\nteen safety-\ncritical 20-\nfoot boats came."
    )
    write(made, lines)
    (article,) = read(tmp_path, "hall.pdf", bytes(made.output()))
    assert article.text == (
        "The municipal council met for the first time in the restored hall of the well-known"
        " merchant, a long-term friend of the Franco-Prussian League, for a long-term lease of the"
        " storehouse. Nobody spoke of the storehouse on the southern pier again until the sixteen"
        " safety-critical 20-foot boats came."
    )


@pytest.mark.parametrize(
    ("title", "author", "wanted"),
    [
        ("The north pier opens", "FENN, Ada", ("The north pier opens", "Ada Fenn")),
        ("Microsoft Word - pier-final2.doc", "admin", ("North pier to reopen", "Jo Roe")),
        ("final_v3", "POST\\jroe", ("North pier to reopen", "Jo Roe")),
    ],
)
def test_title_and_author_of_a_program_give_way_to_printed_ones(tmp_path, title, author, wanted):
    made = paper(size=22)
    made.set_title(title)
    made.set_author(author)
    made.set_creation_date(datetime(2021, 5, 4, 10, 0, tzinfo=UTC))
    if wanted[1] == "Jo Roe":
        write(made, "North pier to reopen")
        made.set_font("Times", size=11)
        write(made, "By Jo Roe")
        write(made, "Published online: 8 October 2018")
    made.set_font("Times", size=11)
    write(made, WHOLE)
    (article,) = read(tmp_path, "pier.pdf", bytes(made.output()))
    assert (article.title, article.author, article.text) == (*wanted, WHOLE)
    # The day on which a PDF was made says nothing of its article.
    assert article.published == (date(2018, 10, 8) if wanted[1] == "Jo Roe" else None)


def test_a_pdf_without_text_says_why(tmp_path):
    blank, drawn, locked = paper(), paper(), paper()
    drawn.rect(20, 20, 100, 100)
    locked.set_encryption("owner", "secret", encryption_method=EncryptionMethod.RC4)
    wanted = (pdf.NO_TEXT, pdf.NO_TEXT, pdf.UNOPENED)
    for made, why in zip((blank, drawn, locked), wanted, strict=True):
        assert reason(tmp_path, "a.pdf", bytes(made.output())) == why


NOTE = "Without the towers, which the county pays for."
ROWS = [["Quay", "Crane", "Tonnes"], ["North", "Old Meg", "9"], ["South", "Blue Peter", "14"]]
READ_ROWS = ["North, Crane: Old Meg, Tonnes: 9", "South, Crane: Blue Peter, Tonnes: 14"]


def rows_as(row: str, cell: str) -> str:
    return "".join(row.format("".join(map(cell.format, cells))) for cells in ROWS)


@pytest.mark.parametrize(
    "namespace",
    [
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",  # of strict files
    ],
)
def test_a_word_document_is_read_with_its_tables_and_footnotes_as_last_changed(tmp_path, namespace):
    rows = rows_as("<w:tr>{}</w:tr>", "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>")
    body = (
        "<w:p><w:r><w:t>The </w:t></w:r><w:del><w:r><w:delText>old </w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>new ferry</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t> hidden"
        "</w:t></w:r><w:r><w:tab/><w:t>to Low</w:t><w:noBreakHyphen/><w:t>Island sails at six."
        f'</w:t></w:r><w:commentReference w:id="0"/></w:p><w:tbl>{rows}</w:tbl>'
        f'<w:p><w:r><w:t>{COST}</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    )
    note = f'<w:footnote w:id="2"><w:p><w:r><w:t>{NOTE}</w:t></w:r></w:p></w:footnote>'
    facts = "<title>North pier to reopen</title><creator>Ada Fenn</creator><created>2021-05-04"
    content = papers.zipped(
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", f'<w:document xmlns:w="{namespace}">{body}</w:document>'),
        ("word/footnotes.xml", f'<w:footnotes xmlns:w="{namespace}">{note}</w:footnotes>'),
        ("docProps/core.xml", f"<coreProperties>{facts}</created></coreProperties>"),
    )
    (article,) = read(tmp_path, "pier.docx", content)
    ferry = "The new ferry to Low-Island sails at six."
    assert article.text.split("\n\n") == [ferry, *READ_ROWS, COST, NOTE]
    assert (article.title, article.author) == ("North pier to reopen", "Ada Fenn")
    assert article.published is None


def test_an_open_document_is_read_with_its_tables_and_footnotes_as_of_its_last_change(tmp_path):
    rows = rows_as(
        "<table:table-row>{}</table:table-row>",
        "<table:table-cell><text:p>{}</text:p></table:table-cell>",
    )
    body = (
        f"<text:tracked-changes><text:changed-region><text:deletion><text:p>{KEEPER}</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes><text:h>What it cost</text:h>"
        f"<text:p>{COST}<text:note><text:note-body><text:p>{NOTE}</text:p></text:note-body>"
        f"</text:note></text:p><table:table>{rows}</table:table><text:p>The<text:s/>first"
        "<text:line-break/>ferry <text:span>leaves</text:span> at six<office:annotation>"
        "<text:p>Sure?</text:p></office:annotation> each day.</text:p>"
    )
    meta = (
        "<dc:title>North pier to reopen</dc:title><meta:initial-creator>Ada Fenn"
        "</meta:initial-creator><meta:creation-date>2021-05-04T10:11:12.5</meta:creation-date>"
    )
    (article,) = read(tmp_path, "pier.odt", papers.open_text(body, meta))
    ferry = "The first ferry leaves at six each day."
    assert article.text.split("\n\n") == ["What it cost", COST, NOTE, *READ_ROWS, ferry]
    assert (article.title, article.author) == ("North pier to reopen", "Ada Fenn")
    assert article.published is None


def test_a_document_that_cannot_be_read_says_why(tmp_path):
    broken = papers.zipped(("word/document.xml", "<body></bady>"))
    for content in (papers.word()[:-200], broken):
        assert reason(tmp_path, "a.docx", content) == office.DAMAGED
    for name, content in (("a.docx", papers.word(" ")), ("a.odt", papers.open_text("<text:p/>"))):
        assert reason(tmp_path, name, content).startswith("this document holds no text;")
    old = reason(tmp_path, "a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert old.startswith("this is an old office document, one locked with a password,")


def test_each_chapter_of_a_book_is_an_article_in_reading_order(tmp_path):
    mark = "<a epub:type='noteref' href='#n'>1</a>"
    book = papers.book(
        ("cover.xhtml", "<img/>"),
        ("name.xhtml", "<p>The Weir</p><p>Ada Fenn</p>"),
        ("copyright.xhtml", "<h1>Copyright 2019</h1><p>Skerry Press</p>"),
        ("two.xhtml", f"<h1>The Flood</h1><p>{FERRY}</p><p>{KEEPER}</p>"),
        ("one.xhtml", f"<p>{COST}{mark}</p>"),
        ("one-more.xhtml", f"<p>It went on. {FERRY}</p>"),
        ("three.xhtml", "<h1>The End</h1><p>The water fell.</p>"),
        facts="<dc:title>The Weir</dc:title><dc:creator>Ada Fenn</dc:creator><dc:creator>Jo Roe"
        "</dc:creator><dc:publisher>Skerry Press</dc:publisher><dc:date>2019-03-02</dc:date>",
        titles={"two.xhtml": "The Flood", "one.xhtml#top": "The Mill"},
    )
    path = tmp_path / "weir.epub"
    flood, mill, end = read(tmp_path, "weir.epub", book)
    assert flood == Article(
        id=hashlib.sha256(f"{path}!OEBPS/two.xhtml".encode()).hexdigest()[:16],
        title="The Flood",
        text=f"{FERRY}\n\n{KEEPER}",
        source="The Weir (Skerry Press)",
        author="Ada Fenn and Jo Roe",
        published=date(2019, 3, 2),
        origin=f"{path}!OEBPS/two.xhtml",
    )
    assert (mill.title, mill.text) == ("The Mill", f"{COST}\n\nIt went on. {FERRY}")
    assert (end.title, end.text) == ("The End", "The water fell.")


def test_a_book_is_refused_if_its_text_is_protected_not_if_its_fonts_are(tmp_path):
    def book(algorithm: str) -> bytes:
        method = f'<EncryptedData><EncryptionMethod Algorithm="{algorithm}"/></EncryptedData>'
        return papers.book(more=(("META-INF/encryption.xml", f"<e>{method}</e>"),))

    protected = book("http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    assert "protected against copying (DRM)" in reason(tmp_path, "a.epub", protected)
    assert len(read(tmp_path, "b.epub", book("http://www.idpf.org/2008/embedding"))) == 1


def test_a_letter_gives_its_subject_sender_and_time_and_its_own_words(tmp_path):
    text = (
        f"{FERRY}\n\nOn Monday, 3 May 2021, Jo Roe\n<jo@post.example> wrote:\n\n> What of the pier?"
        f"\n> Tell.\n\n{COST}\n\nAm 3. Mai 2021 schrieb Jo Roe:\n> Was?\n\n-- \nAda Fenn\n"
    )
    made = papers.mail(text, subject="Re: Fwd: Pier to reopen", sender='"FENN, Ada" <ada@a.b>')
    (article,) = read(tmp_path, "pier.eml", made)
    assert (article.title, article.author) == ("Pier to reopen", "Ada Fenn")
    assert article.text == f"{FERRY}\n\n{COST}"
    assert article.published == datetime(2018, 10, 8, 9, 59, tzinfo=timezone(timedelta(hours=9)))


HEAD = b"From: Ada Fenn <a@post.example>\nSubject: Pier\nMIME-Version: 1.0\nContent-Type: "
JAPANESE = "港の委員会は月曜日に北の桟橋を再び開くことを決めた。"


@pytest.mark.parametrize(
    ("letter", "wanted"),
    [
        (b"text/plain; charset=iso-2022-jp\n\n" + JAPANESE.encode("iso-2022-jp"), JAPANESE),
        (
            b"text/plain; format=flowed\n\nThe ferry sails \nat six from \nthe pier.\nSo it is.\n",
            "The ferry sails at six from the pier.\n\nSo it is.",
        ),
        (
            b"multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the HTML.\n"
            b"--b\nContent-Type: text/html\n\n<table><tr><td>Quay</td><td>Tonnes</td></tr><tr><td>"
            b"North</td><td>9</td></tr></table><p>"
            + FERRY.encode()
            + b"</p><blockquote>What of it?"
            b"</blockquote>\n--b--\n",
            f"North, Tonnes: 9\n\n{FERRY}",
        ),
    ],
)
def test_a_letter_is_read_in_its_charset_its_wrapping_and_its_richer_form(tmp_path, letter, wanted):
    (article,) = read(tmp_path, "pier.eml", HEAD + letter)
    assert article.text == wanted


def test_files_and_letters_sent_with_a_letter_are_articles_of_their_own(tmp_path):
    files = (("report.docx", papers.word(KEEPER, COST, title="Report")), ("logo.png", b"\x89PNG"))
    made = email.message_from_bytes(papers.mail(files=files), policy=default)
    inner = papers.mail(MAYOR, subject="The old ferry")
    made.add_attachment(email.message_from_bytes(inner, policy=default))
    letter, report, ferry = read(tmp_path, "pier.eml", bytes(made))
    assert letter.text == WHOLE
    assert (report.title, report.text) == ("Report", f"{KEEPER}\n\n{COST}")
    assert report.origin == f"{tmp_path / 'pier.eml'}!report.docx"
    assert (ferry.title, ferry.text) == ("The old ferry", MAYOR)


def test_each_file_in_an_archive_is_an_article_or_a_refusal(tmp_path, library):
    path = tmp_path / "news.zip"
    path.write_bytes(
        papers.zipped(
            ("a/pier.txt", WHOLE),
            ("pier.docx", papers.word()),
            ("empty.txt", ""),
            ("news.jsonl", '{"id": "one", "text": "One.", "url": "javascript:x"}\nbroken\n'),
            ("picture.png", b"\x89PNG"),
            ("inner.zip", papers.zipped(("a.txt", "x"))),
            ("__MACOSX/._pier.txt", "x"),
            ("../../up.txt", COST),
        )
    )
    first, word, empty, one, broken, picture, inner, up = sources.articles(str(path), today=TODAY)
    assert (first.text, first.origin) == (WHOLE, f"{path}!a/pier.txt")
    assert first.id == hashlib.sha256(first.origin.encode()).hexdigest()[:16]
    assert (word.title, word.text) == ("North pier to reopen", WHOLE)
    assert str(empty) == f"{path}: empty.txt: this is empty; nothing was read."
    assert (one.id, one.text, one.note) == ("one", "One.", drafts.NO_LINK)
    assert broken.source == f"{path}: news.jsonl line 2"
    assert picture.reason.startswith("this kind of file is not read;")
    assert inner.reason == "this is an archive in an archive; unpack it and add the files."
    assert (up.text, up.origin) == (COST, f"{path}!up.txt")
    added = ["added", "added", "failed", "added", "failed", "failed", "failed", "added"]
    assert [outcome.status for outcome in library.add(str(path))] == added
    again = ["unchanged" if status == "added" else status for status in added]
    assert [outcome.status for outcome in library.add(str(path))] == again


def test_large_files_of_a_letter_are_refused_by_their_names(tmp_path):
    pages = papers.page("<p>Yes.</p>" * 600_000).encode()
    made = papers.mail(files=(("a.html", pages), ("b.txt", COST.encode())))
    path = tmp_path / "pier.eml"
    path.write_bytes(made)
    letter, page, text = sources.articles(str(path), today=TODAY)
    assert (letter.text, str(page)) == (WHOLE, f"{path}: a.html: {documents.TOO_MUCH_ATTACHED}")
    assert text.text == COST


@pytest.mark.parametrize("by_rows", [False, True])
@pytest.mark.parametrize("above", [FERRY[:100].rstrip(), f"{COST} {KEEPER} {COST} {MAYOR} {COST}"])
def test_columns_are_read_one_after_the_other_below_what_spans_both(tmp_path, by_rows, above):
    made = paper(size=10)
    across = made.multi_cell(160, 5, above, dry_run=True, output="LINES")
    for row, line in enumerate(across):
        made.text(25, 40 + 5 * row, line)
    placed = [
        (row, side, line)
        for side, words in enumerate((f"{FERRY} {KEEPER}", f"{MAYOR} {COST}"))
        for row, line in enumerate(made.multi_cell(75, 5, words, dry_run=True, output="LINES"))
    ]
    for row, side, line in sorted(placed) if by_rows else placed:
        made.text(25 + 85 * side, 50 + 5 * (len(across) + row), line)
    (article,) = read(tmp_path, "columns.pdf", bytes(made.output()))
    wanted = [f"{FERRY} {KEEPER}", f"{MAYOR} {COST}"]
    paragraphs = article.text.split("\n\n")
    assert paragraphs == (wanted if article.title == above else [above, *wanted])


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_turned_page_is_read_from_its_first_line_to_its_last(tmp_path, angle):
    made = paper()
    words = f"{FERRY} {KEEPER} {MAYOR} {COST}"
    with made.rotation(angle, 105, 148):
        for row, line in enumerate(made.multi_cell(120, 5, words, dry_run=True, output="LINES")):
            made.text(45, 130 + 5 * row, line)
    (article,) = read(tmp_path, "turned.pdf", bytes(made.output()))
    assert article.text == words


def test_right_to_left_text_keeps_its_letters_and_paragraphs(tmp_path):
    fonts = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if not fonts.exists():
        pytest.skip("needs a font with Hebrew letters")
    made = paper()
    made.add_font("Sans", fname=str(fonts))
    made.set_font("Sans", size=11)
    wanted = [
        "ראש העיר אמר ביום שני שהגשר ייפתח מחדש לפני החורף, ושהמועצה תשלם את כל ההוצאות של הבנייה"
        " מחדש של המזח הצפוני בנמל.",
        "המעבורת תצא שלוש פעמים ביום ותחזור לפני רדת החשיכה בכל ימות השבוע חוץ משבת, כך אמרה"
        " המועצה בהודעה שפרסמה.",
    ]
    for one in wanted:
        for line in made.multi_cell(0, 6, one, dry_run=True, output="LINES"):
            made.cell(0, 6, line[::-1], align="R", new_x="LMARGIN", new_y="NEXT")
        made.ln(4)
    (article,) = read(tmp_path, "bridge.pdf", bytes(made.output()))
    assert article.text.split("\n\n") == wanted
